"""What programs say, whatever protocol they speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """A record of a stream, as JSON."""

    data: bytes


@dataclass(frozen=True)
class State:
    """So far everything was said; `value` is where to go on."""

    value: Any


@dataclass(frozen=True)
class Told:
    """A stream that a program offers."""

    name: str
    schema: dict[str, Any]
    """JSON Schema of its records."""
    key: tuple[str, ...] = ()
    incremental: bool = False
    """Whether it can go on from where it was."""
    cursor: tuple[str, ...] = ()
    """Field by which it does, where that is known; empty: the program knows, or wants to be told."""
    own_cursor: bool = False
    """Whether the program itself decides by which field."""
    raw: Any = None
    """As the program described it."""
