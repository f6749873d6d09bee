"""Formats of dates and times: JDK patterns (as ODCS has them) and strptime, as DuckDB's strptime wants them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_ISO = frozenset(
    {"", "iso", "iso8601", "iso-8601", "iso_8601", "iso_date", "iso_local_date", "iso_date_time", "iso_instant"}
)
_LETTERS = {
    "y": "%Y", "u": "%Y", "yy": "%y", "uu": "%y", "M": "%m", "L": "%m", "MMM": "%b", "LLL": "%b",
    "MMMM": "%B", "LLLL": "%B",
    "d": "%d", "D": "%j", "H": "%H", "k": "%H", "h": "%I", "K": "%I", "m": "%M", "s": "%S", "a": "%p",
    "E": "%a", "EEEE": "%A", "X": "%z", "x": "%z", "Z": "%z", "O": "%z", "V": "%Z", "z": "%Z",
    "S": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n", "n": "%n",
}  # fmt: skip
_TIME = ("%H", "%I", "%M", "%S", "%g", "%f", "%n", "%p", "%c", "%X", "%T")
_OPTIONAL = 4
"""Optional parts that a pattern may have: each doubles the number of formats."""


def strptime(pattern: str) -> tuple[str, ...]:
    """DuckDB formats for the `format` of a date, time or timestamp; none means ISO 8601.

    A pattern with a `%` is strptime's own (`%d.%m.%Y`), any other one is a JDK DateTimeFormatter pattern
    (`M/d/yyyy`, `dd.MM.yyyy HH:mm[:ss]`): parts in brackets may be missing, so `[M/d/yyyy][yyyy-MM-dd]` takes both.

    Raises:
        Invalid: a letter that has no counterpart, an open quote or bracket.
    """
    if pattern.strip().lower() in _ISO:
        return ()
    if "%" in pattern:
        return (pattern,)
    found = tuple(dict.fromkeys("".join(_translate(p, pattern)) for p in _spread(pattern) if p.strip()))
    return () if found in (("%Y-%m-%d",), ("%Y-%m-%d %H:%M:%S",), ("%Y-%m-%dT%H:%M:%S",)) else found


def has_time(fmt: str) -> bool:
    """Whether a strptime format reads a time of day."""
    return any(part in fmt.replace("%%", "").replace("%-", "%") for part in _TIME)


def has_zone(fmt: str) -> bool:
    """Whether a strptime format reads an offset or a zone."""
    return any(part in fmt.replace("%%", "") for part in ("%z", "%Z"))


def _spread(pattern: str) -> Iterator[str]:
    """The pattern with and without each of its parts in brackets, the fullest first."""
    found = re.search(r"\[([^\[\]]*)\]", pattern)
    if found is None:
        if "[" in pattern or "]" in pattern:
            raise Invalid(f"the format '{pattern}' has a bracket that is not closed")
        yield pattern
        return
    if pattern.count("[") > _OPTIONAL:
        raise Invalid(f"the format '{pattern}' has more than {_OPTIONAL} optional parts")
    yield from _spread(pattern[: found.start()] + found[1] + pattern[found.end() :])
    yield from _spread(pattern[: found.start()] + pattern[found.end() :])


def _translate(part: str, pattern: str) -> Iterator[str]:
    pieces = part.replace("''", "\0").split("'")
    if len(pieces) % 2 == 0:
        raise Invalid(f"the format '{pattern}' has a quote that is not closed")
    for i, piece in enumerate(pieces):
        if i % 2:
            yield piece.replace("\0", "'")
            continue
        for char, group in groupby(piece):
            yield _letter(char, len(list(group)), pattern)


def _letter(char: str, count: int, pattern: str) -> str:
    if not char.isalpha():
        return ("'" if char == "\0" else char) * count
    run = char * count
    found = _LETTERS.get(run) or _LETTERS.get(char if char not in "ML" or count <= 2 else "")  # noqa: PLR2004 - MM
    if char == "S" and run not in _LETTERS:
        found = "%g" if count <= 3 else "%f" if count <= 6 else "%n"  # noqa: PLR2004 - milli, micro, nano
    if found is None:
        raise Invalid(
            f"the format '{pattern}' has '{run}', which is not known",
            hint="Write it as the JDK does (yyyy-MM-dd, M/d/yyyy, dd.MM.yyyy HH:mm:ss) or as strptime does (%d.%m.%Y).",
        )
    return found
