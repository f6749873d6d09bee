"""Q-01 to Q-14: under every policy, the answer is that over a copy that holds nothing but what may be seen."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING

import duckdb
import pytest

from walks.governed.asking import Company, Outcome, canaries, shown, statement
from walks.governed.cases import CASES, Case
from walks.governed.copies import copy
from walks.governed.forms import FORMS
from weft.engines.duck.complaint import complain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

PLACES = {
    "people": ("d.crm.people", 'd.crm."people@1"'),
    "orders": ("d.crm.orders",),
    "calls": ("d.crm.calls",),
    "members": ("d.folk.members",),
}
ENOUGH = 2
"""Statements of one form that are asked under one policy; the next policies get the others."""


class Copies:
    """Plain DuckDB over the physically masked and filtered copies of one case."""

    def __init__(self, case: Case, company: Company) -> None:
        self.tables = {name: copy(case, name, rows, company.world.mask_key) for name, rows in company.rows.items()}
        self.visible = canaries([table.to_pylist() for table in self.tables.values()])
        self.con = duckdb.connect(config={"threads": "1"})
        self.con.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS d; CREATE SCHEMA d.crm; CREATE SCHEMA d.folk")
        for name, table in self.tables.items():
            self.con.register("arrived", table)
            self.con.execute(f"CREATE TABLE memory.main.{name} AS FROM arrived")
            self.con.unregister("arrived")
            for place in PLACES[name]:
                # A view, as behind the name in the worker: a table would have row ids besides.
                self.con.execute(
                    f"CREATE VIEW {place} AS SELECT {', '.join(table.column_names)} FROM memory.main.{name}"
                )

    def ask(self, sql: str) -> Outcome:
        """What DuckDB gives; its errors worded as for everybody, from their class and text alone."""
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
    """Names, types and rows, their order too where the statement ends with one; or class and text of an error."""
    if one[0] != other[0]:
        return False
    if isinstance(one[0], str):
        return bool(one[1] == other[1])
    if sql.rfind("ORDER BY") > sql.rfind(")"):
        return bool(one[1].to_pylist() == other[1].to_pylist())
    return rows(one[1]) == rows(other[1])


def rows(table: pa.Table) -> Counter[str]:
    """Rows and how often each is there."""
    return Counter(repr(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture(scope="module", params=[c for c in CASES if not c.denied], ids=lambda case: case.name)
def case(request: pytest.FixtureRequest, company: Company) -> Case:
    company.under(request.param)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def copies(case: Case, company: Company) -> Iterator[Copies]:
    made = Copies(case, company)
    yield made
    made.con.close()


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_is_that_of_the_copy(form: str, case: Case, copies: Copies, company: Company) -> None:
    """Masked tables are streamed for the first question of a kind and kept for the next: the cases take turns."""
    turn, wrong = CASES.index(case), {}
    step = len(FORMS[form]) // ENOUGH
    with company.forgetful() if turn % 2 else nullcontext():
        for each in FORMS[form][turn % step :: step]:
            sql = statement(each, company.rows)
            got, want = company.ask(sql, case.actor, case.purpose), copies.ask(sql)
            if not same(sql, got, want):
                wrong[sql] = (got, want)
            assert canaries(shown(got)) <= copies.visible | canaries(sql)
    assert not wrong, "\n".join(f"{sql}\n  is {got}\n  must be {want}" for sql, (got, want) in wrong.items())


def test_what_is_kept_is_the_copy_and_the_second_question_reads_it(
    case: Case, copies: Copies, company: Company
) -> None:
    for name, table in copies.tables.items():
        if not (name in case.masks or name in case.rows):
            continue
        sql, folder = (
            f"FROM {PLACES[name][0]}",
            company.world.engine._inner._gateway.kept.shelf._folder / PLACES[name][0],
        )
        before = _touched(folder)
        first = company.ask(sql, case.actor, case.purpose)
        path = _newly_touched(folder, before)
        kept = copies.con.sql(f"FROM read_parquet('{path}', hive_partitioning = false)").to_arrow_table()
        assert same(sql, (kept.schema, kept), (table.schema, table))
        assert path.stat().st_mode & 0o077 == 0
        assert same(sql, first, (table.schema, table))
        assert same(sql, company.ask(sql, case.actor, case.purpose), first)


def _touched(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}


def _newly_touched(folder: Path, before: dict[Path, int]) -> Path:
    """The kept file that was used, or written in the background."""
    for _ in range(1000):
        found = [path for path, when in _touched(folder).items() if before.get(path) != when]
        if found:
            return found[0]
        time.sleep(0.01)
    raise AssertionError(f"nothing was kept in {folder}")


def test_most_forms_are_answered(company: Company) -> None:
    """Else refusals would be compared with refusals."""
    copies = Copies(CASES[0], company)
    outcomes = {sql: copies.ask(statement(sql, company.rows)) for form in FORMS.values() for sql in form}
    failed = [sql for sql, (kind, _) in outcomes.items() if isinstance(kind, str)]
    assert len(outcomes) > 220
    assert len(failed) < 35, failed
    assert all(len(form) >= 5 for form in FORMS.values())
