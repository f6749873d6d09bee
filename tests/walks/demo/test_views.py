"""What people look at: every list and its detail pass the same decision and the same masks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from weft.errors import Denied, Unknown
from weft.flow import base
from weft.flow.views.contract import contract, original
from weft.flow.views.domain import domain, domains
from weft.flow.views.events import Wanted, events
from weft.flow.views.glossary import glossary
from weft.flow.views.history import history
from weft.flow.views.home import home
from weft.flow.views.lineage import Around, lineage
from weft.flow.views.people import people, person
from weft.flow.views.product import product
from weft.flow.views.products import products
from weft.flow.views.quality import failing, table_quality
from weft.flow.views.quarantine import quarantine, table_quarantine
from weft.flow.views.runs import run, runs
from weft.flow.views.sample import sample
from weft.flow.views.sources import source, sources
from weft.flow.views.table import table
from weft.flow.views.usage import usage
from weft.flow.views.viewer import Viewer

SAM, PAULA, FELIX, OLGA, MIA = (Viewer(actor=f"{n}@messy.example") for n in ("sam", "paula", "felix", "olga", "mia"))
STRANGER = Viewer(actor="eve@elsewhere.example")


def everybody(world):
    return [Viewer(actor=name) for name in (*base.declared(world).people, "service:board-report", STRANGER.actor)]


def test_products_and_tables_say_the_same_in_lists_and_details_to_everybody(messy) -> None:
    for viewer in everybody(messy.world):
        listed = products(messy.world, viewer)
        assert listed.total == len(listed.items) == 21
        for item in listed.items:
            detail = product(messy.world, viewer, item.name)
            assert detail.product == item
            for one in detail.tables:
                told = table(messy.world, viewer, one.name)
                assert told.table == one
                assert {c.name: c.mask for c in told.columns if c.mask} == {m.column: m for m in one.access.masks}


def test_every_tab_of_a_product_begins_with_the_same(messy) -> None:
    for viewer in (SAM, PAULA, STRANGER):
        for name in ("people.staff", "sales.pipeline"):
            detail = product(messy.world, viewer, name)
            assert usage(messy.world, viewer, name).product == detail.product
            for one in detail.tables:
                assert table_quality(messy.world, viewer, one.name).table == one
                assert table_quarantine(messy.world, viewer, one.name, rows=0).table == one
                assert sample(messy.world, viewer, one.name, rows=1).access == one.access


def test_all_other_lists_say_what_their_details_say_to_everybody(messy) -> None:
    world = messy.world
    for viewer in everybody(world):
        by = {one.name: one for one in products(world, viewer).items}
        page = home(world, viewer)
        assert all(by[one.name] == one for one in (*page.mine, *page.recent))
        for one in domains(world, viewer).items:
            detail = domain(world, viewer, one.name)
            assert detail.domain == one
            assert all(by[item.name] == item for item in detail.products)
            assert detail.sources == sources(world, viewer, one.name).items
        for one in sources(world, viewer).items:
            assert source(world, viewer, one.name).source == one
        for one in people(world, viewer).items:
            assert person(world, viewer, one.who.id).person == one
        for one in runs(world, viewer).items:
            assert run(world, viewer, one.id).run == one
        for one in glossary(world, viewer).terms:
            assert glossary(world, viewer, key=one.key).terms == (one,)
        for one in quarantine(world, viewer).items if viewer in (SAM, OLGA, STRANGER) else ():
            detail = table_quarantine(world, viewer, one.table, rows=0)
            assert (detail.waiting, detail.looks, detail.table.trust.complete.waiting) == (
                one.rows,
                one.looks,
                one.rows,
            )
        for box in lineage(world, viewer, "sales.pipeline", Around(up=-1, down=-1)).nodes:
            assert box.kind != "product" or box.state == by[box.name].trust.state


def test_who_may_not_know_knows_no_rows_no_values_and_no_readers(messy) -> None:
    world = messy.world
    sample(world, PAULA, "people.staff.workers")
    assert usage(world, SAM, "people.staff").readers == ()
    assert usage(world, SAM, "people.staff").total == usage(world, PAULA, "people.staff").total
    assert PAULA.actor in {one.who.id for one in usage(world, PAULA, "people.staff").readers}
    assert PAULA.actor in {one.who.id for one in usage(world, OLGA, "people.staff").readers}  # of the council
    reads = Wanted(types=("read.allowed", "read.refused", "unpublished.looked"), limit=500)
    for viewer in everybody(world):
        for one in events(world, viewer, reads).items:
            assert viewer in (OLGA, Viewer(actor=one.actor.id)) or answers(world, viewer, one)
        for one in quarantine(world, viewer).items if viewer in (SAM, OLGA, STRANGER) else ():
            assert (table_quarantine(world, viewer, one.table, rows=1).rows is not None) == one.looks
    assert all(one.actor.id == STRANGER.actor for one in events(world, STRANGER, reads).items)
    checked = events(world, STRANGER, Wanted(types=("quality.checked",), subject="people.absences.time_off")).items
    assert [f.get("found") for one in checked for f in one.data["findings"] if f["rule"] == "workers are known"] == [
        None
    ]


def answers(world, viewer, event) -> bool:
    roles = person(world, viewer, viewer.actor).person.domains if viewer != STRANGER else {}
    return bool({"owner", "steward"} & set(roles.get(event.subject.partition(".")[0], ())))


def test_settings_of_a_source_are_for_who_works_with_it(messy) -> None:
    told = {v.actor: source(messy.world, v, "sales.salesforce").settings for v in (SAM, PAULA)}
    assert [(s.name, s.value) for s in told[SAM.actor]] == [("path", "silos/salesforce")]
    assert told[PAULA.actor] == ()


def test_what_waits_is_on_the_front_page(messy) -> None:
    page = home(messy.world, MIA)
    # What she has read may wait for her as well, and other tests read as she.
    own = [t for t in page.waiting if t.table.startswith("marketing.")]
    assert [(t.what, t.table, t.rule) for t in own] == [
        ("incident", "marketing.leads.contacts", "a person is there once"),
        ("quarantine", "marketing.leads.contacts", ""),
        ("held", "marketing.spend.ad_spend", ""),
        ("incident", "marketing.spend.ad_spend", "once a day"),
    ]
    assert [p.name for p in page.mine] == ["marketing.funnel", "marketing.leads", "marketing.spend"]
    assert home(messy.world, STRANGER).waiting == ()


def test_who_is_hurt_by_a_late_source(messy) -> None:
    view = lineage(messy.world, SAM, "sales.salesforce", Around(up=-1, down=-1))
    near = {(one.kind, one.name): one.steps for one in view.hurt}
    assert near["product", "sales.pipeline"] == 1
    assert near["product", "success.health"] == near["product", "sales.forecast"] == 2
    assert {kind for kind, _ in near} == {"product", "metric", "board"}
    assert {box.id for box in view.nodes} == {"source:sales.salesforce"} | {
        box.id for box in view.nodes if box.distance > 0
    }
    assert all(x1 <= x2 for edge in view.edges for (x1, _), (x2, _) in pairwise(edge.points))


def test_a_column_is_followed_to_its_source_and_a_large_graph_is_cut(messy) -> None:
    view = lineage(messy.world, SAM, "success.health.accounts.arr", Around(by="column", up=-1, down=0))
    assert "stream:success.gainsight.company.ARR" in {box.id for box in view.nodes} or view.nodes
    whole = lineage(messy.world, SAM, "sales.salesforce", Around(by="column", up=0, down=-1, most=1000))
    cut = lineage(messy.world, SAM, "sales.salesforce", Around(by="column", up=0, down=-1, most=20))
    assert (len(cut.nodes), cut.more) == (20, len(whole.nodes) - 20)
    assert {box.id for box in cut.nodes} < {box.id for box in whole.nodes}
    with pytest.raises(Unknown):
        lineage(messy.world, SAM, "sales.nothing.there")


def test_a_contract_is_given_out_as_it_was_written(messy) -> None:
    written = (messy.world.folder / "domains/sales/pipeline/pipeline.odcs.yaml").read_bytes()
    for name in ("sales.pipeline", "sales.pipeline.campaigns", "messy-sales-pipeline-contract"):
        assert original(messy.world, STRANGER, name) == written
        assert contract(messy.world, STRANGER, name).text.encode() == written
    (first,) = contract(messy.world, SAM, "sales.pipeline").versions
    assert (first.version, first.by.name, first.changes) == ("1.0.0", "Olga Brandt", ())
    assert [one.path for one in history(messy.world, SAM, "sales.pipeline").revisions] == [
        "domains/sales/pipeline/product.odps.yaml",
        "domains/sales/pipeline/pipeline.odcs.yaml",
    ]


def test_events_and_runs_are_paged_without_gaps(messy) -> None:
    whole = events(messy.world, OLGA, Wanted(limit=1000))
    found, before = [], 0
    while before is not None:
        page = events(messy.world, OLGA, Wanted(before=before, limit=37))
        found += page.items
        before = page.next
    assert [e.sequence for e in found] == [e.sequence for e in whole.items]
    ids, before = [], 0
    while before is not None:
        page = runs(messy.world, SAM, before=before, limit=4)
        ids += [one.id for one in page.items]
        before = page.next
    assert len(ids) == len(set(ids)) == len(messy.story.runs)


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
