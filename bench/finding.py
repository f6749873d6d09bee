"""Search with facets over a large mesh, on SQLite and on PostgreSQL; one product of it; a graph laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.database import NOWHERE
from bench.measure import late, middle, python, spend, told
from bench.report import Row

if TYPE_CHECKING:
    from bench.plan import Plan

SEARCHES = ("exact", "partial", "several words", "mistyped", "all, by domain")
AIM, LAYOUT, PRODUCT = 0.030, 0.050, 0.050
"""Seconds."""


def measure(plan: Plan, url: str) -> list[Row]:
    """Rows of the table: CPU on SQLite, which works in the process; elapsed beside PostgreSQL, which does not."""
    folder = plan.folder / "found"
    spend(python("-m", "bench.large", "documents", folder, plan.products))
    times = 5 if plan.quick else 100
    here = told(spend(python("-m", "bench.finder", folder, times)))
    there = _on_postgres(plan, url, times)
    products, columns = here["mesh"]
    about = f"search of {products:,} products, {columns:,} columns"
    rows = [_search(f"{about}: {what}", here[what], there.get(what)) for what in SEARCHES]
    rows.append(
        _search(f"{about}: all of these", *([s for w in SEARCHES for s in f.get(w, ())] for f in (here, there)))
    )
    firsts = ("a viewer's first", "after an apply")
    rows += [_once(f"{about}: {what}", here[what], here["exact"], "a later one") for what in firsts]
    rows.append(_aimed(f"page of one of {products:,} products", here["product"], PRODUCT))
    rows.append(_aimed("lineage of 1,000 boxes in ten layers laid out", here["layout"], LAYOUT))
    return rows


def _on_postgres(plan: Plan, url: str, times: int) -> dict[str, Any]:
    if url == NOWHERE:
        return {}
    folder = plan.folder / "found"
    (folder / "mesh.yaml").write_text(
        (folder / "mesh.yaml").read_text(encoding="utf-8") + f"registry: {url}\n", encoding="utf-8"
    )
    found: dict[str, Any] = told(spend(python("-m", "bench.finder", folder, times)))
    return found


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _search(what: str, here: list[list[float]], there: list[list[float]] | None) -> Row:
    mine = late(cpu for cpu, _ in here)
    beside = f"on PostgreSQL {_ms(late(e for _, e in there))}, here {_ms(late(e for _, e in here))}" if there else ""
    return Row(what, f"p95 {_ms(mine)} CPU", beside, f"{mine / AIM:.2f}", _ms(AIM))


def _once(what: str, first: list[list[float]], later: list[list[float]], peer: str) -> Row:
    mine, warm = middle(cpu for cpu, _ in first), middle(cpu for cpu, _ in later)
    return Row(what, f"{_ms(mine)} CPU", f"{peer}, {_ms(warm)}", f"{mine / warm:.1f}")


def _aimed(what: str, found: list[list[float]], aim: float) -> Row:
    mine = late(cpu for cpu, _ in found)
    return Row(what, f"p95 {_ms(mine)} CPU", "", f"{mine / aim:.2f}", _ms(aim))
