"""The portal of a served mesh: its start, its memory, its pages, fifty people, a journal that is far ahead."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.measure import late, middle, python, spend
from bench.mesh import back, weft_command
from bench.people import crowd, persons
from bench.report import Row
from bench.served import served

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.plan import Plan
    from bench.served import Served

PAGES = {"page of a product": 0.05, "front page": 0.05, "search page": 0.05, "lineage page": 0.05, "board": 0.3}
"""Seconds that a page may take when it is asked for again."""
START, IDLE, CROWD = 2.0, 200.0, 0.3
"""Seconds to the first page; MB; seconds of an answer while many look."""
PEOPLE, SECONDS = 50, 60.0
_IMPORTS = "import weft.cli.serve, weft.serve, weft.mesh.open, weft.engines.duck.engine, weft.mesh.storage"


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; quickly over the tables of TPC-H, else over Messy, Inc."""
    folder = plan.mesh
    if plan.quick:
        back(plan, "tpch")
    else:
        folder = plan.folder / "messy"
        spend([*weft_command(), "demo", "--no-serve", "--dir", str(folder)])
    started = [_start(folder) for _ in range(plan.runs - 1)]
    with served(folder) as (site, seconds):
        rows = [_started(plan, [*started, (seconds, site.cpu())]), _memory(site)]
        people = sorted(one["who"]["id"] for one in site.json("/people.json", "")["items"])
        rows += [*_pages(plan, site, people), _workers(site), _crowd(plan, site, people)]
        looks = _looks(plan, site, _address(site, people[0]), people[0])
    spend(python("-m", "bench.large", "events", folder, plan.events))
    with served(folder) as (site, _):
        return [*rows, _behind(plan, site, people[0], looks)]


def _start(folder: Path) -> tuple[float, float]:
    """Seconds and CPU seconds to the first page."""
    with served(folder) as (site, seconds):
        return seconds, site.cpu()


def _started(plan: Plan, found: Sequence[tuple[float, float]]) -> Row:
    alone = [spend(python("-c", _IMPORTS)).cpu for _ in range(plan.runs)]
    wall, cpu = (middle(each[n] for each in found) for n in (0, 1))
    peer = f"its imports alone, {middle(alone):.2f} s CPU"
    return Row(
        "weft serve to the first page",
        f"{wall:.2f} s, {cpu:.2f} s CPU",
        peer,
        f"{cpu / middle(alone):.1f}",
        f"{START:.0f} s",
        f"{cpu:.2f}",
    )


def _memory(site: Served) -> Row:
    time.sleep(1)
    own = site.memory()[0]
    told = f"{own['Rss']:.0f} MB, {own['Pss']:.0f} by its share"
    return Row("memory after the first page", told, "", f"{own['Rss'] / IDLE:.2f}", f"{IDLE:.0f} MB")


def _workers(site: Served) -> Row:
    own, *workers = site.memory()
    rss, pss = (sum(w[name] for w in workers) for name in ("Rss", "Pss"))
    told = f"{own['Rss']:.0f} MB and {len(workers)} workers: {rss:.0f} MB, {pss:.0f} by their share"
    return Row("memory after questions", told, "", f"{(own['Rss'] + rss) / IDLE:.2f}")


def _address(site: Served, who: str) -> str:
    return "/p/" + site.json("/search.json?kind=product", who)["items"][0]["name"].replace(".", "/")


def _pages(plan: Plan, site: Served, people: list[str]) -> list[Row]:
    product = _address(site, people[0])
    boards = site.json("/boards.json", people[0])["boards"]
    addresses = {
        "page of a product": product,
        "front page": "/",
        "search page": "/search?q=orders",
        "lineage page": f"{product}/lineage",
        "board": f"/boards/{boards[0]['name']}" if boards else "/boards",
    }
    rows = []
    for what, address in addresses.items():
        cpu, seconds = _looks(plan, site, address, people[0])
        told = f"p95 {seconds * 1000:.0f} ms, {cpu * 1000:.0f} ms CPU"
        rows.append(Row(what, told, "", f"{seconds / PAGES[what]:.2f}", f"{PAGES[what] * 1000:.0f} ms"))
    return rows


def _looks(plan: Plan, site: Served, address: str, who: str) -> tuple[float, float]:
    """CPU of a look, and p95 of the elapsed ones; the first two are not counted."""
    seconds = []
    for number in range(4 if plan.quick else 42):
        if number == 2:
            before = site.cpu()
        began = time.monotonic()
        status, _ = site.get(address, who)
        seconds.append(time.monotonic() - began)
        if status != 200:
            raise SystemExit(f"{address} answered {status}")
    return (site.cpu() - before) / len(seconds[2:]), late(seconds[2:])


def _crowd(plan: Plan, site: Served, people: list[str]) -> Row:
    count = 4 if plan.quick else PEOPLE
    found = persons(site, people, count)
    before = site.cpu()
    clicks = crowd(found, 3 if plan.quick else SECONDS)
    each = (site.cpu() - before) / len(clicks.all)
    for error in clicks.errors[:3]:
        raise SystemExit(f"of {len(clicks.all)} clicks {len(clicks.errors)} failed: {error}")
    seconds = late(clicks.all)
    told = f"{len(clicks.all)} pages, p95 {seconds * 1000:.0f} ms, {each * 1000:.0f} ms CPU a page, no error"
    return Row(f"{count} people, a click each 1 to 5 s", told, "", f"{seconds / CROWD:.2f}", f"{CROWD * 1000:.0f} ms")


def _behind(plan: Plan, site: Served, who: str, before: tuple[float, float]) -> Row:
    """Elapsed alone: the server's CPU goes into the folding."""
    _, seconds = _looks(plan, site, _address(site, who), who)
    left = site.json(f"{_address(site, who)}.json", who)["behind"]
    return Row(
        f"page of a product while {plan.events:,} events are taken up",
        f"p95 {seconds * 1000:.0f} ms, {left:,} events left then",
        f"without, {before[1] * 1000:.0f} ms",
        f"{seconds / before[1]:.1f}",
    )
