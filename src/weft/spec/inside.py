"""Places inside of a text of YAML: where a character of a value stands in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.model import Position
from weft.spec.text import Unreadable, decode, parse, place, position

if TYPE_CHECKING:
    from weft.kinds.explain import Path
    from weft.model import Document

_SKIPPED = "\\'\"|>-+0123456789"
"""What stands in a file and not in the value: quotes, escapes, the head of a block."""


def inside(document: Document, path: Path, within: tuple[int, int]) -> Position:
    """Where a line and column (from 1) of the text at a path stand in the file.

    Plain, quoted, literal and folded texts are followed character by character; where that fails, the place of the
    text itself is given.
    """
    try:
        node, content = parse(document.content), decode(document.content)
    except Unreadable as error:
        return Position(file=document.path, line=error.line, column=error.column)
    start = position(node, path, document.path)
    for step in path:
        found = node.items.get(step)
        if found is None:
            return start
        node = found
    if not isinstance(node.value, str):
        return start
    offset = _offset(node.value, *within)
    begin = _offset(content, node.line, node.column)
    found_at = _follow(node.value, offset, content, begin)
    if found_at is None:
        return start
    line, column = place(content, found_at)
    return Position(file=document.path, line=line, column=column)


def _offset(text: str, line: int, column: int) -> int:
    """Place of a line and column as a number of characters."""
    before = text.split("\n")[: line - 1]
    return sum(len(row) + 1 for row in before) + column - 1


def _follow(value: str, offset: int, content: str, at: int) -> int | None:
    """The place in the file of the character at `offset` of the value; none when the two do not go together."""
    if at < len(content) and content[at] in "|>":
        at = content.find("\n", at) + 1
    for number, letter in enumerate(value):
        at = _next(letter, content, at)
        if at >= len(content):
            return None
        if number == offset:
            return at
        at += 1
    return at if offset == len(value) else None


def _next(letter: str, content: str, at: int) -> int:
    """The next place where the letter stands; any white space stands for any other."""
    while at < len(content):
        found = content[at]
        if found == letter or (letter.isspace() and found.isspace()):
            return at
        if not (found.isspace() or found in _SKIPPED):
            return len(content)
        at += 1
    return at
