"""Asks, weft and raw DuckDB in turn: `python -m bench.asker whole|kept|first|one MESH TIMES [QUERY ...]`."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bench.measure import Tree, children, middle
from bench.mesh import ADA, BO, TPCH
from weft.flow import base
from weft.flow.ask import ask
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Callable

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
LIMIT = 120.0


def main() -> None:
    how, folder, times, *names = sys.argv[1:]
    world = open_world(folder, user=ADA)
    raw = _raw(world)
    actor = ADA if how in ("whole", "one") else BO
    try:
        _weft(world, QUERIES["one"], ADA)  # workers start, documents are read
        time.sleep(0.5)
        tree = Tree(tuple(children()))
        found = {}
        for name in names or (("one",) if how == "one" else ("q1", "q3", "q6")):
            if how == "kept":
                _until_kept(world, QUERIES[name])
            rounds = 1 if how == "first" else 21 if how == "one" else int(times)
            found[name] = _measured(
                rounds, tree, lambda s=QUERIES[name]: _weft(world, s, actor), lambda s=QUERIES[name]: raw(s)
            )
            found[name]["megabytes"] = tree.megabytes()
        print(json.dumps(found))
    finally:
        world.close()


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


def _until_kept(world: World, sql: str) -> None:
    """Ask until the answer comes from kept files: their writing goes on after the first answer."""
    end = time.monotonic() + LIMIT
    before = None
    while time.monotonic() < end:
        _weft(world, sql, BO)
        time.sleep(1.0)
        with suppress(OSError):
            now = sorted(p.name for p in (world.folder / ".weft/kept").rglob("*.*"))
            if now == before and not any(n.endswith(".tmp") for n in now):
                return
            before = now


if __name__ == "__main__":
    main()
