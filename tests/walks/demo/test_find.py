"""Finding things in Messy, Inc.: search with facets, and what lies in the dark, as several people."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from walks.demo.test_views import FELIX, PAULA, SAM, STRANGER, everybody
from weft import policy
from weft.catalog.folds.health import Failed
from weft.flow import access, base
from weft.flow.views.dark import dark
from weft.flow.views.products import products
from weft.flow.views.search import FACETS, Wanted, search
from weft.flow.views.table import table
from weft.flow.visible import visible


def facet(view, name):
    return {one.value: one.count for one in next(f for f in view.facets if f.name == name).values}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("opportunities", "sales.pipeline.opportunities"),
        ("sales.pipeline", "sales.pipeline"),
        ("OEE", "oee"),
        ("base pay", "people.staff.workers"),
        ("basepay", "people.staff.workers"),
        ("oportunities", "sales.pipeline.opportunities"),
        ("gross margin", "gross-margin"),
        ("Felix Adler", "finance"),
        ("renewal customers", None),
    ],
)
def test_what_people_type_leads_there(messy, text, first) -> None:
    view = search(messy.world, SAM, Wanted(text=text))
    assert view.total > 0
    assert first is None or view.items[0].name == first or first in [item.name for item in view.items[:2]]


def test_an_item_says_what_its_own_page_says(messy) -> None:
    for viewer in (SAM, PAULA, STRANGER):
        found = {(i.kind, i.name): i for i in search(messy.world, viewer, Wanted(limit=500)).items}
        for item in products(messy.world, viewer, limit=100).items:
            hit = found["product", item.name]
            assert hit.access == ("read" if item.access.allowed else "ask"), item.name
            assert (hit.owner, hit.status, hit.domain) == (item.owner, item.status, item.domain)
            for name in item.tables:
                told, one = table(messy.world, viewer, name).table, found["table", name]
                assert one.access == ("read" if told.access.allowed else "ask"), name
                assert (one.freshness, one.quality) == (told.trust.fresh.state, told.trust.checks.state), name


def test_facets_count_what_choosing_them_gives(messy) -> None:
    everything = search(messy.world, FELIX)
    for name in FACETS:
        for value, count in facet(everything, name).items():
            chosen = search(messy.world, FELIX, Wanted(**{name: (value,)}, limit=500))
            assert chosen.total == len(chosen.items) == count, (name, value)
            assert facet(chosen, name) == facet(everything, name), "a facet does not narrow itself"
    both = search(messy.world, FELIX, Wanted(kind=("table",), domain=("sales", "people"), access=("read",)))
    assert both.total == sum(facet(both, "domain")[domain] for domain in ("sales", "people"))


def test_who_may_read_what_is_decided_once_and_kept(messy) -> None:
    known = base.declared(messy.world)
    for viewer in everybody(messy.world):
        who = policy.actor(known, viewer.actor)
        seen = visible(messy.world, known, who)
        for placed in known.placed:
            assert (placed in seen) == access.decide(messy.world, known, placed, who, "").allowed
        assert visible(messy.world, known, who) is seen


def test_kept_marks_are_what_new_ones_would_be(messy) -> None:
    """When a promise ran out, when time went back, and when something happened to one table."""
    kept = replace(messy.world, memo=dict(messy.world.memo))

    def compare(**changed) -> dict[str, dict[str, int]]:
        nonlocal kept
        kept = replace(kept, **changed)
        fresh = replace(kept, memo={name: kept.memo[name] for name in ("declared", "healths")})
        views = [search(world, SAM, Wanted(limit=500)) for world in (kept, fresh)]
        assert views[0] == views[1]
        return {name: facet(views[0], name) for name in ("freshness", "quality")}

    search(kept, SAM)
    now = kept.clock.now()
    first = compare()
    later = compare(clock=SimpleNamespace(now=lambda: now + timedelta(days=400)))
    assert later["freshness"] != first["freshness"]
    assert compare(clock=SimpleNamespace(now=lambda: now)) == first
    mark, found = kept.memo["healths"]
    name = next(key for key, health in found.items() if health.checked and not health.failed)
    kept.memo["healths"] = (mark, {**found, name: found[name].model_copy(update={"failed": (Failed(rule="x"),)})})
    assert compare()["quality"] != first["quality"]


def test_pages_hold_everything_once(messy) -> None:
    pages = [search(messy.world, SAM, Wanted(text="sales", offset=n, limit=7)) for n in range(0, 70, 7)]
    names = [(i.kind, i.name) for page in pages for i in page.items]
    assert len(names) == len(set(names)) == pages[0].total


def test_the_table_that_ashi_left_is_dark(messy) -> None:
    (item,) = [i for i in dark(messy.world, SAM).items if i.kind == "stream"]
    assert item.subject == "stream:manufacturing.mes.ashi_calibration_v2_final"
    assert [(j.column, j.table, j.key, j.share) for j in item.joins] == [
        ("m", "manufacturing.machines.machines", "asset_id", 1.0)
    ], "what its column holds says what no name does"
