"""Column types: DuckDB's names for them, Delta's, and what a Parquet footer says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRIMITIVE = {
    "BOOLEAN": "boolean",
    "TINYINT": "byte",
    "SMALLINT": "short",
    "INTEGER": "integer",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "BLOB": "binary",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
_DUCK = {delta: duck for duck, delta in _PRIMITIVE.items()}
_ARROW = {
    pa.bool_(): "boolean",
    pa.int8(): "byte",
    pa.int16(): "short",
    pa.int32(): "integer",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.binary(): "binary",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)", re.IGNORECASE)
_FIELD = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^\s"]+))\s+(.*)', re.DOTALL)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def delta_type(text: str) -> Any:
    """Delta's type (a name or a JSON object, all nullable) for a DuckDB type as DESCRIBE prints it.

    Raises:
        Invalid: for a type that a table cannot hold (lists those that it can).
    """
    text = text.strip()
    if text.endswith("[]"):
        return {"type": "array", "elementType": delta_type(text[:-2]), "containsNull": True}
    head, _, rest = text.partition("(")
    if head.upper() == "STRUCT" and rest.endswith(")"):
        return {"type": "struct", "fields": [_field(part) for part in _parts(rest[:-1])]}
    if head.upper() == "MAP" and rest.endswith(")"):
        key, value = [delta_type(part) for part in _parts(rest[:-1])]
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}
    if decimal := _DECIMAL.fullmatch(text):
        return f"decimal({decimal[1]},{decimal[2]})"
    if text.upper() in _PRIMITIVE:
        return _PRIMITIVE[text.upper()]
    raise Invalid(
        f"a table cannot hold a column of type {text}",
        hint=f"It holds {', '.join(_PRIMITIVE)}, DECIMAL(p,s), and STRUCT, MAP and lists of these.",
    )


def duck_type(delta: Any) -> str:
    """DuckDB's name of a Delta type; two types are the same when their names here are."""
    if isinstance(delta, str):
        return _DUCK.get(delta) or delta.upper().replace(" ", "")
    if delta["type"] == "array":
        return f"{duck_type(delta['elementType'])}[]"
    if delta["type"] == "map":
        return f"MAP({duck_type(delta['keyType'])}, {duck_type(delta['valueType'])})"
    fields = ", ".join(f"{_quoted(field['name'])} {duck_type(field['type'])}" for field in delta["fields"])
    return f"STRUCT({fields})"


def arrow_name(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type in a Parquet footer; Arrow's own name when a table cannot hold it."""
    delta = _arrow(kind)
    return str(kind) if delta is None else duck_type(delta)


def _arrow(kind: pa.DataType) -> Any:
    if pa.types.is_decimal128(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind):
        element = _arrow(kind.value_type)
        return element and {"type": "array", "elementType": element}
    if pa.types.is_map(kind):
        key, value = _arrow(kind.key_type), _arrow(kind.item_type)
        return key and value and {"type": "map", "keyType": key, "valueType": value}
    if pa.types.is_struct(kind):
        fields = [{"name": field.name, "type": _arrow(field.type)} for field in kind]
        return {"type": "struct", "fields": fields} if all(f["type"] for f in fields) else None
    return _ARROW.get(kind)


def _field(text: str) -> dict[str, Any]:
    found = _FIELD.fullmatch(text)
    if not found:
        raise Invalid(f"'{text}' is not a field of a STRUCT", hint="A field is a name and a type: STRUCT(a BIGINT).")
    name = found[2] if found[1] is None else found[1].replace('""', '"')
    return {"name": name, "type": delta_type(found[3]), "nullable": True, "metadata": {}}


def _parts(text: str) -> Iterator[str]:
    """Pieces between the commas that stand in no bracket and no quotes."""
    depth, quoted, start = 0, False, 0
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign == "(") - (sign == ")")
            if sign == "," and not depth:
                yield text[start:place]
                start = place + 1
    yield text[start:]


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'
