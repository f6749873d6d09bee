"""Derived tables: in which order, and of what they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walks.mesh import open_mesh, product, reapply, rows, source
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """
schema:
  - name: t
    customProperties: [{{property: weft.stream, value: s.{stream}}}]
    properties: [{{name: id, logicalType: integer, required: true}}]
"""
TWO = """
schema:
  - {name: a, properties: [{name: id, logicalType: integer}]}
  - {name: b, properties: [{name: id, logicalType: integer}]}
"""
KNOWN = """
    quality:
      - type: custom
        engine: weft
        severity: {severity}
        implementation: {{kind: ForeignKey, properties: [id], references: d.{product}.t.id}}
"""
STREAM = source("s", "connector: files\nconfig: {path: data}\n")
DATA = {"data/x.csv": "id\n1\n", "data/y.csv": "id\n2\n"}


def test_a_product_runs_after_everything_that_any_of_its_tables_reads(tmp_path: Path) -> None:
    """Its first table needs the first product only; the product has to wait for the second one all the same."""
    world = open_mesh(
        tmp_path,
        STREAM,
        product("first", TABLE.format(stream="x"), reads=("stream:s.x",)),
        product("second", TABLE.format(stream="y"), reads=("stream:s.y",)),
        product("joined", TWO, reads=("d-first-c", "d-second-c")),
        {
            "domains/d/joined/a.sql": "SELECT id FROM d.first.t\n",
            "domains/d/joined/b.sql": "SELECT id FROM d.second.t\n",
        },
        DATA,
    )
    assert [(one.product, one.state) for one in run(world)][-1] == ("d.joined", "succeeded")
    assert rows(world, "SELECT a.id + b.id AS n FROM d.joined.a CROSS JOIN d.joined.b") == [{"n": 3}]
    world.close()


def test_a_table_reads_another_of_its_contract_as_it_stands(tmp_path: Path) -> None:
    """They are published together, so that neither waits for the other's publication."""
    world = open_mesh(
        tmp_path,
        STREAM,
        product("first", TABLE.format(stream="x"), reads=("stream:s.x",)),
        product("chain", TWO, reads=("d-first-c",)),
        {
            "domains/d/chain/a.sql": "SELECT id FROM d.first.t\n",
            "domains/d/chain/b.sql": "SELECT id * 10 AS id FROM d.chain.a\n",
        },
        DATA,
    )
    assert {one.state for one in run(world)} == {"succeeded"}
    assert rows(world, "SELECT id FROM d.chain.b") == [{"id": 10}]
    (tmp_path / "data/x.csv").write_text("id\n1\n5\n")
    run(world)
    assert rows(world, "SELECT id FROM d.chain.b ORDER BY 1") == [{"id": 10}, {"id": 50}]
    assert {table.state for one in run(world) for table in one.tables} == {"unchanged"}
    world.close()


def test_a_foreign_key_orders_products_too(tmp_path: Path) -> None:
    """A rule that points to another product is judged when that one is published; a circle of such rules is no error."""
    other = TABLE.format(stream="x")
    one = other + KNOWN.format(product="second", severity="error")
    world = open_mesh(
        tmp_path,
        STREAM,
        product("first", one, reads=("stream:s.x",)),
        product("second", other, reads=("stream:s.x",)),
        DATA,
    )
    assert [(r.product, r.state) for r in run(world)] == [("d.second", "succeeded"), ("d.first", "succeeded")]
    circle = other + KNOWN.format(product="first", severity="warning")
    reapply(world, product("second", circle, reads=("stream:s.x",)))
    (tmp_path / "data/x.csv").write_text("id\n1\n5\n")
    assert {r.product: r.state for r in run(world)} == {"d.first": "held", "d.second": "succeeded"}
    assert rows(world, "SELECT count(*) AS n FROM d.first.t") == [{"n": 1}]
    assert {r.state for r in run(world)} == {"succeeded"}, "what is held is judged again"
    assert rows(world, "SELECT count(*) AS n FROM d.first.t") == [{"n": 2}]
    world.close()


def test_a_run_says_what_a_product_reads_masked(tmp_path: Path) -> None:
    made = product(
        "raw",
        """
        schema:
          - name: t
            customProperties: [{property: weft.stream, value: shop.t}]
            properties:
              - {name: id, logicalType: integer, required: true}
              - {name: mail, logicalType: string, tags: [pii.email]}
        """,
        reads=("stream:shop.t",),
    )
    derived = product(
        "counts",
        "schema:\n  - name: counts\n    properties:\n      - {name: n, logicalType: integer}\n",
        reads=("d-raw-c",),
        domain="e",
    )
    mask = "{apiVersion: weft/v1, kind: Policy, name: m, type: Mask, match: {tags: [pii]}, mask: null}"
    world = open_mesh(
        tmp_path,
        source("shop", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n"),
        made,
        derived,
        {
            "data/a.csv": "id,mail\n1,a@x\n2,b@x\n",
            "domains/e/counts/counts.sql": "SELECT count(DISTINCT mail) AS n FROM d.raw.t\n",
            "policies/m.yaml": mask,
        },
    )
    last = run(world)[-1]
    assert last.tables[0].masked == ("d.raw.t.mail is read as null: product:e.counts may not see more",)
    assert rows(world, "SELECT n FROM e.counts.counts", "bo@x.example") == [{"n": 0}]
    world.close()
