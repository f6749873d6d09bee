"""The header of a CSV file: names of its columns, cleaned; and whether a gzip file is whole."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.model import Dialect, FileRef

_BROKEN = "\ufffd"
_MOST = 1_000_000
"""Characters within which the header must end."""
_TAKEN = frozenset({"_weft_file", "file_index", "filename", "file_row_number"})
"""Names that the reader's own columns have."""


def header(file: FileRef, dialect: Dialect) -> tuple[str, ...]:
    """Names of the columns; `column_1`... where the file has no header; () for an empty file.

    Raises:
        Invalid: not of its encoding, or no header within a million characters.
    """
    cells = _first(file, dialect)
    if not dialect.header:
        return clean("" for _ in cells) if cells else ()
    return clean(cells)


def clean(cells: object) -> tuple[str, ...]:
    """Headers trimmed; empty ones become `column_N`, and of equal ones (in any case) the later get `_1`, `_2`."""
    seen, names = set(_TAKEN), []
    for number, cell in enumerate(cast("tuple[str, ...]", cells), 1):
        base = cell.strip() or f"column_{number}"
        name, again = base, 0
        while name.lower() in seen:
            again += 1
            name = f"{base}_{again}"
        seen.add(name.lower())
        names.append(name)
    return tuple(names)


def _first(file: FileRef, dialect: Dialect) -> list[str]:
    with opened(file.path) as content:
        raw = content.read(_MOST)
    text = _decode(raw, file, dialect.encoding)
    text = text.removeprefix("\ufeff")
    for _ in range(dialect.skip):
        text = _after_line(text)
    if not text.strip():
        return []
    cells, ended = _cells(text, dialect)
    if not ended and len(raw) >= _MOST:
        raise Invalid(
            f"file '{file.key}' has no end of its first line", hint="Look at the source's delimiter and quote."
        )
    if any(_BROKEN in cell for cell in cells):
        raise Invalid(
            f"file '{file.key}' cannot be read: its first line holds bytes that are not {dialect.encoding}",
            hint="Set `encoding` of the source, for example latin-1.",
        )
    return cells


def signature(file: FileRef) -> tuple[str, int, int]:
    """Names the content of a file on this disk, as far as a look at the folder can tell."""
    found = Path(file.path).stat()
    return file.path, found.st_size, found.st_mtime_ns


def opened(path: str) -> BinaryIO:
    """The bytes of a file, unpacked if it is gzip."""
    with Path(path).open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path, "rb")) if zipped else Path(path).open("rb")


def _decode(raw: bytes, file: FileRef, encoding: str) -> str:
    """As text. What lies beyond the first line is the reader's matter, so nothing is refused yet."""
    try:
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(raw, final=False)
    except LookupError:
        raise Invalid(
            f"file '{file.key}': there is no encoding '{encoding}'",
            hint="Known are utf-8, utf-16, latin-1, cp1252 ...",
        ) from None


def _after_line(text: str) -> str:
    end = min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=-1)
    if end < 0:
        return ""
    return text[end + 2 :] if text[end : end + 2] == "\r\n" else text[end + 1 :]


def _cells(text: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Cells of the first record, and whether it came to an end."""
    cells, at = [], 0
    while True:
        cell, at = _cell(text, at, dialect)
        cells.append(cell)
        if at >= len(text):
            return cells, False
        if not text.startswith(dialect.delimiter, at):
            return cells, True
        at += len(dialect.delimiter)


def _cell(text: str, at: int, dialect: Dialect) -> tuple[str, int]:
    """One cell and the place after it."""
    quote = dialect.quote
    start = at
    while text[start : start + 1] == " " and dialect.delimiter != " ":
        start += 1
    if quote and text.startswith(quote, start):
        return _quoted(text, start + len(quote), dialect)
    ends = [end for end in (text.find(sign, at) for sign in (dialect.delimiter, "\n", "\r")) if end >= 0]
    end = min(ends, default=len(text))
    return text[at:end], end


def _quoted(text: str, at: int, dialect: Dialect) -> tuple[str, int]:
    quote, escape, cell = dialect.quote, dialect.escape or dialect.quote, []
    while at < len(text):
        if text.startswith(escape + quote, at):
            cell.append(quote)
            at += len(escape) + len(quote)
        elif text.startswith(quote, at):
            at += len(quote)
            while text[at : at + 1] == " " and dialect.delimiter != " ":
                at += 1
            break
        else:
            cell.append(text[at])
            at += 1
    return "".join(cell), at


def whole_gzip(file: FileRef) -> None:
    """Refuse a gzip file that is damaged: DuckDB ends quietly where the damage begins.

    Raises:
        Invalid: cut off or damaged.
    """
    with Path(file.path).open("rb") as content:
        if content.read(2) != b"\x1f\x8b":
            return
    try:
        with gzip.open(file.path, "rb") as unpacked:
            while unpacked.read(1 << 20):
                pass
    except EOFError:
        raise Invalid(
            f"file '{file.key}' cannot be read: the gzip file is cut off", hint="Fetch the file again."
        ) from None
    except (zlib.error, gzip.BadGzipFile):
        raise Invalid(
            f"file '{file.key}' cannot be read: the gzip file is damaged", hint="Fetch the file again."
        ) from None
