"""Values of rows for the eye, and JSON that people can read."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from weft.flow.values import encode, odd, plain


def pretty(value: Any, margin: str = "") -> str:
    """JSON as `encode` writes it, one entry a line."""
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        listed = ",\n".join(f"{inner}{encode(str(k))}: {pretty(v, inner)}" for k, v in value.items())
        return f"{{\n{listed}\n{margin}}}"
    if isinstance(value, list | tuple) and value:
        return "[\n" + ",\n".join(f"{inner}{pretty(v, inner)}" for v in value) + f"\n{margin}]"
    return encode(value)


def cell(value: Any) -> str:
    """A value for the eye; a dot stands for NULL. What could steer a terminal is shown, not sent."""
    if value is None:
        return "·"
    if isinstance(value, datetime):
        return printable(plain(value).replace("T", " ", 1))
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else odd(value)
    if isinstance(value, bool | Decimal | dict | list | tuple):
        return printable(encode(value).strip('"') if isinstance(value, Decimal) else encode(value))
    return printable(plain(value))


def printable(text: str) -> str:
    """The text with control characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def when(text: str) -> str:
    """An ISO time of ours for the eye: `2026-10-01 06:00:00`, UTC."""
    return text.replace("T", " ", 1)[:19] if text[10:11] == "T" else text


def count(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
