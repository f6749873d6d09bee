"""The kind `DatetimeBasedCursor`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from weft.connectors.rest import moments
from weft.connectors.rest.cursors.base import Cursor, Interval
from weft.connectors.rest.cursors.texts import newest_texts
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.option import MaybeOption
from weft.connectors.rest.spans import GivenDuration, span
from weft.errors import Invalid
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.expressions import Names

LOOK_BACK = "PT10M"


class MinMaxDatetime(Kind):
    """A moment between bounds."""

    datetime: Template
    """The moment."""
    datetime_format: str = ""
    """How it and the bounds are written; empty: as the cursor's, or ISO 8601."""
    min_datetime: Template | None = None
    """Not before."""
    max_datetime: Template | None = None
    """Not after."""


class Clamping(Kind):
    """Intervals that begin and end with a day, week or month."""

    target: Literal["DAY", "WEEK", "MONTH"]
    """DAY, WEEK (from Monday), MONTH."""


def _moment(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if key != "kind"}
    return value if isinstance(value, MinMaxDatetime) or value is None else {"datetime": value}


class DatetimeBasedCursor(Cursor):
    """A moment in each record, by which new ones are told and asked for."""

    datetime_format: str = moments.ISO
    """How requests write it: strftime, and %s, %s_as_float, %ms, %epoch_microseconds, %_ms."""
    cursor_datetime_formats: tuple[str, ...] = ()
    """How records write it, tried in this order; none: as requests do. ISO 8601 is tried last."""
    start_datetime: Annotated[MinMaxDatetime, BeforeValidator(_moment)]
    """Where the first read begins."""
    end_datetime: Annotated[MinMaxDatetime | None, BeforeValidator(_moment)] = None
    """Where a read ends; none: now."""
    start_time_option: MaybeOption = None
    """Where the start goes; none: an expression uses `stream_interval.start_time`."""
    end_time_option: MaybeOption = None
    """Where the end goes; none: an expression uses `stream_interval.end_time`, or nothing does."""
    step: GivenDuration = ""
    """Longest interval of one request; empty: all at once."""
    cursor_granularity: GivenDuration = ""
    """Smallest step of the format; an interval begins so much after the end of the one before. Empty: it begins where
    that ended, so that nothing is lost where the system leaves the end out."""
    lookback_window: GivenDuration = LOOK_BACK
    """How far back is read again, since records may turn up late."""
    lookahead_window: GivenDuration = ""
    """So much beyond the end of a read is asked for, too: what changes again and again would else be younger than that
    end whenever its page comes, and in no read. How far the stream was read still ends there."""
    is_compare_strictly: bool = False
    """The system refuses a start that equals the end."""
    partition_field_start: str = "start_time"
    """What expressions call the start."""
    partition_field_end: str = "end_time"
    """What expressions call the end."""
    clamping: Clamping | None = None
    """Intervals begin and end with a period."""
    timezone: Template | None = None
    """Zone of moments that name none, also of those that are sent; none: UTC."""

    @model_validator(mode="after")
    def _steps(self) -> DatetimeBasedCursor:
        if self.is_data_feed and self.step:
            raise ValueError("'step' does not go with 'isDataFeed': a feed cannot be asked for an interval")
        return self

    def first(self, names: Names) -> datetime:
        """The start's moment."""
        return _of(self, self.start_datetime, names)

    def last(self, names: Names, now: datetime) -> datetime:
        """The end's moment, now at most where none is given."""
        return _of(self, self.end_datetime, names) if self.end_datetime else now

    def back(self, position: datetime) -> datetime:
        """So much earlier as the look-back says."""
        return position - span(self.lookback_window) if self.lookback_window else position

    def position(self, value: Any, names: Names) -> datetime:
        """The moment of a record's value, UTC."""
        return moments.read(value, self.cursor_datetime_formats or (self.datetime_format,), _zone(self, names))

    def newest(self, values: list[Any], names: Names) -> datetime | None:
        """The newest moment; of texts that sort as time does only the last is read."""
        found: datetime | None = super().newest(newest_texts(values), names)
        return found

    def sent(self, position: datetime, names: Names) -> str:
        """A moment as requests write it."""
        return moments.written(position.astimezone(_zone(self, names)), self.datetime_format)

    def stored(self, position: datetime) -> str:
        """A moment as ISO 8601."""
        return position.astimezone(UTC).isoformat()

    def loaded(self, stored: Any) -> datetime:
        """A moment that was stored, or that a person wrote."""
        return moments.read(stored, ())

    def pieces(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Intervals of at most a step; the first begins and the last ends as asked, and looks ahead."""
        step = span(self.step) if self.step else None
        gap = span(self.cursor_granularity) if self.cursor_granularity and step else None
        start = _clamped(self, start)
        while True:
            stop = min(start + step, end) if step else end
            if not (self.is_compare_strictly and start >= stop):
                ahead = end + span(self.lookahead_window) if self.lookahead_window and stop >= end else None
                yield Interval(start, stop - gap if gap and stop < end else stop, ahead)
            if stop >= end:
                return
            start = stop

    def halves(self, interval: Interval) -> tuple[Interval, Interval] | None:
        """Two that meet in the middle, a second long at least."""
        middle = interval.start + (interval.end - interval.start) / 2
        middle = middle.replace(microsecond=0)
        smallest = max(moments.granularity(self.datetime_format), timedelta(seconds=1))
        if min(middle - interval.start, interval.end - middle) < smallest:
            return None
        return Interval(interval.start, middle), Interval(middle, interval.end, interval.beyond)

    def ends(self) -> tuple[tuple[Any, str], tuple[Any, str]]:
        """As the manifest says."""
        start = self.start_time_option, self.partition_field_start
        return start, (self.end_time_option, self.partition_field_end)


def _of(cursor: DatetimeBasedCursor, moment: MinMaxDatetime, names: Names) -> datetime:
    """A moment of the manifest, between its bounds."""
    forms = tuple(f for f in (moment.datetime_format, cursor.datetime_format) if f)
    zone = _zone(cursor, names)
    found = _read(moment.datetime, names, forms, zone) or moments.EPOCH
    low, high = (_read(bound, names, forms, zone) for bound in (moment.min_datetime, moment.max_datetime))
    found = max(found, low or found)
    return min(found, high or found)


def _read(template: Template | None, names: Names, forms: tuple[str, ...], zone: tzinfo) -> datetime | None:
    value = None if template is None else template.render(names)
    if template is None or value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value
    try:
        return moments.read(value, forms, zone)
    except ValueError as error:
        raise Invalid(
            f"'{template.source}' is no moment: {error}",
            hint="Write it as ISO 8601 in the source's configuration, or mend the manifest.",
        ) from None


def _zone(cursor: DatetimeBasedCursor, names: Names) -> tzinfo:
    name = cursor.timezone.text(names) if cursor.timezone else ""
    try:
        return moments.zone_named(name) if name else UTC
    except ValueError as error:
        raise Invalid(f"'timezone': {error}", hint="Mend the source's configuration.") from None


def _clamped(cursor: DatetimeBasedCursor, start: datetime) -> datetime:
    """The beginning of the period that the start lies in."""
    if cursor.clamping is None:
        return start
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if cursor.clamping.target == "WEEK":
        day -= timedelta(days=day.weekday())
    return day.replace(day=1) if cursor.clamping.target == "MONTH" else day
