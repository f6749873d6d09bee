"""Ways to dates, timestamps and times of day, by family of the source's type."""

from __future__ import annotations

from weft.contracts.cell import Cast, Cell, Target, Way, instant
from weft.contracts.formats import has_time, has_zone
from weft.contracts.text import quoted

_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"\d{1,2}:\d{1,2}(:\d{1,2}([.]\d{0,6}0*)?)?"
_ISO_DATE = rf"\s*{_DAY}([ T]00:00(:00([.]0*)?)?(Z|[+-]\d{{2}}(:?\d{{2}})?)?)?\s*"
_ISO_NAIVE = rf"\s*{_DAY}([ T]{_CLOCK})?\s*"
_ISO_ZONED = rf"\s*{_DAY}[ T]{_CLOCK} ?(Z|z|UTC|[+-]\d{{2}}(:?\d{{2}})?)\s*"
_EARLIEST = "1000-01-01"
"""A year of two digits read as one of four would be before this."""


def _date_text(cell: Cell, target: Target) -> Cast:
    if target.formats:
        return _date_formatted(cell, target)
    # Ten characters that cast are a date and nothing else; longer ones may hide a time.
    doubt = f"length({cell.raw}) <> 10 AND NOT regexp_full_match({cell.raw}, {quoted(_ISO_DATE)})"
    return Cast(f"try_cast({cell.raw} AS DATE)", doubt)


def _date_formatted(cell: Cell, target: Target) -> Cast:
    stamp = _parsed(cell.raw, target)
    doubt = f"{cell.value} < DATE '{_EARLIEST}'"
    if any(has_time(f) for f in target.formats):
        doubt += f" OR {cell.value} <> {stamp}"
    return Cast(f"CAST({stamp} AS DATE)", doubt)


def _parsed(raw: str, target: Target, *, zoned: bool = False) -> str:
    """The first format that fits. Formats with a zone never share a list: DuckDB 2.0 then carries one row's over."""
    parts = []
    for fmt in target.formats:
        text = f"regexp_replace({raw}, '[zZ]\\s*$', '+00')" if has_zone(fmt) else raw
        stamp = f"try_strptime({text}, {quoted(fmt)})"
        if zoned:
            stamp = stamp if has_zone(fmt) else instant(stamp, target.zone)
        elif has_zone(fmt):
            stamp = f"timezone({quoted(target.zone)}, {stamp})"
        parts.append(stamp)
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _date_stamp(cell: Cell, _: Target) -> Cast:
    return Cast(f"CAST({cell.raw} AS DATE)", f"{cell.value} <> {cell.raw} OR NOT isfinite({cell.raw})")


def _date_instant(cell: Cell, target: Target) -> Cast:
    local = f"timezone({quoted(target.zone)}, {cell.raw})"
    return Cast(f"CAST({local} AS DATE)", f"{cell.value} <> {local} OR NOT isfinite({cell.raw})")


def _date(cell: Cell, _: Target) -> Cast:
    return Cast(cell.raw, f"NOT isfinite({cell.raw})")


def _instant_text(cell: Cell, target: Target) -> Cast:
    raw = cell.raw
    if target.formats:
        return Cast(_parsed(raw, target, zoned=True), f"{cell.value} < TIMESTAMPTZ '{_EARLIEST} 00:00:00+00'")
    # try_cast to TIMESTAMP drops an offset without a word, and to TIMESTAMPTZ it takes the session's zone for none.
    # YYYY-MM-DD HH:MM:SS has no room for one; the regular expressions are for what looks otherwise.
    spelt = f"replace(regexp_replace(trim({raw}), ' ?(z|Z|UTC)$', 'Z'), ' +', '+')"
    return Cast(
        f"CASE WHEN length({raw}) = 19 AND substr({raw}, 17, 1) = ':' THEN {_naive(raw, target)} "
        f"WHEN length({raw}) BETWEEN 20 AND 27 AND ends_with({raw}, 'Z') THEN try_cast({raw} AS TIMESTAMPTZ) "
        f"WHEN regexp_full_match({raw}, {quoted(_ISO_NAIVE)}) THEN {_naive(f'trim({raw})', target)} "
        f"WHEN regexp_full_match({raw}, {quoted(_ISO_ZONED)}) THEN try_cast({spelt} AS TIMESTAMPTZ) END",
        f"NOT isfinite({cell.value})",
    )


def _naive(raw: str, target: Target) -> str:
    return instant(f"try_cast({raw} AS TIMESTAMP)", target.zone)


def _instant_naive(cell: Cell, target: Target) -> Cast:
    doubt = f"NOT isfinite({cell.raw})"
    stamp = cell.raw
    if cell.type.text.upper() == "TIMESTAMP_NS":
        stamp = f"CAST({cell.raw} AS TIMESTAMP)"
        doubt += f" OR {stamp} <> {cell.raw}"
    return Cast(instant(f"CAST({stamp} AS TIMESTAMP)", target.zone), doubt)


def _instant(cell: Cell, _: Target) -> Cast:
    return Cast(cell.raw, f"NOT isfinite({cell.raw})")


def _time_text(cell: Cell, target: Target) -> Cast:
    if target.formats:
        return Cast(f"CAST(CAST({_parsed(cell.raw, target)} AS TIME) AS VARCHAR)")
    doubt = f"NOT regexp_full_match({cell.raw}, {quoted(rf' *{_CLOCK} *')})"
    return Cast(f"CAST(try_cast({cell.raw} AS TIME) AS VARCHAR)", doubt)


def _time(cell: Cell, _: Target) -> Cast:
    return Cast(f"CAST(CAST({cell.raw} AS TIME) AS VARCHAR)", _nanoseconds(cell))


def _nanoseconds(cell: Cell) -> str:
    return f"CAST(CAST({cell.raw} AS TIME) AS TIME_NS) <> {cell.raw}" if cell.type.text.upper() == "TIME_NS" else ""


DATE: dict[str, Way] = {"text": _date_text, "date": _date, "timestamp": _date_stamp, "instant": _date_instant}
TIMESTAMP: dict[str, Way] = {
    "text": _instant_text,
    "timestamp": _instant_naive,
    "instant": _instant,
    "date": _instant_naive,
}
TIME: dict[str, Way] = {"text": _time_text, "time": _time}
