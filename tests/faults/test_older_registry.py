"""A registry that is older than the tables, or lost: nothing is doubled, and it says what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from faults.one_table import FILES, KEYED, PLAIN, put, ran, seen, table
from walks.mesh import open_mesh
from weft.flow import base, quarantine
from weft.flow.ingest import Options
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World


def older(world: World, state: bytes) -> World:
    """The mesh again, with an older registry in place of its own."""
    folder = world.folder
    world.close()
    for path in (folder / ".weft").glob("registry.db*"):
        path.unlink()
    (folder / ".weft" / "registry.db").write_bytes(state)
    return open_world(folder, user="ada@x.example")


def backup(world: World) -> bytes:
    with sqlite3.connect(world.folder / ".weft" / "registry.db") as registry:
        registry.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    registry.close()
    return (world.folder / ".weft" / "registry.db").read_bytes()


@pytest.mark.parametrize("contract", [KEYED, PLAIN], ids=["keyed", "no key"])
def test_an_older_registry_doubles_nothing_and_says_what_to_do(tmp_path: Path, contract: str) -> None:
    put(tmp_path, "a", "1,1,a")
    world = open_mesh(tmp_path, FILES, table(contract))
    ran(world)
    kept = backup(world)
    put(tmp_path, "b", "2,1,b")
    ran(world)
    world = older(world, kept)
    (one,) = run(world)
    assert one.state == "failed"
    assert "the registry does not know the cursor of commit 2 of d.p.t" in one.error
    assert "weft run d.p --full-refresh" in one.error
    assert seen(world) == [(1, "a")], "consumers see what that registry calls published"
    ran(world, Options(full_refresh=True))
    assert seen(world) == [(1, "a"), (2, "b")]
    put(tmp_path, "c", "3,1,c")
    ran(world)
    assert seen(world) == [(1, "a"), (2, "b"), (3, "c")]
    with world.registry.transaction() as unit:
        unit.journal.verify()
    world.close()


def test_a_registry_that_was_lost_is_filled_again(tmp_path: Path) -> None:
    put(tmp_path, "a", "1,1,a", "x,1,b")
    world = open_mesh(tmp_path, FILES, table())
    empty = backup(world)
    ran(world)
    world = older(world, empty)
    assert run(world)[0].state == "failed"
    ran(world, Options(full_refresh=True))
    assert seen(world) == [(1, "a")]
    assert [w.rows for w in quarantine.waiting(world, base.declared(world))] == [1]
    world.close()
