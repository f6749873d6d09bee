"""A record that is decoded only where somebody looks, and changed without touching the rest."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from weft.connectors.rest.rows import twice
from weft.connectors.rest.rows.page import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FIELDS: msgspec.json.Decoder[dict[str, Raw]] = msgspec.json.Decoder(dict[str, Raw])


class Record(MutableMapping[str, Any]):
    """The fields of one record by name. A value is decoded when it is asked for; an untouched one keeps its bytes."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        """Raw bytes, or values."""

    def get(self, key: str, default: Any = None) -> Any:
        """A field's value; a change inside of it changes the record."""
        value = self.fields.get(key, default)
        if type(value) is Raw:
            value = self.fields[key] = decode(value)
        return value

    def __getitem__(self, key: str) -> Any:
        if key not in self.fields:
            raise KeyError(key)
        return self.get(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.fields[key] = value

    def __delitem__(self, key: str) -> None:
        del self.fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __contains__(self, key: object) -> bool:
        return key in self.fields

    @property
    def raw(self) -> bytes:
        """Its JSON."""
        return encode(self.fields)


def records(raws: Iterable[Any]) -> Iterator[Record]:
    """Records of raw JSON.

    Raises:
        Broken: one names a key twice with different values: of such, only the last could be seen.
    """
    for number, raw in enumerate(raws, 1):
        fields = _FIELDS.decode(raw)
        # Written again it has its length, or that and a blank after each sign, if no key was lost; else a closer look
        # tells.
        if memoryview(raw).nbytes - len(encode(fields)) not in (0, 2 * len(fields) - 1):
            twice.read(bytes(raw), number)
        yield Record(fields)


def nested(value: Any) -> Any:
    """A field decoded if it is an object or a list; any other stays as its bytes."""
    return decode(value) if type(value) is Raw and memoryview(value)[0] in b"{[" else value


def path_value(value: Any, path: Iterable[str]) -> Any:
    """What lies at a path of keys; none where there is nothing."""
    for key in path:
        if isinstance(value, MutableMapping | dict):
            value = value.get(key)
        elif isinstance(value, list) and key.lstrip("-").isdigit() and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
