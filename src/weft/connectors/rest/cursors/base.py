"""What all cursors share: positions that are compared, stored and sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Struct
from pydantic import BeforeValidator

from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from weft.connectors.rest.expressions import Names


class Interval(Struct, frozen=True):
    """What one request asks for: positions from start up to end, both with."""

    start: Any
    end: Any = None
    """None = no end."""
    beyond: Any = None
    """Where the request ends that is later than the end; how far was read still ends there."""


def _path(value: Any) -> Any:
    return [part for part in value.split(".") if part] if isinstance(value, str) else value


FieldPath = Annotated[tuple[str, ...], BeforeValidator(_path)]
"""`a.b`, or the list that it is short for."""


def value_at(record: Any, path: tuple[str, ...]) -> Any:
    """The value at a path of a record; none where there is none."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record


class Cursor(Kind):
    """A field that tells which records are new. A position is a moment or a number."""

    cursor_field: FieldPath
    """The field; `a.b` lies inside."""
    is_data_feed: bool = False
    """The newest records come first and nothing can be asked for: reading stops at what is known."""
    is_client_side_incremental: bool = False
    """The system gives everything each time: what is known already is left out here."""
    global_substream_cursor: bool = False
    """One position for all partitions, instead of one for each."""
    ascending: bool = False
    """Records come in the order of the field: how far they were read is kept after every page."""

    @property
    def drops_known(self) -> bool:
        """Whether records that are known already are left out here."""
        return self.is_data_feed or self.is_client_side_incremental

    def first(self, names: Names) -> Any:
        """Where the first read begins."""
        raise NotImplementedError

    def last(self, names: Names, now: datetime) -> Any:
        """Where a read ends; none = nowhere."""
        raise NotImplementedError

    def back(self, position: Any) -> Any:
        """The position from which is read again."""
        raise NotImplementedError

    def position(self, value: Any, names: Names) -> Any:
        """The position that a record's value means.

        Raises:
            ValueError: it means none.
        """
        raise NotImplementedError

    def newest(self, values: list[Any], names: Names) -> Any:
        """The newest position of values; none when there is none."""
        known = [self.position(value, names) for value in set(values) if value is not None and value != ""]
        return max(known, default=None)

    def sent(self, position: Any, names: Names) -> Any:
        """A position as requests write it."""
        raise NotImplementedError

    def stored(self, position: Any) -> Any:
        """A position as JSON."""
        raise NotImplementedError

    def loaded(self, stored: Any) -> Any:
        """The position that was stored."""
        raise NotImplementedError

    def pieces(self, start: Any, end: Any) -> Iterator[Interval]:
        """The intervals that requests ask for, in their order."""
        yield Interval(start, end)

    def halves(self, interval: Interval) -> tuple[Interval, Interval] | None:
        """An interval that took too long as two; none when it cannot be less."""
        return None

    def ends(self) -> tuple[tuple[Any, str], tuple[Any, str]]:
        """Of start and end the request option that they go to, if any, and what expressions call them."""
        return (None, "start_time"), (None, "end_time")
