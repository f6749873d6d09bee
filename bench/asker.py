"""Asks, weft and raw DuckDB in turn: `python -m bench.asker whole,one,first,kept,beside MESH TIMES [QUERY ...]`."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.measure import Tree, children, middle
from bench.mesh import ADA, BO, TPCH
from weft.errors import WeftError
from weft.flow import base
from weft.flow.ask import ask
from weft.mesh import open_world
from weft.model import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weft.seams import World

QUERIES = {
    "q1": """SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
        sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
        sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge, avg(l_quantity) AS avg_qty,
        avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
        FROM d.tpch.lineitem WHERE l_shipdate <= DATE '1998-09-02'
        GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus""",
    "q3": """SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
        FROM d.tpch.customer, d.tpch.orders, d.tpch.lineitem
        WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
        AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
        GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10""",
    "q6": """SELECT sum(l_extendedprice * l_discount) AS revenue FROM d.tpch.lineitem
        WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
        AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24""",
    "one": "SELECT o_totalprice, o_orderdate FROM d.tpch.orders WHERE o_orderkey = 4711",
}
NAMES = ("q1", "q3", "q6")
RUNS = 12.0
"""Seconds until the question that never ends is stopped."""
RUNAWAY = "SELECT sum(hash(a.range + b.range)) FROM range(100000000) a, range(1000) b"
LIMIT = 120.0
"""Seconds within which a kept file must be there."""


def main() -> None:
    """Prints, by manner and query, what weft and raw DuckDB took: the median of TIMES."""
    hows, folder, times, *names = sys.argv[1:]
    world = open_world(folder, user=ADA)
    raw = _raw(world)
    try:
        _weft(world, QUERIES["one"], ADA)  # workers start, documents are read
        time.sleep(0.5)
        asking = Asking(world, raw, Tree(tuple(children())), int(times))
        print(json.dumps({how: asking.measure(how, names) for how in hows.split(",")}))
    finally:
        world.close()


@dataclass(frozen=True)
class Asking:
    """One process that asks, weft and raw DuckDB in turn."""

    world: World
    raw: Callable[[str], int]
    tree: Tree
    times: int

    def measure(self, how: str, names: Sequence[str]) -> dict[str, Any]:
        """What the queries of one manner cost."""
        return {n: self._one(how, QUERIES[n]) for n in names or (("one",) if how in {"one", "beside"} else NAMES)}

    def _one(self, how: str, sql: str) -> dict[str, Any]:
        actor = BO if how in ("kept", "first") else ADA
        if how == "kept":
            self._until_kept(sql)
        rounds = {"first": 1, "one": 3 * self.times, "beside": 3 * self.times}.get(how, self.times)
        with self._runaway() if how == "beside" else nullcontext():
            found = _measured(rounds, self.tree, lambda: _weft(self.world, sql, actor), lambda: self.raw(sql))
            return {**found, "megabytes": self.tree.megabytes()}  # now: who runs away is killed

    @contextmanager
    def _runaway(self) -> Iterator[None]:
        """Somebody else's question that never ends keeps one worker busy."""
        thread = threading.Thread(target=self._run_away, daemon=True)
        thread.start()
        time.sleep(0.5)
        yield
        if not thread.is_alive():
            raise SystemExit("the question that never ends has ended before the others")

    def _run_away(self) -> None:
        with suppress(WeftError):  # it is stopped when its time is over
            ask(self.world, RUNAWAY, ADA, "reporting", Limits(threads=1, seconds=RUNS)).answer.close()

    def _until_kept(self, sql: str) -> None:
        """Ask until the answer comes from kept files: their writing goes on after the first answer."""
        end = time.monotonic() + LIMIT
        before = None
        while time.monotonic() < end:
            _weft(self.world, sql, BO)
            time.sleep(0.5)
            now = sorted(p.name for p in (self.world.folder / ".weft/kept").rglob("*.*"))
            if now == before and not any(n.endswith(".tmp") for n in now):
                return
            before = now


def _measured(rounds: int, tree: Tree, weft: Callable[[], Any], raw: Callable[[], Any]) -> dict[str, Any]:
    raw()
    spent: dict[str, list[tuple[float, float]]] = {"weft": [], "raw": []}
    for _ in range(rounds):
        for side, once in (("raw", raw), ("weft", weft)):
            time.sleep(0.05)  # what a worker does after its answer belongs to no question
            cpu, wall = tree.cpu(), time.perf_counter()
            once()
            wall = time.perf_counter() - wall
            spent[side].append((tree.cpu() - cpu, wall))
    return {side: {"cpu": middle(c for c, _ in s), "wall": middle(w for _, w in s)} for side, s in spent.items()}


def _weft(world: World, sql: str, actor: str) -> int:
    with ask(world, sql, actor, "reporting").answer as answer:
        return sum(batch.num_rows for batch in answer)


def _raw(world: World) -> Callable[[str], int]:
    """Views over the published files, in a connection that stays."""
    import duckdb

    con = duckdb.connect(":memory:", config={"threads": str(world.mesh.engine.threads)})
    con.execute("ATTACH ':memory:' AS d; CREATE SCHEMA d.tpch")
    for table in TPCH:
        with world.registry.transaction() as unit:
            found = unit.publications.get(base.declared(world, unit).table(f"d.tpch.{table}").name.key)
        if found is None:
            raise SystemExit(f"{table} is not published")
        con.execute(f"CREATE VIEW d.tpch.{table} AS FROM read_parquet({list(found.relation.files)})")
    return lambda sql: con.sql(sql).to_arrow_table().num_rows


if __name__ == "__main__":
    main()
