"""Projections: the same rows however they were folded, and what the rows say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft import catalog
from weft.catalog import replay
from weft.catalog.folds import health, incidents, runs, usage
from weft.model import Event, Run, TableName, TableResult
from weft.testing.memory_registry import MemoryRegistry

if TYPE_CHECKING:
    from weft.seams import Unit

DEALS, LEADS = "sales.pipeline.deals@1", "sales.pipeline.leads@2"
TYPES = sorted({t for fold in catalog.FOLDS for t in fold.types})


def event(kind: str, subject: str = DEALS, at: str = "2026-01-05T08:00:00.000Z", **data: Any) -> Event:
    actor = data.pop("actor", "ana@messy.example")
    identifier = data.pop("id", f"{kind}:{subject}:{at}:{data}")
    return Event(type=kind, id=identifier, at=at, actor=actor, subject=subject, data=data)


def told(*events: Event) -> Unit:
    """A unit whose projections hold these events."""
    registry = MemoryRegistry()
    with registry.transaction(write=True) as unit:
        unit.journal.append(events)
        catalog.catch_up(unit)
    with registry.transaction() as unit:
        return unit


def rows(unit: Unit) -> dict[str, Any]:
    return {f.name: (unit.projections.bookmark(f.name), list(unit.projections.rows(f.name))) for f in catalog.FOLDS}


findings = st.lists(
    st.fixed_dictionaries(
        {"rule": st.sampled_from(["r1", "r2", "r3"]), "passed": st.booleans()},
        optional={"severity": st.just("warning"), "column": st.just("c"), "found": st.floats(0, 9)},
    ),
    max_size=3,
    unique_by=lambda f: f["rule"],
)
results = st.builds(
    lambda state, names: {
        "id": "r",
        "product": "sales.pipeline",
        "started": "2026-01-05T08:00:00.000Z",
        "state": "succeeded",
        "tables": [{"table": TableName.parse(n).model_dump(), "state": state, "error": "e"} for n in names],
    },
    st.sampled_from(["published", "held", "unchanged", "failed"]),
    st.lists(st.sampled_from([DEALS, LEADS]), unique=True),
)
data = st.fixed_dictionaries(
    {},
    optional={
        "run": st.sampled_from(["r", "s", "t"]),
        "rows": st.integers(0, 9),
        "left": st.integers(0, 9),
        "version": st.integers(0, 9),
        "reason": st.just("known"),
        "rule": st.sampled_from(["r1", "r2", ""]),
        "purpose": st.sampled_from(["", "billing"]),
        "findings": findings,
        "found": st.lists(st.just("new column x")),
        "file": st.sampled_from(["a.csv", "b.csv"]),
        "result": results,
    },
)
events = st.lists(
    st.builds(
        lambda kind, subject, day, actor, values: event(
            kind, subject, f"2026-01-0{day}T00:00:00.000Z", actor=actor, **values
        ),
        st.sampled_from(TYPES) | st.sampled_from(["document.applied", "table.folded"]),
        st.sampled_from([DEALS, LEADS, "sales.pipeline", ""]),
        st.integers(1, 3),
        st.sampled_from(["ana", "bo|x"]),
        data,
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(events, st.lists(st.integers(0, 40), max_size=4), st.integers(1, 7))
def test_folding_in_pieces_gives_what_folding_at_once_gives(
    all_events: list[Event], cuts: list[int], page: int
) -> None:
    at_once = rows(told(*all_events))
    registry = MemoryRegistry()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "_PAGE", page)
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(all_events)], strict=True):
            with registry.transaction(write=True) as unit:
                unit.journal.append(all_events[start:end])
            with registry.transaction(write=True) as unit:
                catalog.catch_up(unit)
                assert catalog.behind(unit) == 0
        with registry.transaction(write=True) as unit:
            assert rows(unit) == at_once
            catalog.rebuild(unit)
            assert rows(unit) == at_once


@settings(max_examples=60, deadline=None)
@given(events)
def test_usage_counts_each_read_once(all_events: list[Event]) -> None:
    unit = told(*all_events)
    reads = [e for e in unit.journal.read() if e.type in usage.FOLD.types]
    counted: Counter[tuple[str, str]] = Counter()
    for use in catalog.uses(unit.projections):
        counted += Counter({(use.actor, kind): getattr(use, kind) for kind in ("allowed", "refused", "looked")})
        assert use.allowed == sum(use.purposes.values())
    assert counted == Counter((e.actor, e.type.partition(".")[2]) for e in reads)


def test_every_fold_is_found_and_reads_known_events() -> None:
    names = ["dark.1", "health.2", "incidents.1", "reads.1", "rules.1", "runs.1", "streams.2", "usage.1"]
    assert sorted(f.name for f in catalog.FOLDS) == names
    for fold in catalog.FOLDS:
        for kind in fold.types:
            Event(type=kind, id="i", at="", actor="", subject="")


def test_what_is_folded_is_not_folded_again() -> None:
    registry = MemoryRegistry()
    with registry.transaction(write=True) as unit:
        unit.journal.append([event("drift.found"), event("document.applied", "a.yaml")])
        assert catalog.behind(unit) == 2
        assert catalog.catch_up(unit) == 1
        assert catalog.behind(unit) == catalog.catch_up(unit) == 0


@settings(max_examples=60, deadline=None)
@given(events)
def test_folds_say_before_what_they_read(all_events: list[Event]) -> None:
    for fold in (health.FOLD, usage.FOLD):  # the others read on, by what they found
        held: dict[str, Any] = {}
        for one in (e for e in all_events if e.type in fold.types):
            said = {key: held.get(key) for key in fold.reads(one)}
            held |= fold.apply(said.__getitem__, one)


def test_others_may_write_between_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_PAGE", 2)
    registry = MemoryRegistry()
    with registry.transaction(write=True) as unit:
        unit.journal.append(event("drift.found", at=f"2026-01-05T0{n}") for n in range(5))
    steps = []
    for _ in range(3):
        with registry.transaction(write=True) as unit:
            steps.append((catalog.catch_up(unit, limit=2), catalog.behind(unit)))
    assert steps == [(2, 3), (2, 1), (1, 0)]


def test_a_journal_that_was_put_back_is_folded_anew() -> None:
    registry = MemoryRegistry()
    with registry.transaction(write=True) as unit:
        unit.projections.put(usage.FOLD.name, {"gone|2026-01-01|eve": {"table": "gone"}}, 99)
        unit.journal.append([event("read.allowed")])
        assert catalog.behind(unit) == 98
        catalog.catch_up(unit)
        assert [u.table for u in catalog.uses(unit.projections)] == [DEALS]


# usage


def test_usage_says_who_read_what_when_and_for_what() -> None:
    unit = told(
        event("read.allowed", at="2026-01-05T08:00:00.000Z", purpose="billing"),
        event("read.allowed", at="2026-01-05T09:00:00.000Z"),
        event("read.refused", at="2026-01-05T10:00:00.000Z"),
        event("read.allowed", at="2026-01-06T00:00:00.000Z", actor="bo"),
        event("unpublished.looked", at="2026-01-06T01:00:00.000Z", actor="bo"),
        event("read.refused", at="2026-01-07T01:00:00.000Z", actor="eve"),
        event("read.allowed", "sales.pipeline.deals2@1"),
        event("read.allowed", "sales.pipeline.deals@2"),
    )
    assert [u.model_dump() for u in catalog.uses(unit.projections, DEALS)] == [
        {
            "table": DEALS,
            "day": "2026-01-05",
            "actor": "ana@messy.example",
            "allowed": 2,
            "refused": 1,
            "looked": 0,
            "purposes": {"billing": 1, "": 1},
            "last": "2026-01-05T10:00:00.000Z",
        },
        {
            "table": DEALS,
            "day": "2026-01-06",
            "actor": "bo",
            "allowed": 1,
            "refused": 0,
            "looked": 1,
            "purposes": {"": 1},
            "last": "2026-01-06T01:00:00.000Z",
        },
        {
            "table": DEALS,
            "day": "2026-01-07",
            "actor": "eve",
            "allowed": 0,
            "refused": 1,
            "looked": 0,
            "purposes": {},
            "last": "2026-01-07T01:00:00.000Z",
        },
    ]
    assert catalog.readers(unit.projections, DEALS) == ("ana@messy.example", "bo")
    both = [u.table for u in catalog.uses(unit.projections, "sales.pipeline.deals")]
    assert both == [DEALS] * 3 + ["sales.pipeline.deals@2"]


# runs


def finished(identifier: str, ended: str = "succeeded", **table: Any) -> Event:
    tables = (TableResult(table=TableName.parse(DEALS), **table),) if table else ()
    run = Run(id=identifier, product="sales.pipeline", started="1", finished="2", state=ended, tables=tables)
    result = run.model_dump(mode="json")
    return event("run.finished", "sales.pipeline", id=f"f:{identifier}", run=identifier, result=result)


def test_runs_are_found_by_id_and_by_product() -> None:
    unit = told(
        event("run.started", "sales.pipeline", id="s:a", run="a", product="sales.pipeline"),
        finished("a", rows=5, state="published"),
        event("run.started", "sales.pipeline", id="s:b", at="2026-01-06T00:00:00.000Z", run="b"),
        finished("c", "failed"),
    )
    found = catalog.run(unit.projections, "a")
    assert found is not None
    assert (found.state, found.tables[0].rows, found.tables[0].table.key) == ("succeeded", 5, DEALS)
    assert catalog.run(unit.projections, "zzz") is None
    listed = [(r.id, r.state) for r in catalog.last_runs(unit.projections, "sales.pipeline")]
    assert listed == [("c", "failed"), ("b", "running"), ("a", "succeeded")]
    assert [r.id for r in catalog.last_runs(unit.projections, "sales.pipeline", 1)] == ["c"]
    assert catalog.last_runs(unit.projections, "sales") == ()


def test_a_run_that_ended_is_not_running_again_when_its_start_is_told_late() -> None:
    unit = told(finished("a"), event("run.started", "sales.pipeline", run="a"))
    assert [(r.id, r.state) for r in catalog.last_runs(unit.projections, "sales.pipeline")] == [("a", "succeeded")]


def test_only_so_many_runs_are_listed() -> None:
    unit = told(*(finished(f"{n:03}") for n in range(60)))
    listed = [r.id for r in catalog.last_runs(unit.projections, "sales.pipeline", 100)]
    assert listed == [f"{n:03}" for n in range(59, 9, -1)]
    assert catalog.run(unit.projections, "000") is not None


# health


def test_a_table_is_published_then_held_then_forced() -> None:
    checked = event(
        "quality.checked", findings=[{"rule": "a", "passed": True}, {"rule": "b", "passed": False, "text": "7"}]
    )
    held = event("publication.held", at="2026-01-06T00:00:00.000Z", version=4, rows=9)
    told_so_far = [event("publication.published", version=3, rows=7), checked, held]
    found = catalog.health(told(*told_so_far).projections, DEALS)
    assert (found.version, found.rows, found.published, found.held) == (3, 7, "2026-01-05T08:00:00.000Z", 4)
    assert (found.passed, [f.rule for f in found.failed], found.failed[0].text) == (1, ["b"], "7")
    forced = event("publication.forced", at="2026-01-07T00:00:00.000Z", version=4, rows=9, reason="we know")
    after = catalog.health(told(*told_so_far, forced).projections, DEALS)
    assert (after.version, after.rows, after.held, after.held_at, after.forced) == (4, 9, None, "", "we know")
    again = event("publication.published", at="2026-01-08T00:00:00.000Z", version=5, rows=9)
    assert catalog.health(told(*told_so_far, forced, again).projections, DEALS).forced == ""
    gone = catalog.health(told(*told_so_far, event("publication.discarded")).projections, DEALS)
    assert (gone.version, gone.held) == (3, None)


def test_quarantine_is_counted_until_it_is_replayed() -> None:
    waiting = [event("quarantine.added", rows=5), event("quarantine.added", at="2026-01-06", rows=2)]
    assert catalog.health(told(*waiting).projections, DEALS).waiting == 7
    replayed = event("quarantine.replayed", rows=6, left=1)
    assert catalog.health(told(*waiting, replayed).projections, DEALS).waiting == 1


@pytest.mark.parametrize(
    ("state", "fresh"), [("published", True), ("unchanged", True), ("held", False), ("failed", False)]
)
def test_a_table_is_fresh_when_a_run_found_nothing_more(state: str, fresh: bool) -> None:
    found = catalog.health(told(finished("a", state=state, error="no file")).projections, DEALS)
    assert bool(found.fresh) == fresh
    assert found.error == "no file"


def test_an_error_is_gone_with_the_next_run() -> None:
    unit = told(finished("a", state="failed", error="no file"), finished("b", state="unchanged"))
    assert catalog.health(unit.projections, DEALS).error == ""


def test_drift_and_vanished_files_are_kept() -> None:
    unit = told(
        event("drift.found", found=["new column x"]),
        event("drift.found", at="2026-01-06", found=["missing column y"]),
        event("source.vanished", file="b.csv"),
        event("source.vanished", at="2026-01-06", file="a.csv"),
        event("batch.committed", at="2026-01-06", rows=3),
    )
    found = catalog.health(unit.projections, DEALS)
    assert (found.drift, found.drift_at) == (("missing column y",), "2026-01-06")
    assert (found.vanished, found.landed) == (("a.csv", "b.csv"), "2026-01-06")
    assert [h.table for h in catalog.all_health(unit.projections)] == [DEALS]


def test_a_table_that_nothing_happened_to() -> None:
    assert catalog.health(told().projections, DEALS) == health.Health(table=DEALS)


# incidents


def checked(at: str, **passed: bool) -> Event:
    return event("quality.checked", at=at, findings=[{"rule": r, "passed": p} for r, p in passed.items()])


def test_an_incident_is_open_until_its_rule_passes() -> None:
    raised = [
        event("incident.raised", at="1", rule="a", severity="warning", text="3 rows", run="r1"),
        event("incident.raised", at="1", rule="b"),
        event("incident.raised", LEADS, at="1", rule="a"),
        event("incident.raised", at="2", rule="a", severity="error", text="4 rows", run="r2"),
    ]
    unit = told(*raised, checked("3", a=False, b=True))
    assert [i.model_dump() for i in catalog.incidents(unit.projections, DEALS)] == [
        {
            "table": DEALS,
            "rule": "a",
            "severity": "error",
            "text": "4 rows",
            "run": "r2",
            "opened": "1",
            "last": "2",
            "times": 2,
            "closed": "",
        }
    ]
    assert [(i.table, i.rule) for i in catalog.incidents(unit.projections)] == [(DEALS, "a"), (LEADS, "a")]
    everything = catalog.incidents(unit.projections, closed=True)
    assert [(i.table, i.rule, i.closed) for i in everything] == [(DEALS, "a", ""), (DEALS, "b", "3"), (LEADS, "a", "")]


def test_an_incident_of_nothing_is_none() -> None:
    unit = told(event("incident.raised", "", at="1"), event("incident.raised", "", at="2"))
    assert list(catalog.incidents(unit.projections)) == []


def test_an_incident_of_a_rule_that_is_gone_is_closed() -> None:
    unit = told(event("incident.raised", at="1", rule="a"), checked("2", b=True))
    assert list(catalog.incidents(unit.projections)) == []


def test_a_rule_that_fails_again_opens_anew() -> None:
    unit = told(
        event("incident.raised", at="1", rule="a"),
        checked("2", a=True),
        checked("3", a=False),
        event("incident.raised", at="3", rule="a"),
    )
    assert [(i.opened, i.times, i.closed) for i in catalog.incidents(unit.projections)] == [("3", 1, "")]
    assert runs.FOLD.apply(lambda _: None, event("run.started", "p", run="x"))
    assert incidents.FOLD.apply({}.get, checked("4", a=True)) == {}
