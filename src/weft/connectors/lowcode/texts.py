"""Expressions of the low-code language in ours: the same braces; a statement that chooses becomes an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft.connectors.lowcode.notes import Notes

_IF = re.compile(r"\{%-?\s*if\s+(?P<first>.+?)\s*-?%\}(?P<body>.*?)\{%-?\s*endif\s*-?%\}", re.DOTALL)
_PARTS = re.compile(r"\{%-?\s*(?:elif\s+(.+?)|else)\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def text(value: str, where: str, notes: Notes) -> str:
    """A text with its statements as expressions."""
    if "{%" not in value:
        return _COMMENT.sub("", value)
    told = _IF.sub(lambda m: _chosen(m["first"], m["body"]), _COMMENT.sub("", value))
    if "{%" in told:
        notes.add("statement", where, "{% ... %} other than if, elif, else")
    return told


def _chosen(first: str, body: str) -> str:
    """`{% if a %}x{% else %}y{% endif %}` as `{{ x if a else y }}`."""
    pieces = _PARTS.split(body)
    told = f"({_value(pieces[0])}) if ({first}) else "
    for condition, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        told += f"({_value(piece)}) if ({condition}) else " if condition else f"({_value(piece)})"
    return "{{ " + (told + "''" if told.endswith("else ") else told) + " }}"


def _value(piece: str) -> str:
    """A piece of text with expressions in it as one expression."""
    piece = piece.strip()
    whole = re.fullmatch(r"\{\{((?:(?!\}\}).)*)\}\}", piece, re.DOTALL)
    if whole:
        return whole[1].strip()
    told = []
    for place, part in enumerate(re.split(r"\{\{(.*?)\}\}", piece, flags=re.DOTALL)):
        if place % 2:
            told.append(f"({part.strip()})|string")
        elif part:
            told.append("'" + part.replace("\\", "\\\\").replace("'", "\\'") + "'")
    return " ~ ".join(told) or "''"
