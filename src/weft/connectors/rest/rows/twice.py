"""Records that name a key twice: one of two equal values is enough, different ones are refused."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from weft.connectors.rest.rows.reading import lines
from weft.connectors.rest.rows.shape import RECORDS
from weft.errors import Broken

_LINES: msgspec.json.Decoder[dict[str, list[msgspec.Raw]]] = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])


class TwiceError(Exception):
    """A record of a page names a key twice."""


def once(data: bytes) -> bytes:
    """Lines of records with every key once, numbers written as they were.

    Raises:
        Broken: two different values of one key; names record and key.
    """
    lists = []
    for line in _LINES.decode_lines(data):
        records = (read(bytes(raw), number) for number, raw in enumerate(line[RECORDS], 1))
        lists.append(b"[%b]" % b",".join(map(msgspec.json.encode, records)))
    return lines(lists)


def read(record: bytes, number: int) -> Any:
    """A record with every key once.

    Raises:
        Broken: two different values of one key; names record and key.
    """
    try:
        return json.loads(record, object_pairs_hook=_pairs, parse_float=_raw, parse_int=_raw)
    except _DifferentError as error:
        raise _refused(str(error), number) from None


def _refused(key: str, number: int) -> Broken:
    return Broken(
        f"record {number} of a page names the key '{key}' twice with different values",
        hint="Nobody can tell which one is meant: report it to whoever runs that system.",
    )


class _DifferentError(Exception):
    pass


def _raw(token: str) -> msgspec.Raw:
    return msgspec.Raw(token.encode())


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and msgspec.json.encode(found[key]) != msgspec.json.encode(value):
            raise _DifferentError(key)
        found[key] = value
    return found
