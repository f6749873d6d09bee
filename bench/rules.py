"""Ten rules over one table in one pass: `python -m bench.rules WHAT FILE [ROWS]`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import middle, python, spend, told
from bench.report import Row

if TYPE_CHECKING:
    from bench.measure import Spent
    from bench.plan import Plan

RULES: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("id", "nullValues", {}, "id IS NULL"),
    ("code", "missingValues", {"missingValues": ["", "n/a"]}, "code IS NULL OR code IN ('', 'n/a')"),
    ("code", "invalidValues", {"pattern": "^[A-Z]{3}-[0-9]{5}$"}, "NOT regexp_matches(code, '^[A-Z]{3}-[0-9]{5}$')"),
    ("kind", "invalidValues", {"validValues": ["a", "b", "c"]}, "kind NOT IN ('a', 'b', 'c')"),
    ("kind", "nullValues", {}, "kind IS NULL"),
    ("amount", "nullValues", {}, "amount IS NULL"),
    ("day", "nullValues", {}, "day IS NULL"),
    ("city", "nullValues", {}, "city IS NULL"),
    (
        "city",
        "invalidValues",
        {"validValues": ["Lisbon", "Gdansk", "Turin"]},
        "city NOT IN ('Lisbon', 'Gdansk', 'Turin')",
    ),
    ("note", "missingValues", {"missingValues": [""]}, "note IS NULL OR note = ''"),
)
COLUMNS = {"id": "integer", "code": "string", "kind": "string", "amount": "number", "day": "date", "city": "string"}
COLUMNS |= {"note": "string"}


def main() -> None:
    what, *arguments = sys.argv[1:]
    {"make": make, "weft": weft, "ten": ten, "pandera": pandera}[what](*arguments)


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; pandera takes part where WEFT_PANDERA names a Python that has it and Polars."""
    file = plan.folder / "rules.parquet"
    spend(python("-m", "bench.rules", "make", file, plan.ruled))
    found: dict[str, list[Spent]] = {"weft": [], "ten": []}
    other = os.environ.get("WEFT_PANDERA")
    for _ in range(plan.runs):
        for side, spent in found.items():
            spent.append(spend(python("-m", "bench.rules", side, file)))
    pandera = [spend([other, str(Path(__file__)), "pandera", str(file)]) for _ in range(plan.runs)] if other else []
    counts = told(found["weft"][0])
    if counts != told(found["ten"][0]) or any(told(spent) != sum(counts) for spent in pandera):
        raise SystemExit(f"the rules are judged differently: {counts}")
    what = f"ten rules over {plan.ruled:,} rows in one pass, against"
    rows = [_row(f"{what} ten questions to DuckDB", found["weft"], found["ten"])]
    return [*rows, *([_row(f"{what} pandera on Polars", found["weft"], pandera)] if pandera else [])]


def _row(what: str, weft: list[Spent], peer: list[Spent]) -> Row:
    texts = [f"{middle(s.cpu for s in side):.2f} s CPU, {middle(s.wall for s in side):.2f} s" for side in (weft, peer)]
    ratio = middle(w.cpu / p.cpu for w, p in zip(weft, peer, strict=True))
    cpu, most = middle(s.cpu for s in weft), middle(s.megabytes for s in weft)
    return Row(what, *texts, f"{ratio:.2f}", "", f"{cpu:.2f}", f"{most:.0f}")


def make(file: str, rows: str) -> None:
    """The table, with some rows that break each rule."""
    import duckdb

    duckdb.sql(
        "COPY (SELECT CASE WHEN i % 1000 = 1 THEN NULL ELSE i END AS id,"
        " CASE WHEN i % 1000 = 2 THEN 'n/a' WHEN i % 1000 = 3 THEN 'abc' ELSE"
        " 'ABC-' || lpad((h % 99991)::VARCHAR, 5, '0') END AS code,"
        " CASE WHEN i % 1000 = 4 THEN 'x' WHEN i % 1000 = 5 THEN NULL ELSE ['a', 'b', 'c'][h % 3 + 1] END"
        " AS kind, CASE WHEN i % 1000 = 6 THEN NULL ELSE (h % 100000) / 100 END AS amount,"
        " CASE WHEN i % 1000 = 7 THEN NULL ELSE DATE '2024-01-01' + (h % 900)::INTEGER END AS day,"
        " CASE WHEN i % 1000 = 8 THEN NULL WHEN i % 1000 = 9 THEN 'Malmo' ELSE ['Turin', 'Ghent'][h % 2 + 1] END"
        " AS city, CASE WHEN i % 1000 = 10 THEN '' ELSE 'left with neighbour ' || h % 1000 END AS note"
        f" FROM (SELECT i, (hash(i) % 1000000007)::BIGINT AS h FROM range({int(rows)}) AS r(i)))"
        f" TO '{file}' (FORMAT parquet)"
    )


def weft(file: str) -> None:
    """Rules of a contract, compiled and judged."""
    from weft import quality
    from weft.mesh import bench
    from weft.model import Column, Contract, DataProduct, Placed, Property, Relation, Rule, Shape, Table, TableName

    types = {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "string": "VARCHAR"}
    properties = tuple(Property(name=name, type=kind) for name, kind in COLUMNS.items())
    rules = tuple(
        Rule(name=f"r{n}", metric=metric, column=name, operator="mustBe", threshold=0, arguments=arguments)
        for n, (name, metric, arguments, _) in enumerate(RULES)
    )
    placed = Placed(
        name=TableName(domain="d", product="p", table="t", major=1),
        table=Table(name="t", properties=properties, quality=rules),
        contract=Contract(id="c"),
        product=DataProduct(id="p", domain="d", name="p"),
        shape=Shape(kind="none"),
    )
    columns = tuple(Column(name=name, type=types[kind]) for name, kind in COLUMNS.items())
    with bench() as (engine, _):
        plan = quality.compile(placed, {})
        relation = Relation(files=(file,), columns=columns)
        answers = [engine.query(step.sql, {"rows": relation, **step.relations}).to_pylist() for step in plan.steps]
        print(json.dumps([int(f.found or 0) for f in quality.judge(plan, answers)]))


def ten(file: str) -> None:
    """A question for each rule."""
    import duckdb

    duckdb.sql("SET threads = 2")
    counts = [duckdb.execute(f"SELECT count(*) FROM '{file}' WHERE {bad}").fetchone() for *_, bad in RULES]
    print(json.dumps([found[0] for found in counts if found]))


def pandera(file: str) -> None:
    """The same rules as a schema of pandera; all failures are wanted, so it is lazy."""
    import pandera.polars as pa
    import polars as pl

    checks: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for name, metric, arguments, _ in RULES:
        if "pattern" in arguments:
            checks[name].append(pa.Check.str_matches(arguments["pattern"]))
        elif "validValues" in arguments:
            checks[name].append(pa.Check.isin(arguments["validValues"]))
        elif metric == "missingValues":
            checks[name].append(pa.Check.notin(arguments["missingValues"]))
    schema = pa.DataFrameSchema({name: pa.Column(checks=some, nullable=False) for name, some in checks.items()})
    try:
        schema.validate(pl.read_parquet(file), lazy=True)
    except pa.errors.SchemaErrors as error:
        print(len(error.failure_cases))


if __name__ == "__main__":
    main()
