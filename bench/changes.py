"""Changes into a keyed table: landed beside it, read through the overlay, folded into it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bench.landing import beside
from bench.measure import Spent, middle, python, spend, told
from bench.mesh import back
from bench.report import Row

if TYPE_CHECKING:
    from bench.plan import Plan

TABLE = "d.keyed.sales"
QUESTIONS = {
    "group by": "SELECT city, count(*), sum(price) FROM rows GROUP BY ALL",
    "one row": "SELECT note FROM rows WHERE id = 4711",
}


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; begins with the state `keyed`."""
    data = plan.mesh / "data"
    found: dict[str, list[Spent]] = {"land": [], "fold": [], "merge": [], "copy": []}
    times = []
    (data / "keyed/z.csv").unlink(missing_ok=True)
    spend(python("-m", "bench.data", "changes", data, plan.rows, plan.changes))
    for _ in range(plan.runs):
        back(plan, "keyed")
        table = plan.mesh / ".weft/tables/d/keyed/sales/v1/table"
        copy = plan.out / "merged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(table, copy)
        found["land"].append(spend(python("-m", "bench.step", "land", plan.mesh, TABLE)))
        times.append(told(spend(python("-m", "bench.step", "overlay", plan.mesh, TABLE))))
        found["fold"].append(spend(python("-m", "bench.step", "fold", plan.mesh, TABLE)))
        found["merge"].append(spend(python("-m", "bench.peer", "merge", copy, data / "keyed/z.csv")))
        found["copy"].append(spend(python("-m", "bench.peer", "copy", data / "keyed/z.csv", plan.out / "z.parquet")))
    (data / "keyed/z.csv").unlink()
    what = f"{plan.changes:,} changes into {plan.rows:,} rows"
    rows = [
        beside(f"{what}: landed, against DuckDB's copy", found["land"], found["copy"]),
        beside(f"{what}: folded, against delta-rs MERGE", found["fold"], found["merge"]),
    ]
    return rows + [_read(f"{what}: {name} over the overlay, against the folded", name, times) for name in QUESTIONS]


def _read(what: str, name: str, times: list[dict[str, list[float]]]) -> Row:
    """CPU milliseconds of one question in a process that is warm."""
    overlay, folded = (middle(t[name][i] for t in times) * 1000 for i in (0, 1))
    return Row(what, f"{overlay:.0f} ms", f"{folded:.0f} ms", f"{overlay / folded:.2f}", "", f"{overlay / 1000:.3f}")
