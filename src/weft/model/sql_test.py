"""Tests of a table's SQL that its owner writes: rows that are given, rows that must come."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position


class Case(Noun):
    """One test: what is given and what must come of it."""

    name: str
    given: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    """Rows by name of the table or stream that the SQL reads; one that is not named has no rows."""
    expect: tuple[dict[str, Any], ...] = ()
    """Good rows in any order; columns that none of them names are not compared."""
    quarantined: int = Field(0, ge=0)
    """Rows that must break the table's contract."""
    position: Position | None = None


class SqlTest(Noun):
    """A document `<table>.test.yaml` beside `<table>.sql`."""

    table: str = ""
    """`domain.product.table`, by the place of the file."""
    tests: tuple[Case, ...]
    position: Position | None = None
