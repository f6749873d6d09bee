"""A small mesh that is killed: files without and with a key, a database read whole, and what is derived from them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from walks.mesh import BASE, product, source

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTS = ("d.shop", "d.crm", "e.report")

_SHOP = """
schema:
  - name: orders
    customProperties: [{property: weft.stream, value: inbox.orders}]
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: amount, logicalType: integer, required: true}
      - {name: note, logicalType: string}
    quality:
      - {name: no recall, type: sql, query: "SELECT count(*) FROM {object} WHERE note = 'recall'", mustBe: 0, severity: error}
  - name: items
    customProperties: [{property: weft.stream, value: inbox.items}]
    properties:
      - {name: sku, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: price, logicalType: integer, required: true}
"""
_CRM = """
schema:
  - name: accounts
    customProperties: [{property: weft.stream, value: base.accounts}]
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: size, logicalType: integer, required: true}
"""
_REPORT = """
schema:
  - name: totals
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: total, logicalType: integer, required: true, logicalTypeOptions: {maximum: 1000}}
"""

DOCUMENTS = {
    # what a run tends afterwards depends on the time it has: here the stage "upkeep" does so
    "mesh.yaml": BASE["mesh.yaml"].rstrip() + "\n        engine: {upkeep: 0}\n",
    **source(
        "inbox",
        "connector: files\nconfig: {path: silos}\nstreams:\n  orders: {path: 'orders-*.csv'}\n  items: {path: 'items-*.csv'}\n",
    ),
    **source(
        "base",
        "connector: sql\nconfig: {url: 'sqlite:///silos/base.db'}\nstreams:\n  accounts: {table: accounts, refresh: full}\n",
    ),
    **product("shop", _SHOP, reads=("stream:inbox.orders", "stream:inbox.items")),
    **product("crm", _CRM, reads=("stream:base.accounts",)),
    **product("report", _REPORT, reads=("d-shop-c", "d-crm-c"), domain="e"),
    "domains/e/report/totals.sql": """
        SELECT o.id AS id, sum(o.amount)::BIGINT * any_value(a.size) AS total
        FROM d.shop.orders o JOIN d.crm.accounts a ON a.id = o.id % 3
        GROUP BY o.id
        """,
}


def orders(folder: Path, name: str, *rows: tuple[object, ...], extra: bool = False) -> None:
    """A file of orders: id, amount, note. With `extra` it has one column more, so it is a batch of its own."""
    head = "id,amount,note" + (",channel" if extra else "")
    lines = [",".join(str(cell) for cell in (*row, *(("web",) if extra else ()))) for row in rows]
    _put(folder, f"orders-{name}.csv", [head, *lines])


def items(folder: Path, name: str, *rows: tuple[object, ...]) -> None:
    """A file of items: sku, price."""
    _put(folder, f"items-{name}.csv", ["sku,price", *(",".join(str(cell) for cell in row) for row in rows)])


def _put(folder: Path, name: str, lines: list[str]) -> None:
    path = folder / "silos" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def accounts(folder: Path, *rows: tuple[int, int | None]) -> None:
    """What the database's table of accounts holds now: id, size."""
    path = folder / "silos" / "base.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE IF NOT EXISTS accounts (id INTEGER, size INTEGER)")
        base.execute("DELETE FROM accounts")
        base.executemany("INSERT INTO accounts VALUES (?, ?)", rows)
    base.close()
