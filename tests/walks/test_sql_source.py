"""A database as a source: incremental with look-back, full refresh, a backfill of a window."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from walks.mesh import open_mesh, product, rows, source
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.seams import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mariadb import Server
    from weft.seams import World

TABLE = """
schema:
  - name: {name}
    customProperties:
      - {{property: weft.stream, value: shop.{name}}}
      {extra}
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: at, logicalType: timestamp, required: true}}
      - {{name: v, logicalType: string}}
"""
STREAMS = """connector: sql
config: {url: "sqlite:///shop.db"}
streams:
  changes: {table: orders, cursor: at, lookBack: 1h, key: [id]}
  whole: {table: orders, refresh: full}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    execute(tmp_path, "CREATE TABLE orders (id INTEGER PRIMARY KEY, at TEXT, v TEXT)")
    for n in range(1, 6):
        put(tmp_path, n, f"2026-01-0{n} 00:00:00", f"v{n}")
    newest = "- {property: weft.cursor, value: at}"
    opened = open_mesh(
        tmp_path,
        source("shop", STREAMS),
        product("changes", TABLE.format(name="changes", extra=newest), reads=("stream:shop.changes",)),
        product("whole", TABLE.format(name="whole", extra=""), reads=("stream:shop.whole",)),
    )
    yield opened
    opened.close()


def execute(folder: Path, *statement: object) -> None:
    database = sqlite3.connect(folder / "shop.db")
    with database:
        database.execute(*statement)  # type: ignore[call-overload]
    database.close()


def put(folder: Path, n: int, at: str, v: str) -> None:
    execute(folder, "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (n, at, v))


def seen(world: World, name: str) -> list[tuple[int, str]]:
    return [(r["id"], r["v"]) for r in rows(world, f"SELECT id, v FROM d.{name}.{name} ORDER BY id")]


def test_changes_are_upserts_and_late_rows_come(world: World) -> None:
    folder = world.folder
    assert all(one.state == "succeeded" for one in run(world))
    first = [(n, f"v{n}") for n in range(1, 6)]
    assert seen(world, "changes") == first
    put(folder, 2, "2026-01-06 00:00:00", "changed")
    put(folder, 9, "2026-01-04 23:30:00", "late by half an hour")
    execute(folder, "DELETE FROM orders WHERE id = 1")
    run(world)
    changed = [(1, "v1"), (2, "changed"), (3, "v3"), (4, "v4"), (5, "v5"), (9, "late by half an hour")]
    assert seen(world, "changes") == changed
    assert seen(world, "whole") == changed[1:], "a full refresh knows what was deleted"


def test_a_backfill_reads_its_window_and_leaves_the_cursor(world: World) -> None:
    folder = world.folder
    run(world)
    put(folder, 2, "2026-01-02 00:00:00", "mended in place")
    put(folder, 7, "2026-01-07 00:00:00", "new")
    run(world, ["d.changes"], Options(window=Window("2026-01-02", "2026-01-03")))
    assert (2, "mended in place") in seen(world, "changes")
    assert 7 not in dict(seen(world, "changes"))
    run(world, ["d.changes"])
    assert dict(seen(world, "changes"))[7] == "new"


def test_full_refresh_by_hand_forgets_the_cursor(world: World) -> None:
    run(world)
    execute(world.folder, "DELETE FROM orders WHERE id < 4")
    run(world, ["d.changes"], Options(full_refresh=True))
    assert seen(world, "changes") == [(4, "v4"), (5, "v5")]


MARIADB = """
schema:
  - name: orders
    customProperties: [{property: weft.stream, value: crm.orders}]
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: due, logicalType: date}
      - {name: local, logicalType: timestamp}
      - {name: stamped, logicalType: timestamp}
      - {name: price, logicalType: number, physicalType: "decimal(30,10)"}
      - {name: paid, logicalType: boolean}
"""


def test_what_mariadb_sends_as_text_is_what_the_contract_says(mariadb: Server, tmp_path: Path) -> None:
    mariadb.run(
        "CREATE TABLE orders(id bigint unsigned, due date, local datetime(6), stamped timestamp null, price decimal(30,10),"
        " paid tinyint(1)); SET time_zone = '+00:00'; INSERT INTO orders VALUES"
        " (1, '2026-03-29', '2026-03-29 12:00:00.000001', '2026-03-29 12:00:00', 12345678901234567890.0123456789, 1),"
        " (2, '0000-00-00', NULL, NULL, NULL, 0), (3, NULL, NULL, NULL, NULL, 2)"
    )
    config = f'{{url: "{mariadb.url}", user: root, timezone: Europe/Berlin}}'
    crm = source("crm", f"connector: sql\nconfig: {config}\nstreams: {{orders: {{}}}}\n")
    world = open_mesh(tmp_path, crm, product("o", MARIADB, reads=("stream:crm.orders",)))
    (one,) = run(world)
    assert one.tables[0].quarantined == 2  # no such day; two is neither true nor false
    told = "due::varchar AS due, local::varchar AS local, stamped::varchar AS stamped, price::varchar AS price, paid"
    assert rows(world, f"SELECT id, {told} FROM d.o.orders") == [
        {
            "id": 1,
            "due": "2026-03-29",
            "local": "2026-03-29 10:00:00.000001+00",
            "stamped": "2026-03-29 12:00:00+00",
            "price": "12345678901234567890.0123456789",
            "paid": True,
        }
    ]
    world.close()
