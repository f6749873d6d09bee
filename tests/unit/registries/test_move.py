"""A registry moved to another database and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from postgres import serving
from weft.errors import Broken, Invalid, Unavailable
from weft.model import Document, Event, Publication, Relation, Sealed, TableName
from weft.registries.move import TABLES, Place, move
from weft.registries.open import open_engine, open_registry
from weft.registries.save import add_cursors, save
from weft.registries.schema import events, leases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgres import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pg")) as running:
        running.ask_for_passwords("weft", "open sesame")
        yield running


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def places(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> tuple[Place, Place]:
    """Where it is and where it goes to."""
    here, there = Place(f"sqlite:///{tmp_path / 'registry.db'}"), Place(server.database("weft", "weft"), "open sesame")
    return (here, there) if request.param == "to PostgreSQL" else (there, here)


def fill(place: Place, first: int, count: int = 2500) -> None:
    """Something of every kind."""
    registry = open_registry(place.url, password=place.password)
    with registry.transaction(write=True) as unit:
        for path in ("mesh.yaml", "Z.yaml", "\u00e9.yaml"):
            noun = Document(path=path, kind="Mesh", id="m", content=b"kind: Mesh\r\n\xff\x00" + bytes([first % 256]))
            unit.documents.put(noun, at="T", actor="ana")
        unit.documents.retire("Z.yaml", at="T2", actor="bo")
        told = ({"n": n, "text": "na\u00efve \u2603\x00", "half": 0.5} for n in range(first, first + count))
        unit.journal.append(
            Event(type="run.started", id=f"e{data['n']}", at="T", actor="a", subject=f"s{data['n'] % 3}", data=data)
            for data in told
        )
        for held in (False, True):
            name = TableName.parse("sales.pipeline.deals")
            relation = Relation(files=(f"a{first}.parquet",), rows=7)
            unit.publications.put(Publication(table=name, version=first, relation=relation, at="T", held=held))
        sealed = {"master": "m", "wrapped": b"\x00" + bytes([first % 256]), "sealed": b"\xff\x00"}
        unit.secrets.put(Sealed(name="a/b", version=first, at="T", by="ana", **sealed))
        unit.cursors.intend("app", first, "r", {"x": "\u00fc"})
        unit.leases.acquire("product:a", "somebody", 0.0)
        unit.projections.put("usage", {f"k{n}\ue000": {"n": n} for n in range(first, first + 10)}, first)
    registry.close()


def contents(place: Place) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = open_engine(place.url, password=place.password)
    with engine.connect() as connection:
        found = {t.name: [tuple(row) for row in connection.execute(select(t))] for t in (*TABLES, leases)}
    engine.dispose()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def moved(places: tuple[Place, Place]) -> Any:
    return move(*places, alive=lambda owner: owner != "dead")


def test_nothing_is_lost(places: tuple[Place, Place]) -> None:
    fill(places[0], 1)
    before = contents(places[0])
    assert all(before.values()), "every table has something to lose"
    told = moved(places)
    assert (told.changed, told.events, told.rows["revisions"]) == (True, 2500, 4)
    assert contents(places[1]) == {**before, "weft_leases": []}
    assert contents(places[0]) == before
    registry = open_registry(places[1].url, password=places[1].password)
    with registry.transaction(write=True) as unit:
        assert unit.journal.verify() == 2500
        assert [d.path for d in unit.documents.all()] == ["mesh.yaml", "\u00e9.yaml"]
        assert len(unit.documents.history("Z.yaml")) == 2
        assert unit.journal.append([Event(type="run.started", id="next", at="T", actor="a", subject="s")]) == 1
    registry.close()


def test_twice_is_once_and_an_older_copy_is_brought_up_to_date(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 50)
    assert moved(places).changed
    assert not moved(places).changed
    fill(places[0], 51, 50)
    assert moved(places).changed
    assert contents(places[1]) == {**contents(places[0]), "weft_leases": []}


def test_a_copy_that_went_on_is_not_overwritten(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 50)
    moved(places)
    fill(places[1], 51, 50)
    kept = contents(places[1])
    with pytest.raises(Invalid, match="holds something else"):
        moved(places)
    fill(places[0], 101, 70)
    with pytest.raises(Invalid, match="holds something else"):
        moved(places)
    assert contents(places[1]) == kept


def test_another_mesh_is_not_overwritten(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 5)
    registry = open_registry(places[1].url, password=places[1].password)
    with registry.transaction(write=True) as unit:
        unit.projections.put("usage", {"a": 1}, 0)
    registry.close()
    with pytest.raises(Invalid, match=r"weft_(bookmarks|projections) is not empty"):
        moved(places)


def test_who_works_is_not_left_behind(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 5)
    registry = open_registry(places[0].url, password=places[0].password)
    with registry.transaction(write=True) as unit:
        unit.leases.acquire("product:sales.deals", "dead", 60)
    assert moved(places).changed
    with registry.transaction(write=True) as unit:
        unit.leases.acquire("product:sales.orders", "alive", 60)
    with pytest.raises(Unavailable, match=r"product sales\.orders is being worked on"):
        moved(places)
    registry.close()


def test_a_changed_journal_is_not_moved(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 5)
    engine = open_engine(places[0].url, password=places[0].password)
    with engine.connect().execution_options(weft_write=True) as connection:
        connection.execute(events.update().where(events.c.sequence == 3).values(actor="somebody else"))
        connection.commit()
    engine.dispose()
    with pytest.raises(Broken, match="event 3"):
        moved(places)
    assert not any(contents(places[1]).values())


def test_to_where_it_is(places: tuple[Place, Place]) -> None:
    fill(places[0], 1, 5)
    with pytest.raises(Invalid, match="there already"):
        move(places[0], places[0], alive=bool)


def test_a_wrong_password_is_told_without_it(server: Server, tmp_path: Path) -> None:
    target = Place(server.database("weft", "weft"), "hunter2")
    with pytest.raises(Unavailable, match="cannot be reached") as told:
        move(Place(f"sqlite:///{tmp_path / 'r.db'}"), target, alive=bool)
    assert "hunter2" not in f"{told.value} {told.value.hint} {target}"


def test_saved_while_others_work(places: tuple[Place, Place], tmp_path: Path) -> None:
    """One state, in one file, without leases; what was intended since is added."""
    fill(places[0], 1, 50)
    before = contents(places[0])
    engine = open_engine(places[0].url, password=places[0].password)
    with engine.connect():  # somebody else reads
        assert save(places[0], tmp_path / "saved.db") == 50
    engine.dispose()
    saved = Place(f"sqlite:///{tmp_path / 'saved.db'}")
    assert contents(saved) == {**before, "weft_leases": []}
    registry = open_registry(places[0].url, password=places[0].password)
    with registry.transaction(write=True) as unit:
        unit.cursors.intend("app", 1, "r", {"x": "newer"})
        unit.cursors.intend("app", 2, "r", {"x": "new"})
        unit.cursors.intend("other", 9, "r", {"x": "new"})
    registry.close()
    add_cursors(places[0], tmp_path / "saved.db")
    assert contents(saved) == {**before, "weft_leases": [], "weft_cursors": contents(places[0])["weft_cursors"]}
