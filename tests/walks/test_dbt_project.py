"""A dbt project's artifacts as drafts that run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from walks.mesh import ADA, open_mesh
from walks.terminal import weft

if TYPE_CHECKING:
    from pathlib import Path


def node(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A node of a manifest."""
    return {"resource_type": kind, "name": name, "alias": name, "database": "wh", "schema": "marts", **more}


def generic(name: str, column: str, on: str, **arguments: Any) -> dict[str, Any]:
    """A generic test of a model's column."""
    said = {"name": name, "kwargs": {"column_name": column, "model": "{{ x }}", **arguments}, "namespace": None}
    return node("test", f"{name}_{column}", attached_node=on, column_name=column, test_metadata=said)


FACTS = "model.p.facts"
MANIFEST = {
    "metadata": {"adapter_type": "postgres", "project_name": "p"},
    "nodes": {
        "model.p.stg": node("model", "stg", config={"materialized": "view"}),
        FACTS: node(
            "model",
            "facts",
            config={"materialized": "incremental"},
            description="One row per fact.",
            columns={"id": {"name": "id", "description": "Number.", "data_type": "bigint"}, "email": {"name": "email"}},
        ),
        "t1": generic("not_null", "id", FACTS),
        "t2": generic("unique", "id", FACTS),
        "t3": generic("accepted_values", "kind", FACTS, values=["a", "b"]),
        "t4": generic("is_odd", "amount", FACTS),
        "t5": {"resource_type": "test", "name": "loose"},
        "broken": {"resource_type": "model"},
    },
    "sources": {"source.p.raw.events": {"resource_type": "source", "name": "events", "schema": "raw"}},
    "parent_map": {"model.p.stg": ["source.p.raw.events"], FACTS: ["model.p.stg"]},
}
CATALOG = {"nodes": {FACTS: {"columns": {
    "AMOUNT": {"type": "NUMERIC(12, 2)", "index": 2, "name": "amount"},
    "ID": {"type": "BIGINT", "index": 1, "name": "id"},
    "KIND": {"type": "character varying", "index": 3, "name": "kind"},
    "AT": {"type": "timestamp with time zone", "index": 4, "name": "at"},
}}}}  # fmt: skip
RESULTS = {"results": [{"unique_id": f"t{n}", "status": "pass" if n != 3 else "fail"} for n in (1, 2, 3, 4)]}


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    open_mesh(tmp_path).close()
    return tmp_path


def write(folder: Path, **artifacts: Any) -> None:
    folder.mkdir()
    for name, content in artifacts.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def test_types_keys_rules_and_results_are_drafted(mesh: Path) -> None:
    write(mesh / "target", manifest=MANIFEST, catalog=CATALOG, run_results=RESULTS)
    done = weft(mesh, "new", "dbt", "target", "d.shop", "--source", "warehouse", "--json").json()
    assert done["evidence"] == [
        "facts: 5 columns, 3 rules from dbt's tests",
        "facts: the key is (id): unique and never null in dbt",
        "facts.email: likely personal data (pii.email), by its name",
        "not understood: facts.amount: is_odd: weft knows no such test",
        "dbt's last run: 1 tests fail, 3 tests pass",
        "it did not pass in dbt: accepted_values_kind",
        "not offered: stg (views; name them with --model)",
    ]
    checked = weft(mesh, "check")
    assert (checked.code, checked.out) == (0, "everything is in order\n")
    assert weft(mesh, "apply", "--yes").code == 0
    told = weft(mesh, "show", "d.shop.facts", "--json").json()
    assert told["key"] == ["id"]
    assert [(c["column"], c["type"]) for c in told["columns"]] == [
        ("id", "integer"), ("amount", "number"), ("kind", "string"), ("at", "timestamp"), ("email", "string"),
    ]  # fmt: skip
    assert "physicalType: decimal(12,2)" in (mesh / "domains/d/shop/facts.odcs.yaml").read_text()
    assert [r["rule"] for r in told["rules"]] == ["kind.invalidValues"]
    source = (mesh / "domains/d/sources/warehouse.yaml").read_text()
    assert "url: postgresql://to.fill/wh\n" in source
    assert "password: secret://env/TO_FILL\n" in source
    assert "schema: marts\n" in source


