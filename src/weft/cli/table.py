"""A plain table: as wide as it must be, never wider than there is room; cells wrap, nothing is cut."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

from weft.cli.values import cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDE = 110
"""Columns where there is no terminal, so that logs and docs are stable."""
GAP = "  "
NARROW = 12
"""A column is not pressed below this; where that is not enough, rows are written one below the other."""


def room() -> int:
    """How many columns there are."""
    if sys.stdout.isatty():
        return max(shutil.get_terminal_size().columns, 20)
    given = os.environ.get("COLUMNS", "")
    return max(int(given), 20) if given.isdigit() else WIDE


def filled(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[list[str], list[list[Any]]]:
    """A table without the columns in which no row says anything."""
    shown = [i for i in range(len(headers)) if any(row[i] not in ("", None) for row in rows)]
    return [headers[i] for i in shown], [[row[i] for i in shown] for row in rows]


def print_table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a table to standard output: numbers to the right, everything else to the left.

    Args:
        headers: one a column.
        rows: values; None is shown as a dot, an empty text as nothing.
    """
    for line in lines(headers, rows, room()):
        sys.stdout.write(line + "\n")


def lines(headers: Sequence[str], rows: Sequence[Sequence[Any]], width: int) -> Iterator[str]:
    """The lines of a table that is at most `width` columns wide."""
    names = [cell(h) for h in headers]
    texts = [[cell(value) for value in row] for row in rows]
    natural = [max([measure(name), *(measure(row[n]) for row in texts)]) for n, name in enumerate(names)]
    widths = _fit(natural, width - len(GAP) * (len(names) - 1))
    if not widths:
        yield from _records(names, texts)
        return
    right = [_numeric([row[n] for row in rows]) for n in range(len(names))]
    yield from _row(names, widths, right)
    yield _rule() * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in texts:
        yield from _row(row, widths, right)


def _fit(natural: list[int], width: int) -> list[int]:
    """Widths that fit: the widest columns give way first. Empty when they would become too narrow."""
    if sum(natural) <= width:
        return natural
    if sum(min(n, NARROW) for n in natural) > width:
        return []
    limit = max(natural)
    while sum(min(n, limit) for n in natural) > width:
        limit -= 1
    widths = [min(n, limit) for n in natural]
    for n, wanted in enumerate(natural):  # what rounding left over goes to the first that want it
        if wanted > widths[n] and sum(widths) < width:
            widths[n] += 1
    return widths


def _numeric(values: Sequence[Any]) -> bool:
    from decimal import Decimal

    held = [v for v in values if v is not None]
    return bool(held) and all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in held)


def _row(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    cells = [wrap(text, width) for text, width in zip(texts, widths, strict=True)]
    for number in range(max(len(c) for c in cells)):
        parts = []
        for held, width, flush in zip(cells, widths, right, strict=True):
            text = held[number] if number < len(held) else ""
            space = " " * (width - measure(text))
            parts.append(space + text if flush else text + space)
        yield GAP.join(parts).rstrip()


def _records(names: Sequence[str], texts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows one below the other, for more columns than there is room."""
    widest = max(measure(name) for name in names)
    for number, row in enumerate(texts, 1):
        yield f"row {number}"
        for name, text in zip(names, row, strict=True):
            yield f"  {name}{' ' * (widest - measure(name))}  {text}".rstrip()


def _rule() -> str:
    try:
        "─".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "-"
    return "─"


def measure(text: str) -> int:
    """Columns that a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns: broken at spaces, inside a word only where it is too long."""
    found, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            found.append(line)
        *full, line = _pieces(word, width)
        found += full
    return [*found, line]


def _pieces(word: str, width: int) -> list[str]:
    """A long word in pieces, broken behind a separator where one is near the end of the line."""
    found = []
    while measure(word) > width:
        end, taken = 0, 0
        while end < len(word) and taken + _columns(word[end]) <= width:
            taken += _columns(word[end])
            end += 1
        end = max(end, 1)
        near = max(word.rfind(c, end // 2, end) for c in "./_-,:@")
        end = near + 1 if near >= 0 else end
        found.append(word[:end])
        word = word[end:]
    return [*found, word]
