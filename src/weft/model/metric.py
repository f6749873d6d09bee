"""KPIs and boards: what a figure is made of, and which figures stand on a page."""

from typing import Any, Literal

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
"""From fine to coarse; weeks begin on Monday."""


class Metric(Noun):
    """A KPI document. SQL in it is DuckDB's; names without a table are columns of `table`."""

    name: str
    title: str = ""
    description: str = ""
    """What it means, in words."""
    owner: str = ""
    """Who answers for the definition: a person's id or `team:x`."""
    type: Literal["simple", "ratio", "derived", "as_of"] = "simple"
    """simple: an aggregate over rows; ratio: one aggregate by another, each summed first; derived: computed from other
    metrics; as_of: an aggregate over one snapshot of rows, the newest at or before a day, never over several."""
    table: str = ""
    """domain.product.table that it is computed over; none for derived."""
    expression: str = ""
    """simple and as_of: an aggregate, `sum(amount)`. derived: over the names of `inputs`, `won / closed`."""
    numerator: str = ""
    """ratio: an aggregate."""
    denominator: str = ""
    """ratio: an aggregate; 0 gives no value."""
    inputs: dict[str, str] = Field(default_factory=dict)
    """derived: by the name that the expression uses, the name of a metric. Each is computed at the asked grain and
    dimension, then they are put side by side; rows of different tables never meet."""
    where: str = ""
    """Condition on a row: `closed AND NOT intercompany`."""
    time: str = ""
    """Column that dates a row (date or timestamp in UTC); none = there is no trend. as_of: what the rows are about,
    such as the quarter of a forecast; where that is the day of the snapshot, `snapshot` may be left out."""
    snapshot: str = ""
    """as_of: column with the day of the snapshot; empty = `time`."""
    seen: Literal["start", "end"] = "end"
    """as_of: as seen on which day of the period: its last (or today), or its first, as one judges a forecast."""
    grain: Grain | Literal[""] = ""
    """Length of a period; the finest that may be asked. Empty = day may be asked, month is shown."""
    settle_days: int = Field(default=0, ge=0)
    """Days after its end for which the figure of a period still moves: a cohort that ripens. It is whole after them."""
    shows: Literal["whole", "current", ""] = ""
    """Period that a tile leads with: the last whole one, or the current one so far. Empty = current for as_of, else
    whole."""
    dimensions: tuple[str, ...] = ()
    """Columns that it may be broken down by; of derived, dimensions of all its inputs."""
    target: float | None = None
    """In `unit`, for one period."""
    tolerance: float = Field(default=0, ge=0)
    """In `unit`: so far beside the target is to be watched, further is bad."""
    direction: Literal["up", "down", ""] = ""
    """Which way is better; empty = up."""
    additive: bool | None = None
    """Whether the values of parts sum up to that of the whole; empty = told from the expression. Whatever it says, a
    whole is computed from its rows and never from its parts; where it is false nothing is summed for show either."""
    unit: str = ""
    """`percent`, `EUR`, `days`."""
    custom: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None


class Tile(Noun):
    """A place on a board."""

    metric: str
    """Name of a metric."""
    title: str = ""
    """Instead of the metric's."""
    by: str = ""
    """One of its dimensions, to show its parts."""
    grain: Grain | Literal[""] = ""
    """Coarser than the metric's; empty = the metric's."""
    note: str = ""
    """A sentence below it."""


class Board(Noun):
    """A page of tiles."""

    name: str
    title: str = ""
    description: str = ""
    owner: str = ""
    """A person's id or `team:x`."""
    tiles: tuple[Tile, ...] = ()
    """In the order of the page."""
    position: Position | None = None
