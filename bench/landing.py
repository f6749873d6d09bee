"""A CSV file into a product table, without and with a key, against DuckDB's own copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measure import MB, Spent, middle, python, spend
from bench.mesh import back, keep, run
from bench.report import Row

if TYPE_CHECKING:
    from bench.plan import Plan


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; the last keyed state is kept as `keyed` for what follows."""
    data = plan.mesh / "data"
    spend(python("-m", "bench.data", "sales", data, plan.rows))
    size = (data / "plain.csv").stat().st_size / MB
    found: dict[str, list[Spent]] = {"plain": [], "keyed": [], "peer": []}
    for _ in range(plan.runs):
        found["peer"].append(spend(python("-m", "bench.peer", "copy", data / "plain.csv", plan.out / "plain.parquet")))
        for product in ("plain", "keyed"):
            back(plan, "empty")
            found[product].append(spend(run(plan, f"d.{product}")))
    keep(plan, "keyed")
    what = f"CSV {size:.0f} MB checked into a table"
    return [
        beside(f"{what}, no key", found["plain"], found["peer"], "1.2; 400 MB"),
        beside(f"{what}, with a key", found["keyed"], found["peer"], "2; 400 MB"),
    ]


def beside(what: str, weft: list[Spent], peer: list[Spent], aim: str = "") -> Row:
    """CPU seconds of whole processes, start included; the ratio is the median of the rounds' ratios."""
    ratio = middle(w.cpu / p.cpu for w, p in zip(weft, peer, strict=True))
    return Row(
        what=what,
        weft=f"{middle(w.cpu for w in weft):.2f} s",
        peer=f"{middle(p.cpu for p in peer):.2f} s",
        ratio=f"{ratio:.2f}",
        aim=aim,
        cpu=f"{middle(w.cpu for w in weft):.2f}",
        megabytes=f"{middle(w.megabytes for w in weft):.0f}",
    )
