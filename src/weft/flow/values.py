"""Values of rows as text and JSON, without losses."""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def encode(value: Any) -> str:
    """JSON of a value, nothing lost: decimals as exact numbers, times in ISO 8601, bytes in base 64, NaN as text."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return json.dumps(value) if math.isfinite(value) else f'"{odd(value)}"'
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{encode(str(k))}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(encode(v) for v in value) + "]"
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> str:
    """Text of what JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():f}S"
    return str(value)


def columns(batch: Any) -> list[list[Any]]:
    """The columns of an Arrow batch as Python values; what Python cannot hold (the year 20000) comes as text."""
    return [_values(column) for column in batch.columns]


def _values(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_interval(column.type):
        return [_duration(v) for v in column.to_pylist()]
    try:
        if "[ns" not in str(column.type):  # Python's times end at microseconds
            values: list[Any] = column.to_pylist(maps_as_pydicts="strict")
            return values
    except (ValueError, OverflowError, KeyError):
        pass
    between = "T" if pa.types.is_timestamp(column.type) else " "
    return [_endless(v, between) for v in column.cast(pa.string()).to_pylist()]


def _duration(value: Any) -> str | None:
    """An interval as ISO 8601 has it."""
    return f"P{value.months}M{value.days}DT{value.nanoseconds / 1e9:g}S" if value is not None else None


def _endless(text: str | None, between: str) -> str | None:
    """DuckDB's infinite dates and times, which Arrow holds as its greatest and least numbers; others in ISO 8601."""
    if text is None or not text.startswith("<value out of range: "):
        return text and text.replace(" ", between, 1)
    return "-infinity" if text[21] == "-" else "infinity"


def unique(names: list[str]) -> list[str]:
    """The names with `_1`, `_2`, ... behind those that repeat: a JSON object has each key once."""
    taken: set[str] = set()
    found = []
    for name in names:
        one, number = name, 0
        while one in taken:
            number += 1
            one = f"{name}_{number}"
        taken.add(one)
        found.append(one)
    return found


def odd(value: float) -> str:
    """A number that JSON has no form for."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
