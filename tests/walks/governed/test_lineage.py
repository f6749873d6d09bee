"""No value reaches a derived column without its protection: changing a column may change only what lineage says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from walks.governed.asking import statement
from walks.governed.company import raw
from walks.governed.copies import TYPES
from walks.governed.forms import FORMS
from walks.governed.made import MADE
from weft.lineage import trace

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = {"people": "d.crm.people", "orders": "d.crm.orders", "calls": "d.crm.calls", "members": "d.folk.members"}
SCHEMAS = {place: tuple(TYPES[name]) for name, place in PLACES.items()} | {"d.crm.people@1": tuple(TYPES["people"])}
WATCHED = ("email", "phone", "region", "income", "home")
"""Columns of people that are changed."""


def other(value: Any) -> Any:
    """Another value of the same type, in another order; no value stays no value."""
    if isinstance(value, str):
        return "q" + value[::-1]
    if isinstance(value, dict):
        return {name: other(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [other(inner) for inner in value]
    return 7 - value if isinstance(value, int | float | Decimal) else value


def opened(change: str = "") -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": "1"})
    con.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS d; CREATE SCHEMA d.crm; CREATE SCHEMA d.folk")
    for name, rows in raw().items():
        kept = rows[:60]
        if change and name == "people":
            kept = [{**row, change: other(row[change])} for row in kept]
        table = pa.table([pa.array([row[c] for row in kept], t) for c, t in TYPES[name].items()], list(TYPES[name]))
        con.register("arrived", table)
        con.execute(f"CREATE TABLE {PLACES[name]} AS FROM arrived")
        con.unregister("arrived")
    con.execute('CREATE VIEW d.crm."people@1" AS FROM d.crm.people')
    return con


@pytest.fixture(scope="module")
def before() -> Iterator[duckdb.DuckDBPyConnection]:
    with opened() as con:
        yield con


@pytest.fixture(scope="module")
def after() -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    made = {column: opened(column) for column in WATCHED}
    yield made
    for con in made.values():
        con.close()


def outputs(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, list[str]]] | None:
    """Each output with its values, without their order; none when the statement fails."""
    try:
        table = con.sql(sql).to_arrow_table()
    except duckdb.Error:
        return None
    return [(name, sorted(map(repr, table.column(n).to_pylist()))) for n, name in enumerate(table.column_names)]


@pytest.mark.parametrize("form", [*FORMS, "made"])
def test_no_column_that_reaches_an_output_is_missed(
    form: str, before: duckdb.DuckDBPyConnection, after: dict[str, duckdb.DuckDBPyConnection]
) -> None:
    rows, told = raw(), 0
    for each in FORMS.get(form, MADE):
        sql = statement(each, rows)
        shown = outputs(before, sql)
        if shown is None:
            continue
        traced = trace(sql, SCHEMAS)
        told += sum(origins is not None for origins in traced.columns.values())
        for column, con in after.items():
            if traced.indirect is None or any(column == indirect for _, indirect in traced.indirect):
                continue
            changed = outputs(con, sql)
            for (name, value), other_value in zip(shown, changed or shown, strict=True):
                origins = traced.columns.get(name.lower())
                reached = origins is None or any(column == origin for _, origin in origins)
                assert reached or other_value == (name, value), (sql, name, column, origins)
    assert told > 1, "else everything is unknown, and nothing was compared"
