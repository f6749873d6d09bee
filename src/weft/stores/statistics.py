"""Delta's statistics of a file, from and to the nouns. They are hints: what does not fit is left out."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import DataFile

_LONGEST = 64
"""Characters of a text bound."""
_MILLISECOND = timedelta(milliseconds=1)
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def counted(kind: str) -> bool:
    """Whether a column of that DuckDB type gets statistics: plain types, not nested ones."""
    return not kind.endswith("]") and not kind.upper().startswith(("STRUCT", "MAP"))


def encode(file: DataFile, columns: Mapping[str, str]) -> str:
    """JSON of the statistics, as the Delta protocol wants it (section *Per-file Statistics*).

    Args:
        file: rows, bounds and null counts; bounds as JSON values or as text, as engines give them.
        columns: name -> DuckDB type of the columns that may have statistics.
    """
    least: dict[str, str] = {}
    most: dict[str, str] = {}
    for name, kind in columns.items():
        if (bound := _bound(file.minimum.get(name), kind, upper=False)) is not None:
            least[name] = bound
        if (bound := _bound(file.maximum.get(name), kind, upper=True)) is not None:
            most[name] = bound
    nulls = {name: str(file.nulls[name]) for name in columns if name in file.nulls}
    parts = {"numRecords": str(file.rows), "minValues": _object(least), "maxValues": _object(most)}
    return _object({**parts, "nullCount": _object(nulls)})


def decode(row: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """JSON values by column from a flattened add action, whose keys are `min.<column>` and the like."""
    return {
        name.removeprefix(prefix): _json(value)
        for name, value in row.items()
        if name.startswith(prefix) and value is not None
    }


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def _object(parts: Mapping[str, str]) -> str:
    """A JSON object of ready JSON texts: decimals keep all their digits, which `json.dumps` would not."""
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in parts.items()) + "}"


def _bound(value: Any, kind: str, *, upper: bool) -> str | None:
    if value is None:
        return None
    try:
        return _literal(str(value), kind, upper=upper)
    except (ValueError, OverflowError, InvalidOperation):
        return None


def _literal(text: str, kind: str, *, upper: bool) -> str | None:
    if kind in _INTEGERS:
        return str(int(text))
    if kind in ("DOUBLE", "FLOAT"):
        return _real(float(text), upper=upper)
    if kind.startswith("DECIMAL"):
        return format(Decimal(text), "f") if Decimal(text).is_finite() else None
    return None if (bound := _text(text, kind, upper=upper)) is None else json.dumps(bound)


def _real(number: float, *, upper: bool) -> str | None:
    if not number:  # some readers order -0.0 before 0.0
        return "0.0" if upper else "-0.0"
    return repr(number) if math.isfinite(number) else None


def _text(text: str, kind: str, *, upper: bool) -> str | None:
    """Bounds that stand in quotes."""
    if kind == "DATE":
        return date.fromisoformat(text).isoformat()
    if kind == "TIMESTAMP WITH TIME ZONE":
        return _millisecond(datetime.fromisoformat(text), upper=upper)
    return text[:_LONGEST] if kind == "VARCHAR" and (len(text) <= _LONGEST or not upper) else None


def _millisecond(time: datetime, *, upper: bool) -> str:
    """The protocol keeps milliseconds: bounds are moved outwards, so that nothing is skipped wrongly."""
    time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    beyond = time.microsecond % 1000
    whole = time - timedelta(microseconds=beyond)
    if upper and beyond:
        whole += _MILLISECOND
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")
