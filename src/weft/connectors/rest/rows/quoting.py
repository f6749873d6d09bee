"""Columns that were widened to text: whatever is no text there is quoted as its JSON, all other bytes stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw, Struct

from weft.connectors.rest.rows.shape import ANY, RECORDS, ListOf, ObjectOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.shape import Leaf, Shape

_QUOTE, _NULL, _OBJECT_BEGINS, _LIST_BEGINS = ord('"'), b"null", ord("{"), ord("[")
_PLAIN = b"-0123456789tf"
_ODD = re.compile(r'[\x00-\x1f"\\]')
_RAW = msgspec.json.Decoder(Raw)
_LIST = msgspec.json.Decoder(list[Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Raw])


def odd(name: str) -> bool:
    """Whether a key can not be a field's name of a msgspec struct."""
    return _ODD.search(name) is not None


class Quoting(Struct, frozen=True):
    """Finds the values of all `any` parts of a shape."""

    lines: ObjectOf
    """The shape of a line of records."""
    decoder: msgspec.json.Decoder[Any] | None
    """Of structs whose parts are Raw; none where some key cannot be a field of one."""

    @staticmethod
    def of(shape: ObjectOf) -> Quoting | None:
        """For the shape of a record; none where nothing was widened."""
        lines = ObjectOf({RECORDS: ListOf(shape)})
        try:
            kind = parts(lines, ANY, Raw)
        except ValueError:  # an odd key
            return Quoting(lines, None)
        return None if kind is None else Quoting(lines, msgspec.json.Decoder(kind))

    def quote(self, data: bytes) -> bytes:
        """Lines of records with those values as texts.

        Raises:
            msgspec.ValidationError: a value around them is not of the shape.
        """
        import pyarrow as pa

        address = pa.py_buffer
        start = address(data).address
        found: list[tuple[int, bytes]] = []
        for raw in self._values(data):
            text = bytes(raw)
            if text[0] != _QUOTE and text != _NULL:
                found.append((address(raw).address - start, text))
        return _spliced(data, found) if found else data

    def _values(self, data: bytes) -> Iterator[Raw]:
        if self.decoder is None:
            for line in _RAW.decode_lines(data):
                yield from _within(line, self.lines)
            return
        for line in self.decoder.decode_lines(data):
            yield from _below(line)


def parts(shape: Shape, leaf: Leaf, told: Any) -> Any:
    """The type that decodes the parts of one kind, and nothing else; objects are structs with the fields f0, f1, ...

    Args:
        shape: of what is decoded.
        leaf: the kind.
        told: the type that these parts become.

    Returns:
        None where the shape has none.

    Raises:
        ValueError: a key cannot be a field of a struct.
    """
    if shape == leaf:
        return told
    if isinstance(shape, ListOf):
        item = parts(shape.item, leaf, told)
        return None if item is None else list[_or_null(item)]  # type: ignore[misc]
    if not isinstance(shape, ObjectOf):
        return None
    inner = {name: kind for name, part in shape.fields.items() if (kind := parts(part, leaf, told)) is not None}
    if not inner:
        return None
    names = {f"f{number}": name for number, name in enumerate(inner)}
    fields = [(field, _or_null(inner[name]), UNSET) for field, name in names.items()]
    return msgspec.defstruct("Record", fields, rename=names, gc=False)


def _or_null(kind: Any) -> Any:
    return kind if kind is Raw else kind | None


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
    elif isinstance(shape, ObjectOf) and head == _OBJECT_BEGINS:
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
