"""Columns of a file as far as its beginning tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from weft.connectors.files import text
from weft.connectors.files.found import Away
from weft.connectors.files.ready import BINARY, parquet_columns, prepare
from weft.model import DiscoveredColumn

if TYPE_CHECKING:
    from weft.connectors.files.found import Found
    from weft.connectors.files.reading import Reading

_HEAD = 1 << 20
_RECORDS = 100
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def columns(found: Found, reading: Reading) -> tuple[DiscoveredColumn, ...]:
    """Columns of one file: CSV by the header (text), JSON by the first records, Parquet by its schema."""
    found = _begun(found, reading)
    ready = prepare(found, "look", reading)
    path = Path(ready.ref.path)
    try:
        if ready.format == "parquet":
            return tuple(DiscoveredColumn(name=n, type=t) for n, t in parquet_columns(path, found.shown))
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    finally:
        found.drop()
        if ready.temporary:
            path.unlink(missing_ok=True)
    if ready.format in ("json", "jsonl"):
        return _keys(head.decode(errors="ignore"))
    dialect = reading.dialect_of(ready.format)
    encoding = "utf-8" if ready.temporary else dialect.encoding
    named = text.names(text.header(head, encoding, dialect.skip), dialect.delimiter, dialect.quote)
    if not dialect.header:
        named = [f"column_{number}" for number in range(1, len(named) + 1)]
    return tuple(DiscoveredColumn(name=name, type="text") for name in named)


def _begun(found: Found, reading: Reading) -> Found:
    """Of a long text that lies elsewhere, the first lines are brought here."""
    away = found.away
    packed = found.member or found.zipped or reading.format_of(found) in BINARY
    if away is None or packed or found.bytes <= _HEAD:
        return found

    def fetch(into: Path) -> None:
        head = away.part(0, _HEAD)
        into.write_bytes(head[: head.rfind(b"\n") + 1] or head)

    return replace(found, away=Away(fetch, away.part))


def _keys(head: str) -> tuple[DiscoveredColumn, ...]:
    types: dict[str, str] = {}
    for record in _records(head):
        for key, value in record.items():
            if value is not None:
                kind = _TYPES[type(value)]
                types[key] = kind if types.get(key, kind) in (kind, "null") else "mixed"
            types.setdefault(key, "null")
    return tuple(DiscoveredColumn(name=key, type=kind) for key, kind in types.items())


def _records(head: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    decoder, place = json.JSONDecoder(), 0
    while len(found) < _RECORDS:
        while place < len(head) and head[place] in " \t\r\n,[":
            place += 1
        try:
            value, place = decoder.raw_decode(head, place)
        except ValueError:
            break
        if isinstance(value, dict):
            found.append(value)
    return found
