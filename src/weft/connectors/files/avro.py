"""Avro as Parquet, batch by batch; types stay what they are."""

from __future__ import annotations

import decimal
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from weft.connectors.files.reading import Reading

_ROWS = 20_000
_PLAIN = {
    "null": "null", "boolean": "bool_", "int": "int32", "long": "int64", "float": "float32", "double": "float64",
    "bytes": "binary", "string": "string",
}  # fmt: skip
_LOGICAL = {
    "date": ("date32", ()), "uuid": ("string", ()),
    "time-millis": ("time64", ("us",)), "time-micros": ("time64", ("us",)),
    "timestamp-millis": ("timestamp", ("us", "UTC")), "timestamp-micros": ("timestamp", ("us", "UTC")),
    "local-timestamp-millis": ("timestamp", ("us",)), "local-timestamp-micros": ("timestamp", ("us",)),
}  # fmt: skip


def write(paths: tuple[Path, Path], reading: Reading, shown: str) -> None:
    """Write an Avro file as Parquet. A union of several types becomes JSON text.

    Raises:
        Invalid: it is none, it is cut off, or its schema is no record.
        Unavailable: fastavro is not installed.
    """
    del reading
    try:
        import fastavro
    except ImportError:
        raise Unavailable(
            f"{shown} is an Avro file, and the library that reads it is not installed",
            hint="Install it: pip install 'weft[avro]'.",
        ) from None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with paths[0].open("rb") as file:
            rows = fastavro.reader(file)
            schema = _schema(rows.writer_schema, shown)
            whole = pa.struct(list(schema))
            with pq.ParquetWriter(paths[1], schema) as out:
                for group in _groups(rows):
                    rows_of = [_fitted(row, whole) for row in group]
                    out.write_table(pa.Table.from_pylist(rows_of, schema))
    except (OSError, WeftError):
        raise
    except Exception:  # noqa: BLE001 - what fastavro trips over is told in a dozen ways
        raise Invalid(
            f"{shown} is not a complete Avro file",
            hint="It may be cut off: fetch it again from where it came, or set 'format' to what it is.",
        ) from None


def _groups(rows: Any) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, _ROWS)):
        yield group


def _schema(given: Any, shown: str) -> pa.Schema:
    import pyarrow as pa

    if not isinstance(given, dict) or given.get("type") != "record":
        raise Invalid(f"{shown} holds no records", hint="Only Avro files whose schema is a record are tables.")
    named: dict[str, Any] = {}
    return pa.schema([(f["name"], _type(f["type"], named)) for f in given["fields"]])


def _type(given: Any, named: dict[str, Any]) -> pa.DataType:
    """Arrow type of an Avro type; what Arrow has no counterpart for is text (JSON)."""
    import pyarrow as pa

    if isinstance(given, list):
        other = [one for one in given if one != "null"]
        return _type(other[0], named) if len(other) == 1 else pa.string()
    if isinstance(given, str):
        return getattr(pa, _PLAIN[given])() if given in _PLAIN else named.get(given, pa.string())
    found = _logical(given) or _nested(given, named)
    if given.get("name"):
        named[given["name"]] = found
    return found


def _logical(given: dict[str, Any]) -> pa.DataType | None:
    import pyarrow as pa

    logical = given.get("logicalType", "")
    if logical == "decimal":
        return pa.decimal128(given["precision"], given.get("scale", 0))
    if logical in _LOGICAL:
        name, arguments = _LOGICAL[logical]
        return getattr(pa, name)(*arguments)
    return None


def _nested(given: dict[str, Any], named: dict[str, Any]) -> pa.DataType:
    import pyarrow as pa

    kind = given["type"]
    if kind == "record":
        return pa.struct([(f["name"], _type(f["type"], named)) for f in given["fields"]])
    if kind == "array":
        return pa.list_(_type(given["items"], named))
    if kind == "map":
        return pa.map_(pa.string(), _type(given["values"], named))
    if kind == "fixed":
        return pa.binary(given["size"])
    return pa.string() if kind == "enum" else _type(kind, named)


def _fitted(value: Any, kind: pa.DataType) -> Any:
    """A value in which what is to be text is text, at every depth."""
    import pyarrow as pa

    if value is None:
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else _text(value)
    if pa.types.is_struct(kind):
        return {field.name: _fitted(value.get(field.name), field.type) for field in kind}
    if pa.types.is_list(kind):
        return [_fitted(one, kind.value_type) for one in value]
    if pa.types.is_map(kind):
        return [(key, _fitted(one, kind.item_type)) for key, one in value.items()]
    return value


def _text(value: Any) -> str:
    if isinstance(value, (dict, list, bool, int, float, decimal.Decimal)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