def test_the_lineage_of_the_models_joins_the_graph(mesh: Path) -> None:
    write(mesh / "target", manifest=MANIFEST, catalog=CATALOG)
    assert weft(mesh, "new", "dbt", "target", "d.shop", "--source", "warehouse").code == 0
    assert weft(mesh, "apply", "--yes").code == 0
    told = weft(mesh, "lineage", "d.shop.facts.amount", "--json").json()
    assert [(e["from"], e["to"]) for e in told] == [
        ("stream:d.warehouse.facts.amount", "d.shop.facts.amount"),
        ("dataset:dbt://p/wh.marts.stg.*", "stream:d.warehouse.facts.amount"),
        ("dataset:dbt://p/raw.events.*", "dataset:dbt://p/wh.marts.stg.*"),
    ]


@pytest.mark.parametrize(
    ("artifacts", "words", "text"),
    [
        ({}, (), "there is no manifest.json in 'target'\n  `dbt build` writes it to the target folder.\n"),
        (
            {"manifest": []},
            (),
            "this is no manifest.json of dbt: it has no nodes\n  dbt writes it to its target folder.\n",
        ),
        ({"manifest": MANIFEST}, ("--model", "nope"), "the project has no model 'nope'\n  It has facts, stg.\n"),
        (
            {"manifest": {"nodes": {"model.p.stg": MANIFEST["nodes"]["model.p.stg"]}}},  # type: ignore[index]
            (),
            "the project stores no model as a table\n  Name the models to offer with --model.\n",
        ),
    ],
    ids=["none", "no nodes", "unknown model", "views only"],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(
    mesh: Path, artifacts: dict[str, Any], words: tuple[str, ...], text: str
) -> None:
    write(mesh / "target", **artifacts)
    done = weft(mesh, "new", "dbt", "target", "d.shop", *words)
    assert (done.code, done.err) == (2, f"Invalid: {text}")
    assert not (mesh / "domains/d/shop").exists()


def test_the_jaffle_shop_runs(mesh: Path, shared: Path) -> None:
    target = shared / "standards" / "jaffle-shop-artifacts"
    done = weft(mesh, "new", "dbt", str(target), "d.jaffle")
    assert (done.code, done.err) == (0, "")
    assert "  dbt's last run: 20 tests success\n" in done.out
    (mesh / "data/jaffle_shop").mkdir(parents=True)
    orders = (
        "SELECT i AS order_id, i AS customer_id, DATE '2026-01-01' AS order_date, 'placed' AS status, 1.5 AS amount,"
        " 0.0 AS credit_card_amount, 0.0 AS coupon_amount, 1.5 AS bank_transfer_amount, 0.0 AS gift_card_amount"
    )
    customers = "SELECT i AS customer_id, 'A' AS first_name, 'B' AS last_name, DATE '2026-01-01' AS first_order"
    for name, sql, rows in (("orders", orders, 4), ("customers", customers, 3)):
        duckdb.sql(f"COPY ({sql} FROM range({rows}) AS r(i)) TO '{mesh}/data/jaffle_shop/{name}.parquet'")
    assert weft(mesh, "apply", "--yes").code == 0
    ran = weft(mesh, "run", "d.jaffle", "--json").json()
    assert ran[0]["state"] in {"succeeded", "held"}, ran
    asked = weft(mesh, "ask", "SELECT count(*) AS n FROM d.jaffle.customers", "--as", ADA, "--format", "csv")
    assert asked.out == "n\n3\n"
    events = weft(mesh, "lineage", "import", str(target / "openlineage-events.json"))
    assert events.code == 0, "the events that dbt's own integration wrote"
    assert int(events.err.split()[0]) > 0
