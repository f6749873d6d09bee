"""KPIs and boards: accepted and validated here, computed by a later capability."""

from typing import Any, Literal

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position


class Metric(Noun):
    """A KPI document."""

    name: str
    title: str = ""
    description: str = ""
    owner: str = ""
    type: Literal["simple", "ratio", "derived", "as_of"] = "simple"
    table: str = ""
    """domain.product.table that it is computed over."""
    expression: str = ""
    """Aggregate in DuckDB SQL: `sum(amount)`."""
    numerator: str = ""
    denominator: str = ""
    where: str = ""
    time: str = ""
    """Column that dates a row."""
    grain: Literal["day", "week", "month", "quarter", "year", ""] = ""
    dimensions: tuple[str, ...] = ()
    target: float | None = None
    direction: Literal["up", "down", ""] = ""
    additive: bool | None = None
    unit: str = ""
    custom: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None


class Board(Noun):
    """A page of tiles."""

    name: str
    title: str = ""
    description: str = ""
    owner: str = ""
    tiles: tuple[dict[str, Any], ...] = ()
    position: Position | None = None
