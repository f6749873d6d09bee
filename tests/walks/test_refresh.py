"""A full refresh that fails on its way leaves what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from walks.mesh import open_mesh, product, rows, source
from weft.flow.ingest import Options
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from weft.model import Commit, Snapshot

TABLE = """
schema:
  - name: t
    customProperties: [{property: weft.stream, value: s.t}]
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
"""


class Dying:
    """A store that ends the process before rows of a refresh are committed."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        if commit.place.part == "log" and commit.mode == "overwrite" and commit.add:
            raise KeyboardInterrupt
        return self._store.commit(base, commit)


def test_a_refresh_that_dies_between_its_commits_never_happened(tmp_path: Path) -> None:
    stream = source("s", "connector: files\nconfig: {path: data}\n")
    world = open_mesh(tmp_path, stream, product("p", TABLE, reads=("stream:s.t",)), {"data/t.csv": "id\n1\n2\n"})
    run(world)
    with pytest.raises(KeyboardInterrupt):
        run(replace(world, store=Dying(world.store)), (), Options(full_refresh=True))
    (one,) = run(world)
    assert one.state == "succeeded"
    assert rows(world, "SELECT id FROM d.p.t ORDER BY 1") == [{"id": 1}, {"id": 2}]
    run(world, (), Options(full_refresh=True))
    assert rows(world, "SELECT id FROM d.p.t ORDER BY 1") == [{"id": 1}, {"id": 2}]
    world.close()
