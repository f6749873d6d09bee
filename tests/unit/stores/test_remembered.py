"""A store remembers the newest version of a table that it saw, and never for too long."""

from __future__ import annotations

import pytest

from weft.errors import Conflict
from weft.model import Column
from weft.stores import table
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, put, read

DEALS = place()
COLUMNS = (Column(name="id", type="BIGINT"),)
ONE, TWO = "SELECT 1::BIGINT AS id", "SELECT 2::BIGINT AS id"


def test_what_others_do_is_seen_and_fenced(tmp_path, monkeypatch):
    own, other = (DeltaStore(str(tmp_path / "tables")) for _ in range(2))
    base = put(own, own.create(DEALS, COLUMNS), ONE)
    opened, counted = [], table.load
    monkeypatch.setattr(table, "load", lambda *a: opened.append(a) or counted(*a))
    assert own.snapshot(DEALS) is own.snapshot(DEALS)
    assert opened == []
    put(other, other.snapshot(DEALS), TWO)
    assert read(own.snapshot(DEALS)) == [(1,), (2,)]
    put(own, own.snapshot(DEALS), TWO)
    with pytest.raises(Conflict):
        put(own, base, TWO)
    other.drop(DEALS)
    assert own.snapshot(DEALS).version == -1
    put(other, other.create(DEALS, COLUMNS), TWO)
    assert read(own.snapshot(DEALS)) == [(2,)]


def test_only_so_many_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr("weft.stores.delta._KEPT", 2)
    store = DeltaStore(str(tmp_path / "tables"))
    for name in ("a", "b", "c"):
        store.snapshot(store.create(place(f"d.p.{name}"), COLUMNS).place)
    assert [path.split("/")[2] for path in store._seen] == ["b", "c"]
