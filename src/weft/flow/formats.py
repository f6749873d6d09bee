"""An answer as JSON, JSON lines, CSV, Arrow or Parquet, piece by piece: memory holds a batch, not the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from weft.flow.values import columns, encode, plain, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PROBLEM = b"\nweft-problem: "
"""Begins the last line of an answer that could not be given to its end; a problem document follows."""
TOLD = b"weft"
"""Key of an Arrow schema's metadata: decisions and notes, as JSON."""
Form = Literal["json", "jsonl", "csv", "arrow", "parquet"]
TYPES: dict[Form, str] = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
"""Media types of the forms."""


def pieces(form: Form, schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """The answer in that form; what is computed with a piece is given out before the next is asked for."""
    return _WRITERS[form](schema, batches)


class _Taken:
    """A binary file that is read as it is written."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def take(self) -> bytes:
        """What was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _written(schema: Any, batches: Iterable[Any], writer: Callable[[_Taken], Any]) -> Iterator[bytes]:
    """What a writer of Arrow batches writes."""
    sink = _Taken()
    with writer(sink) as into:
        for batch in batches:
            into.write_batch(_flat(batch, schema))
            yield sink.take()
    yield sink.take()


def _csv(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """RFC 4180 with a header; NULL is an empty field, an empty text is quoted; nested values are JSON text."""
    import pyarrow as pa
    from pyarrow import csv

    flat = pa.schema([f if _has_text(f.type) else f.with_type(pa.string()) for f in schema])
    yield ",".join(map(_quoted, flat.names)).encode("utf-8", "surrogatepass") + b"\n"
    options = csv.WriteOptions(include_header=False)
    yield from _written(flat, batches, lambda sink: csv.CSVWriter(sink, flat, write_options=options))


def _quoted(name: str) -> str:
    """A name in the header: in quotes where it needs them."""
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') or not name else name


def _has_text(kind: Any) -> bool:
    """Whether Arrow writes such values into CSV by itself, and as we want them."""
    from pyarrow import types

    return bool(
        types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_date(kind)
    )


def _flat(batch: Any, schema: Any) -> Any:
    """The batch with those columns as text that the schema wants as text."""
    import pyarrow as pa

    arrays = list(batch.columns)
    for number, field in enumerate(schema):
        if field.type != batch.column(number).type:
            (values,) = columns(batch.select([number]))
            arrays[number] = pa.array([_text(v) for v in values], pa.string())
    return pa.record_batch(arrays, schema=schema)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return encode(value) if isinstance(value, dict | list | tuple) else plain(value)


def _json(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """One array of objects, a row a line."""
    mark = b"["
    for lines in _objects(schema, batches):
        yield mark + b"\n" + b",\n".join(lines)
        mark = b","
    yield b"[]\n" if mark == b"[" else b"\n]\n"


def _lines(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """An object a line."""
    for lines in _objects(schema, batches):
        yield b"\n".join(lines) + b"\n"


def _objects(schema: Any, batches: Iterable[Any]) -> Iterator[list[bytes]]:
    """Rows as JSON objects, batch by batch; a name that repeats has a number behind it."""
    names = [json.dumps(name, ensure_ascii=False) for name in unique(list(schema.names))]
    for batch in batches:
        rows = zip(*columns(batch), strict=True)
        texts = (", ".join(f"{n}: {encode(v)}" for n, v in zip(names, row, strict=True)) for row in rows)
        found = [b"{" + text.encode("utf-8", "surrogatepass") + b"}" for text in texts]
        if found:
            yield found


def _arrow(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """Arrow IPC, streaming format."""
    import pyarrow as pa

    return _written(schema, batches, lambda sink: pa.ipc.new_stream(sink, schema))


def _parquet(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """Parquet with ZSTD; intervals as ISO 8601 text, which pyarrow cannot write otherwise."""
    import pyarrow as pa
    from pyarrow import parquet

    flat = pa.schema([f.with_type(pa.string()) if pa.types.is_interval(f.type) else f for f in schema])
    return _written(flat, batches, lambda sink: parquet.ParquetWriter(sink, flat, compression="zstd"))


_WRITERS: dict[str, Callable[[Any, Iterable[Any]], Iterator[bytes]]] = {
    "json": _json,
    "jsonl": _lines,
    "csv": _csv,
    "arrow": _arrow,
    "parquet": _parquet,
}
