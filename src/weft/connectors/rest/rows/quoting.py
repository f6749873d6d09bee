"""Columns that were widened to text: whatever is no text there is quoted as its JSON, all other bytes stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw

from weft.connectors.rest.rows.shape import ANY, ListOf, Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.shape import Shape

_QUOTE, _NULL, _OBJECT_BEGINS, _LIST_BEGINS = ord('"'), b"null", ord("{"), ord("[")
_PLAIN = b"-0123456789tf"
_ODD = re.compile(r'[\x00-\x1f"\\]')
_LIST = msgspec.json.Decoder(list[Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Raw])


def odd(name: str) -> bool:
    """Whether a key can not be a field's name of a msgspec struct."""
    return _ODD.search(name) is not None


@dataclass(frozen=True)
class Quoting:
    """Finds the values of all `any` parts of a shape; decodes nothing else."""

    shape: Struct
    decoder: msgspec.json.Decoder[Any]
    """Of a struct whose parts are Raw; of Raw where some key cannot be a field of one."""
    flat: tuple[str, ...] | None
    """Fields of the decoded object, where none is nested."""

    @staticmethod
    def of(shape: Struct) -> Quoting | None:
        """For the shape of a record; none where nothing was widened."""
        try:
            kind = _kind(shape)
        except ValueError:  # an odd key
            return Quoting(shape, msgspec.json.Decoder(Raw), None)
        if kind is None:
            return None
        flat = all(_kind(inner) in (None, Raw) for inner in shape.fields.values())
        return Quoting(shape, msgspec.json.Decoder(kind), kind.__struct_fields__ if flat else None)

    def quote(self, data: bytes) -> bytes:
        """Lines of JSON with those values as texts.

        Raises:
            msgspec.ValidationError: a value around them is not of the shape.
        """
        import pyarrow as pa

        address = pa.py_buffer
        start = address(data).address
        found: list[tuple[int, bytes]] = []
        for record in self.decoder.decode_lines(data):
            for raw in self._values(record):
                text = bytes(raw)
                if text[0] != _QUOTE and text != _NULL:
                    found.append((address(raw).address - start, text))
        return _spliced(data, found) if found else data

    def _values(self, record: Any) -> Iterator[Raw]:
        if self.flat is None:
            yield from _within(record, self.shape) if isinstance(record, Raw) else _below(record)
            return
        for name in self.flat:
            raw = getattr(record, name)
            if raw is not UNSET:
                yield raw


def _kind(shape: Shape) -> Any:
    """A type that decodes the `any` parts alone, as Raw; none where there is none."""
    if shape == ANY:
        return Raw
    if isinstance(shape, ListOf):
        item = _kind(shape.item)
        return None if item is None else list[Raw if item is Raw else item | None]  # type: ignore[misc]
    if not isinstance(shape, Struct):
        return None
    inner = {name: kind for name, part in shape.fields.items() if (kind := _kind(part)) is not None}
    if not inner:
        return None
    names = {f"f{number}": name for number, name in enumerate(inner)}
    fields = [(f, inner[n] if inner[n] is Raw else inner[n] | None, UNSET) for f, n in names.items()]
    return msgspec.defstruct("Record", fields, rename=names)


def _below(value: Any) -> Iterator[Raw]:
    if isinstance(value, Raw):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _below(part)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _below(getattr(value, name))


def _within(raw: Raw, shape: Shape) -> Iterator[Raw]:
    """The same, for keys of any kind."""
    head = memoryview(raw)[0]
    if shape == ANY:
        yield raw
    elif isinstance(shape, Struct) and head == _OBJECT_BEGINS:
        for name, value in _OBJECT.decode(raw).items():
            yield from _within(value, shape.fields[name]) if name in shape.fields else ()
    elif isinstance(shape, ListOf) and head == _LIST_BEGINS:
        for value in _LIST.decode(raw):
            yield from _within(value, shape.item)


def _spliced(data: bytes, found: list[tuple[int, bytes]]) -> bytes:
    found.sort()
    pieces: list[bytes] = []
    place = 0
    for at, text in found:
        pieces += (data[place:at], b'"' + text + b'"' if text[0] in _PLAIN else msgspec.json.encode(text.decode()))
        place = at + len(text)
    pieces.append(data[place:])
    return b"".join(pieces)
