"""Records that name a key twice: one of two equal values is enough, different ones are refused."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from weft.errors import Broken


class TwiceError(Exception):
    """A record of a page names a key twice."""


def once(data: bytes) -> bytes:
    """Lines of JSON with every key once, numbers written as they were.

    Raises:
        Broken: two different values of one key; names record and key.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_raw, parse_int=_raw)
    lines: list[bytes] = []
    place = 0
    words = data.decode()
    while place < len(words):
        try:
            record, place = decoder.raw_decode(words, place)
        except _DifferentError as error:
            raise _refused(str(error), len(lines) + 1) from None
        lines.append(msgspec.json.encode(record))
        while words[place : place + 1].isspace():
            place += 1
    return b"\n".join(lines)


def different(record: bytes, number: int) -> None:
    """Refuse a record that names a key twice with different values.

    Raises:
        Broken: it does; names record and key.
    """
    try:
        json.loads(record, object_pairs_hook=_pairs, parse_float=_raw, parse_int=_raw)
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
