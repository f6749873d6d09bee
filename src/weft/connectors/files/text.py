"""Encodings: which ones the engine reads itself, and bytes turned into UTF-8 with the place of what does not fit."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENGINE = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "utf-16-le": "utf-16", "iso8859-1": "latin-1"}
_HEAD = 65_536
_BIG_ENDIAN = b"\xfe\xff"


def engine_encoding(name: str) -> str:
    """What the engine calls this encoding; empty when it cannot read it and the file must be rewritten as UTF-8.

    Raises:
        Invalid: Python knows no such codec, or it is none for text.
    """
    try:
        found = codecs.lookup(name)
        "".encode(name)
    except (LookupError, TypeError):
        raise Invalid(
            f"the encoding '{name}' is not known",
            hint="Use a name such as utf-8, utf-16, latin-1, windows-1252 or shift_jis.",
        ) from None
    return _ENGINE.get(found.name, "")


def is_utf8(encoding: str) -> bool:
    """Whether text of this encoding lies as UTF-8."""
    return engine_encoding(encoding) == "utf-8"


def must_rewrite(head: bytes, encoding: str, *, json: bool) -> bool:
    """Whether the engine cannot read the file as it lies.

    Args:
        head: its first bytes.
        encoding: as the source's settings name it.
        json: JSON is read as plain UTF-8 only, a byte-order mark included is too much.
    """
    engine = engine_encoding(encoding)
    if json:
        return engine != "utf-8" or head.startswith(codecs.BOM_UTF8)
    return not engine or (engine == "utf-16" and head.startswith(_BIG_ENDIAN))


def recode(chunks: Iterable[bytes], encoding: str, shown: str) -> Iterator[bytes]:
    """The text as UTF-8 without byte-order mark; checked while it passes.

    Raises:
        Invalid: bytes that this encoding does not have; names the file and the place of the first, not its neighbours.
    """
    plain = codecs.lookup(encoding).name
    decoder = codecs.getincrementaldecoder("utf-8-sig" if plain == "utf-8" else plain)()
    before = 0
    for chunk in chunks:
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise wrong_byte(shown, encoding, before - pending + error.start) from None
        before += len(chunk)
        yield text.encode()
    try:
        rest = decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise wrong_byte(shown, encoding, before - len(error.object) + error.start) from None
    yield rest.encode()


def wrong_byte(shown: str, encoding: str, position: int) -> Invalid:
    """The error of a byte that an encoding does not have; `position` counts from 0."""
    return Invalid(
        f"{shown} is not {encoding} text: the byte at position {position} does not fit",
        hint="Set 'encoding' of the source or stream to what the file is written in (often windows-1252 or latin-1).",
    )


class Utf8Check:
    """Looks whether bytes that come in chunks are UTF-8; cheap for plain ASCII."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._before = 0

    def feed(self, chunk: bytes) -> None:
        """Look at the next chunk; an empty one is the end.

        Raises:
            Invalid: names the position of the first byte that does not fit.
        """
        pending = len(self._decoder.getstate()[0])
        if pending or not chunk.isascii() or not chunk:
            try:
                self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise wrong_byte(self._shown, "utf-8", self._before - pending + error.start) from None
        self._before += len(chunk)


def header(head: bytes, encoding: str, skip: int) -> str:
    """The line of the column names: the first after `skip` lines, without byte-order mark and padding."""
    lines = head[:_HEAD].decode(encoding, errors="replace").lstrip("\ufeff").splitlines()
    return lines[skip].strip() if len(lines) > skip else ""


def names(line: str, delimiter: str, quote: str) -> list[str]:
    """Column names of a header line, cleaned as the engine cleans them."""
    import csv

    cells = next(csv.reader([line], delimiter=delimiter, quotechar=quote or None), []) if line else []
    found: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        base = name = cell.strip() or f"column_{number}"
        again = 0
        while name.lower() in taken:
            again += 1
            name = f"{base}_{again}"
        taken.add(name.lower())
        found.append(name)
    return found
