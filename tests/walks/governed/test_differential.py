"""Q-01 to Q-14: under every policy, the answer is that over a copy that holds nothing but what may be seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from walks.governed.cases import CASES, Case
from walks.governed.conftest import Company, Outcome, canaries, statement
from walks.governed.copies import copy
from walks.governed.forms import FORMS, TABLES
from weft.engines.duck.complaint import complain

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = {"people": ("d.crm.people", 'd.crm."people@1"'), **{n: (t,) for t in TABLES.values() if (n := t.split(".")[2])}}


class Copies:
    """Plain DuckDB over the physically masked and filtered copies of one case."""

    def __init__(self, case: Case, company: Company) -> None:
        self.tables = {
            name: copy(case, name, rows, company.world.mask_key) for name, rows in company.rows.items()
        }
        self.visible = canaries([table.to_pylist() for table in self.tables.values()])
        self.con = duckdb.connect(config={"threads": "1"})
        self.con.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS d; CREATE SCHEMA d.crm; CREATE SCHEMA d.club")
        for name, table in self.tables.items():
            self.con.register("arrived", table)
            self.con.execute(f"CREATE TABLE memory.main.{name} AS FROM arrived")
            columns = ", ".join(table.column_names)
            for place in (PLACES[name]) if name != "people" else ("d.crm.people", 'd.crm."people@1"'):
                self.con.execute(f"CREATE VIEW {place} AS SELECT {columns} FROM memory.main.{name}")
            self.con.unregister("arrived")

    def ask(self, sql: str) -> Outcome:
        binding = True
        try:
            relation = self.con.sql(sql)
            binding = False
            table = relation.to_arrow_table()
        except duckdb.Error as error:
            told = complain(type(error).__name__, str(error), sql, binding=binding)
            return type(told).__name__, str(told)
        return table.schema, table


def same(sql: str, one: Outcome, other: Outcome) -> bool:
    """Names, types and rows; their order where the statement says one. Or class and text of an error."""
    if one[0] != other[0]:
        return False
    if isinstance(one[0], str):
        return one[1] == other[1]
    if sql.rfind("ORDER BY") > sql.rfind(")"):
        return one[1].to_pylist() == other[1].to_pylist()
    return rows(one[1]) == rows(other[1])


def rows(table: pa.Table) -> Counter[str]:
    return Counter(repr(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture(scope="module", params=[c for c in CASES if not c.denied], ids=lambda case: case.name)
def case(request: pytest.FixtureRequest, company: Company) -> Case:
    company.under(request.param)
    return request.param


@pytest.fixture(scope="module")
def copies(case: Case, company: Company) -> Iterator[Copies]:
    made = Copies(case, company)
    yield made
    made.con.close()


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_is_that_of_the_copy(form: str, case: Case, copies: Copies, company: Company) -> None:
    wrong: dict[str, Any] = {}
    for each in FORMS[form]:
        sql = statement(each, company.rows)
        got, want = company.ask(sql, case.actor, case.purpose), copies.ask(sql)
        if not same(sql, got, want):
            wrong[sql] = (got, want)
        assert canaries(str(got[1]) if isinstance(got[0], str) else got[1].to_pylist()) <= copies.visible | canaries(sql)
    assert not wrong, "\n".join(f"{sql}\n  is {got}\n  must be {want}" for sql, (got, want) in wrong.items())
