"""The mesh that is measured: documents as JSON, which YAML is a superset of."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from bench.measure import python, spend

if TYPE_CHECKING:
    from pathlib import Path

    from bench.plan import Plan

ADA, BO = "ada@bench.example", "bo@bench.example"
TPCH = ("lineitem", "orders", "customer")


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A property of a contract."""
    return {"name": name, "logicalType": kind, **more}


def _decimal(name: str, **more: Any) -> dict[str, Any]:
    return column(name, "number", physicalType="decimal(15,2)", **more)


SALES = [
    column("id", "integer", required=True),
    column("ordered_at", "timestamp", required=True),
    column("email", "string", required=True),
    column("city", "string"),
    column("status", "string", required=True),
    column("sku", "string", logicalTypeOptions={"pattern": "^[A-Z]{3}-[0-9]{5}$"}),
    column("quantity", "integer", logicalTypeOptions={"minimum": 0}),
    _decimal("price"),
    column("discount", "number", logicalTypeOptions={"minimum": 0, "maximum": 1}),
    column("note", "string"),
]
KEYED = [{**SALES[0], "primaryKey": True, "primaryKeyPosition": 1}, *SALES[1:]]
SHOP = [
    column("id", "integer", required=True),
    column("code", "string", required=True),
    column("name", "string"),
    column("email", "string", required=True),
    column("created_at", "timestamp", required=True),
    column("shipped", "date"),
    column("amount", "number", physicalType="decimal(12,2)", logicalTypeOptions={"minimum": 0}),
    column("score", "number"),
    column("kind", "string", logicalTypeOptions={"pattern": "^[a-z]+$"}),
    column("active", "boolean"),
    column("owner_id", "integer"),
    column("notes", "string"),
]
LINEITEM = [
    *(column(f"l_{n}", "integer") for n in ("orderkey", "partkey", "suppkey", "linenumber")),
    *(_decimal(f"l_{n}") for n in ("quantity", "extendedprice", "discount", "tax")),
    column("l_returnflag", "string", tags=["hidden"]),
    column("l_linestatus", "string"),
    *(column(f"l_{n}", "date") for n in ("shipdate", "commitdate", "receiptdate")),
    *(column(f"l_{n}", "string") for n in ("shipinstruct", "shipmode", "comment")),
]
ORDERS = [
    column("o_orderkey", "integer"),
    column("o_custkey", "integer"),
    column("o_orderstatus", "string"),
    _decimal("o_totalprice"),
    column("o_orderdate", "date"),
    column("o_orderpriority", "string"),
    column("o_clerk", "string", tags=["hidden"]),
    column("o_shippriority", "integer"),
    column("o_comment", "string"),
]
CUSTOMER = [
    column("c_custkey", "integer"),
    *(column(f"c_{n}", "string", tags=["hidden"]) for n in ("name", "address")),
    column("c_nationkey", "integer"),
    column("c_phone", "string", tags=["hidden"]),
    _decimal("c_acctbal"),
    *(column(f"c_{n}", "string") for n in ("mktsegment", "comment")),
]


def make(plan: Plan, database: str) -> None:
    """Write the documents and apply them; `.weft.empty` beside is what every measurement begins with.

    Args:
        plan: where.
        database: URL of the PostgreSQL server.
    """
    weft = {"apiVersion": "weft/v1"}
    people = [{**weft, "kind": "Person", "id": who, "name": who[:3].strip("@")} for who in (ADA, BO)]
    files = {
        "mesh.yaml": {**weft, "kind": "Mesh", "name": "bench", "stance": "open", "purposes": ["reporting"]},
        **{f"people/{p['name']}.yaml": p for p in people},
        "domains/d/domain.yaml": {**weft, "kind": "Domain", "name": "d", "owner": ADA},
        "domains/e/domain.yaml": {**weft, "kind": "Domain", "name": "e", "owner": BO},
        "policies/hidden.yaml": {
            **weft,
            "kind": "Policy",
            "name": "hidden",
            "type": "Mask",
            "match": {"tags": ["hidden"]},
            "mask": "hash",
            "except": [{"domains": ["d"]}],
        },
        "policies/no-air.yaml": {
            **weft,
            "kind": "Policy",
            "name": "no-air",
            "type": "RowFilter",
            "match": {"tables": ["d.tpch.lineitem"]},
            "where": [{"column": "l_shipmode", "operator": "!=", "value": "AIR"}],
            "except": [{"domains": ["d"]}],
        },
        **_source(
            "inbox", "files", {"path": "data"}, {"plain": {"path": "plain.csv"}, "keyed": {"path": "keyed/*.csv"}}
        ),
        **_source("tpch", "files", {"path": "tpch"}, {t: {"path": f"{t}.parquet"} for t in TPCH}),
        **_source("shop", "sql", {"url": database, "user": "postgres"}, {"sales": {}}),
        **_product("plain", {"sales": SALES}, {"sales": "inbox.plain"}),
        **_product("keyed", {"sales": KEYED}, {"sales": "inbox.keyed"}),
        **_product("shop", {"sales": SHOP}, {"sales": "shop.sales"}),
        **_product(
            "tpch",
            {"lineitem": LINEITEM, "orders": ORDERS, "customer": CUSTOMER},
            {t: f"tpch.{t}" for t in TPCH},
        ),
    }
    for name, content in files.items():
        path = plan.mesh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    spend([*weft_command(), "apply", str(plan.mesh), "--mesh", str(plan.mesh), "--yes"])
    keep(plan, "empty")


def weft_command() -> list[str]:
    """The command line, in this environment."""
    return python("-m", "weft")


def run(plan: Plan, product: str) -> list[str]:
    """`weft run` of one product."""
    return [*weft_command(), "run", product, "--mesh", str(plan.mesh)]


def keep(plan: Plan, name: str) -> None:
    """Remember the mesh's state."""
    _copy(plan.mesh / ".weft", plan.folder / f"weft.{name}")


def back(plan: Plan, name: str) -> None:
    """Put a state back."""
    _copy(plan.folder / f"weft.{name}", plan.mesh / ".weft")


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _source(name: str, kind: str, config: dict[str, Any], streams: dict[str, Any]) -> dict[str, Any]:
    head = {"apiVersion": "weft/v1", "kind": "Source", "name": name, "connector": kind}
    return {f"domains/d/sources/{name}.yaml": {**head, "config": config, "streams": streams}}


def _product(name: str, tables: dict[str, list[dict[str, Any]]], streams: dict[str, str]) -> dict[str, Any]:
    read = [{"name": t, "version": "1.0.0", "contractId": f"stream:{s}"} for t, s in streams.items()]
    schema = [
        {
            "name": table,
            "customProperties": [{"property": "weft.stream", "value": streams[table]}],
            "properties": properties,
        }
        for table, properties in tables.items()
    ]
    shared = {"version": "1.0.0", "status": "active"}
    odps = {"apiVersion": "v1.0.0", "kind": "DataProduct", "id": f"d-{name}", "name": name, **shared}
    odps |= {"inputPorts": read, "outputPorts": [{"name": "out", "version": "1.0.0", "contractId": f"d-{name}-c"}]}
    odcs = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": f"d-{name}-c", **shared, "schema": schema}
    place = f"domains/d/{name}"
    return {f"{place}/product.odps.yaml": odps, f"{place}/out.odcs.yaml": odcs}
