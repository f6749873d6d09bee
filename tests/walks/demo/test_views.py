"""What people look at: every list and its detail pass the same decision and the same masks."""

from __future__ import annotations

import pytest

from weft.errors import Denied, Unknown
from weft.flow import base
from weft.flow.views.product import product
from weft.flow.views.products import products
from weft.flow.views.quality import failing, table_quality
from weft.flow.views.sample import sample
from weft.flow.views.table import table
from weft.flow.views.viewer import Viewer

SAM, PAULA, FELIX = (Viewer(actor=f"{name}@messy.example") for name in ("sam", "paula", "felix"))
STRANGER = Viewer(actor="eve@elsewhere.example")


def people(world):
    return [Viewer(actor=name) for name in (*base.declared(world).people, "service:board-report", STRANGER.actor)]


def test_a_list_and_its_detail_say_the_same_to_everybody(messy) -> None:
    for viewer in people(messy.world):
        listed = products(messy.world, viewer)
        assert listed.total == len(listed.items) == 21
        for item in listed.items:
            detail = product(messy.world, viewer, item.name)
            assert detail.product == item
            for one in detail.tables:
                told = table(messy.world, viewer, one.name)
                assert told.table == one
                assert table_quality(messy.world, viewer, one.name).table == one
                assert {c.name: c.mask for c in told.columns if c.mask} == {m.column: m for m in one.access.masks}


def test_a_sample_is_masked_as_the_schema_says_and_is_an_event(messy) -> None:
    shown = {viewer.actor: sample(messy.world, viewer, "people.staff.workers", rows=3) for viewer in (SAM, PAULA)}
    masks = {who: {c.name: c.mask for c in view.columns if c.mask} for who, view in shown.items()}
    assert masks == {SAM.actor: {"email": "hash", "base_pay": "null"}, PAULA.actor: {}}
    assert masks[SAM.actor] == {
        m.column: m.mask for m in table(messy.world, SAM, "people.staff.workers").table.access.masks
    }
    pay = [c.name for c in shown[SAM.actor].columns].index("base_pay")
    assert {row[pay] for row in shown[SAM.actor].rows} == {None} != {row[pay] for row in shown[PAULA.actor].rows}
    with messy.world.registry.transaction() as unit:
        last = unit.journal.read(types=("read.allowed",), limit=2, newest=True)
    assert {(e.actor, e.subject) for e in last} == {(v.actor, "people.staff.workers@1") for v in (SAM, PAULA)}


def test_a_refused_sample_says_whom_to_ask_and_is_an_event(messy) -> None:
    view = sample(messy.world, SAM, "finance.ledger.postings")
    assert (view.rows, view.columns, view.access.allowed) == ((), (), False)
    assert view.access.ask.name == "Felix Adler"
    with messy.world.registry.transaction() as unit:
        (last,) = unit.journal.read(types=("read.refused",), limit=1, newest=True)
    assert (last.actor, last.subject) == (SAM.actor, "finance.ledger.postings@1")


def test_what_holds_a_version_back_is_told_in_full(messy) -> None:
    view = product(messy.world, SAM, "marketing.spend")
    (held,) = view.held
    assert (held.rows, held.reading_rows, [f.rule for f in held.findings]) == (6582, 6576, ["once a day"])
    assert [one.name for one in held.told] == ["Jon Kowalski", "Mia Chen"]
    assert (view.product.trust.state, view.product.trust.held) == ("watch", 1)
    assert view.product.trust.fresh.promised == 2 * 86400
    assert view.feeds == ("marketing.funnel",)
    assert [p.failed for p in view.product.trust.checks.past] == [1]


def test_a_rule_has_its_history_and_its_rows_are_for_the_stewards(messy) -> None:
    name = "sales.pipeline.line_items"
    view = table_quality(messy.world, SAM, name)
    unmatched = next(r for r in view.rules if r.rule == "items are known")
    assert (unmatched.state, unmatched.last.told.found, unmatched.judged) == ("watch", 162.0, 1)
    assert [(s.rows, s.waiting) for s in view.sizes] == [(view.table.trust.complete.rows, 0)]
    here, kept = (failing(messy.world, SAM, (name, "items are known"), run, rows=2) for run in ("", unmatched.last.run))
    assert (len(here.rows), len(kept.rows), [c.name for c in kept.columns]) == (2, 2, ["row"])
    with pytest.raises(Denied):
        failing(messy.world, PAULA, (name, "items are known"))


def test_measured_values_are_for_who_sees_the_rows(messy) -> None:
    rules = {v.actor: table_quality(messy.world, v, "people.absences.time_off").rules for v in (PAULA, STRANGER)}
    shown = {who: {r.rule: r.last.told.found for r in found if r.last} for who, found in rules.items()}
    assert shown[PAULA.actor] == {"rows arrive": 4_000, "workers are known": 72.0} | {
        "rows arrive": shown[PAULA.actor]["rows arrive"]
    }
    assert shown[STRANGER.actor] == {"rows arrive": shown[PAULA.actor]["rows arrive"], "workers are known": None}


def test_an_unknown_name_says_what_is_near(messy) -> None:
    with pytest.raises(Unknown, match=r"no product 'sales\.pipelin'"):
        product(messy.world, SAM, "sales.pipelin")
    with pytest.raises(Unknown, match="no product offers a table"):
        sample(messy.world, SAM, "sales.pipeline.deal")
