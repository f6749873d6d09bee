"""What programs say, whatever protocol they speak."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Record(Struct, frozen=True):
    """A record of a stream, as JSON."""

    data: bytes


class State(Struct, frozen=True):
    """So far everything was said; `value` is where to go on."""

    value: Any


class Told(Struct, frozen=True):
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
