"""The kind `IncrementingCountCursor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.cursors.base import Cursor, Interval
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.option import MaybeOption
from weft.errors import Invalid

if TYPE_CHECKING:
    from datetime import datetime

    from weft.connectors.rest.expressions import Names


class IncrementingCountCursor(Cursor):
    """A number in each record that only grows."""

    start_value: Template = Template(0)
    """Where the first read begins."""
    start_value_option: MaybeOption = None
    """Where the start goes; none: an expression uses `stream_interval.start_value`."""
    look_back: int | float = 0
    """How far below the newest number is read again."""

    def first(self, names: Names) -> int | float:
        """The start's number."""
        try:
            return _number(self.start_value.render(names))
        except ValueError:
            raise Invalid(
                "'startValue' is no number", hint="Mend the manifest or the source's configuration."
            ) from None

    def last(self, names: Names, now: datetime) -> Any:
        """None: a count has no end."""
        return None

    def back(self, position: float) -> float:
        """So much less as the look-back says."""
        return position - self.look_back

    def position(self, value: Any, names: Names) -> int | float:
        """The number of a record's value."""
        return _number(value)

    def sent(self, position: Any, names: Names) -> Any:
        """The number."""
        return position

    def stored(self, position: Any) -> Any:
        """The number."""
        return position

    def loaded(self, stored: Any) -> int | float:
        """The number that was stored, or that a person wrote."""
        return _number(stored)

    def halves(self, interval: Interval) -> tuple[Interval, Interval] | None:
        """Two that meet in the middle."""
        if interval.end is None or interval.end - interval.start < 2:  # noqa: PLR2004 - two halves
            return None
        middle = (interval.start + interval.end) // 2
        return Interval(interval.start, middle), Interval(middle, interval.end)

    def ends(self) -> tuple[tuple[Any, str], tuple[Any, str]]:
        """The start goes where the manifest says."""
        return (self.start_value_option, "start_value"), (None, "end_value")


def _number(value: Any) -> int | float:
    if isinstance(value, str):
        return float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a value is no number")  # noqa: TRY004 - as for a text that is none
    return value
