"""Q-15: no statement takes more than its share, and nobody else waits for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from walks.governed.cases import CASES
from walks.mesh import ADA, BO
from weft.model import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from walks.governed.asking import Company, Outcome

pytestmark = pytest.mark.slow

SECONDS, MEMORY = 0.7, 200
LIMITS = Limits(seconds=SECONDS, memory=MEMORY, rows=50_000, bytes=20_000_000, threads=1)
ENDLESS = {
    "cross join": "SELECT count(*) FROM d.crm.orders a, d.crm.orders b, d.crm.orders c, d.crm.orders e "
    "WHERE a.id + b.id + c.id + e.id = 77",
    "masked cross join": "SELECT max(a.email) FROM d.crm.people a, d.crm.people b, d.crm.people c, d.crm.people e "
    "WHERE a.id + b.id + c.id + e.id = 77",
    "streamed once, joined for ever": "SELECT count(*) FROM d.crm.people p, range(100000000000) r(i) WHERE p.id + i % 7 = -1",
    "range": "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
    "distance": "SELECT levenshtein(repeat('ab', 300000), repeat('ba', 300000))",
}
LARGE = {
    "lambda": "SELECT list_sum(list_transform(range(30000), lambda x: "
    "list_sum(list_transform(range(30000), lambda y: x * y)))) FROM d.crm.orders",
    "repeat": "SELECT length(repeat(item, 400000000)) FROM d.crm.orders",
    "list": "SELECT len(range(1000000000))",
    "lpad": "SELECT length(lpad('a', 2000000000, 'b'))",
    "string_agg": "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(10000)",
    "group": "SELECT count(*) FROM (SELECT i, list(i) FROM range(100000000) t(i) GROUP BY i)",
    "regex": "SELECT length(regexp_replace(repeat('a', 200000000), '(a*)*b', repeat('c', 1000), 'g'))",
}
WIDE = {
    "rows": ("FROM d.crm.orders a, d.crm.orders b", "more than 50,000 rows"),
    "bytes": ("SELECT repeat('x', 100000) FROM d.crm.orders", "more than 20,000,000 bytes"),
}
LONG = {
    "10 MB": "SELECT '" + "x" * 10_000_000 + "' FROM d.crm.people",
    "parentheses": "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
    "sub queries": "SELECT * FROM " + "(SELECT * FROM " * 5_000 + "d.crm.people" + ")" * 5_000,
    "unary": "SELECT " + "NOT " * 15_000 + "true",
    "joins": "SELECT 1 FROM range(1) t" + ", range(1)" * 3_000,
    "unions": " UNION ".join(["SELECT 1"] * 3_000),
    "words": "SELECT 1 IN (" + "1," * 30_000 + "1)",
}


@pytest.fixture(scope="module")
def masked(company: Company) -> Company:
    company.under(next(case for case in CASES if case.name == "hash"))
    return company


def in_time(company: Company, sql: str) -> Outcome:
    """The outcome, which comes within the limit and two seconds; a busy machine gets what it needs for any question."""
    plain = seconds(lambda: company.ask("SELECT count(*) FROM d.crm.orders", ADA))
    outcomes: list[Outcome] = []
    took = seconds(lambda: outcomes.append(company.ask(sql, BO, "reporting", LIMITS)))
    assert took < SECONDS + 2 + 5 * plain
    return outcomes[0]


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.parametrize("sql", ENDLESS.values(), ids=ENDLESS)
def test_what_would_not_end_is_ended(sql: str, masked: Company) -> None:
    outcome = in_time(masked, sql)
    assert outcome[0] == "Unavailable", outcome
    assert "ran longer than 0.7 seconds and was stopped" in outcome[1]


@pytest.mark.parametrize("sql", LARGE.values(), ids=LARGE)
def test_what_would_not_fit_is_stopped(sql: str, masked: Company) -> None:
    kind, text = in_time(masked, sql)
    assert kind in {"Unavailable", "Invalid"}
    assert any(said in text for said in ("200 MB of memory", "longer than 0.7 seconds", "that it cannot take")), text


@pytest.mark.parametrize(("sql", "said"), WIDE.values(), ids=WIDE)
def test_an_answer_that_is_too_large_is_stopped(sql: str, said: str, masked: Company) -> None:
    kind, text = in_time(masked, sql)
    assert kind == "Unavailable"
    assert said in text


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG)
def test_a_statement_that_is_too_long_is_refused_or_stopped(sql: str, masked: Company) -> None:
    kind, _ = in_time(masked, sql)
    assert isinstance(kind, str) or sql == LONG["unions"]


def running(company: Company, seconds: float, count: int) -> list[threading.Thread]:
    """Runaways that are being computed by workers."""
    limits = LIMITS.model_copy(update={"seconds": seconds})
    threads = [
        threading.Thread(target=company.ask, args=(ENDLESS["range"], BO, "reporting", limits)) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    until(lambda: len(busy(company)) == count)
    return threads


def busy(company: Company) -> list:
    return [p for p in company.world.engine._inner._gateway.pool._alive.values() if p.busy]


def until(true: Callable[[], bool]) -> None:
    for _ in range(3000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_others_are_answered_while_one_runs_away(masked: Company) -> None:
    (thread,) = running(masked, seconds=50, count=1)
    for sql in ("SELECT count(*) FROM d.crm.people", "SELECT id FROM d.crm.orders WHERE id = 7", "FROM d.folk.members"):
        kind, answer = masked.ask(sql, ADA)
        assert not isinstance(kind, str), answer
        assert answer.num_rows
    assert thread.is_alive(), "the runaway must still run, else it proves nothing"
    for process in busy(masked):
        process.kill("seconds")
    thread.join(10)


def test_others_are_answered_after_all_workers_ran_away(masked: Company) -> None:
    workers = masked.world.mesh.engine.workers
    threads = running(masked, seconds=1, count=workers)
    kind, answer = masked.ask("SELECT count(*) AS n FROM d.crm.orders", ADA)
    assert (kind[0].name, answer.to_pylist()) == ("n", [{"n": 700}])
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_a_caller_cannot_raise_the_limits_of_the_mesh(masked: Company) -> None:
    from weft.flow.ask import _limits

    more = Limits(seconds=1e6, memory=10**6, rows=10**9, bytes=10**12, threads=64)
    assert _limits(masked.world, more) == _limits(masked.world, None)


def test_nothing_of_it_is_left(masked: Company) -> None:
    """Killed workers leave no spilled rows behind."""
    until(lambda: not busy(masked))
    scratch = masked.world.folder / ".weft" / "scratch"
    alive = {p.folder.name for p in masked.world.engine._inner._gateway.pool._alive.values()}
    until(
        lambda: (
            {p.name for p in scratch.glob("worker-*")}
            <= alive | {p.folder.name for p in masked.world.engine._inner._gateway.pool._alive.values()}
        )
    )
