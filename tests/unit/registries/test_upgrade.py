"""What an upgrade would do, tried without leaving anything changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from postgres import serving
from unit.registries.test_open import BROKEN, SECOND, chain
from weft.errors import Broken, Invalid
from weft.model import Event
from weft.registries.move import Place
from weft.registries.open import connect, open_registry
from weft.registries.upgrade import there, tried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgres import Server

LOSING = SECOND + "    op.execute('DELETE FROM weft_events WHERE sequence = 2')\n"
CHANGING = SECOND + "    op.execute(\"UPDATE weft_events SET actor = 'x' WHERE sequence = 2\")\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pg")) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A registry with three events."""
    sqlite = f"sqlite:///{tmp_path / 'registry.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("server").database("weft")
    registry = open_registry(url)
    with registry.transaction(write=True) as unit:
        unit.journal.append(Event(type="run.started", id=f"{n}", at="T", actor="a", subject="s") for n in range(3))
    registry.close()
    return Place(url)


def columns(place: Place) -> set[str]:
    engine = connect(place.url)
    found = {column["name"] for column in inspect(engine).get_columns("weft_leases")}
    engine.dispose()
    return found


def test_the_newest_needs_nothing(place: Place) -> None:
    found = tried(place)
    assert (found.stored, found.steps, found.events, found.copied) == ("0002", (), 3, False)


def test_tried_and_taken_back(place: Place, tmp_path: Path) -> None:
    before = columns(place)
    found = tried(place, chain(tmp_path / "chain", f'"""More of leases."""\n{SECOND}'))
    assert (found.stored, found.steps, found.events) == ("0002", ("0003: More of leases.",), 3)
    assert columns(place) == before
    assert tried(place).steps == ()
    registry = open_registry(place.url)
    with registry.transaction() as unit:
        assert unit.journal.verify() == 3
    registry.close()


@pytest.mark.parametrize(
    ("step", "told"), [(LOSING, "lose rows of weft_events"), (CHANGING, "event 2"), (BROKEN, "refused a statement")]
)
def test_a_step_that_would_break_something_is_told_before(place: Place, tmp_path: Path, step: str, told: str) -> None:
    before = columns(place)
    with pytest.raises(Broken, match=told):
        tried(place, chain(tmp_path / "chain", f'"""Bad."""\n{step}'))
    assert columns(place) == before
    assert tried(place).events == 3


def test_a_newer_registry_is_refused(place: Place, tmp_path: Path) -> None:
    open_registry(place.url, chain=chain(tmp_path / "chain", f'"""More."""\n{SECOND}')).close()
    with pytest.raises(Invalid, match="newer weft"):
        tried(place)


def test_asking_makes_nothing(tmp_path: Path) -> None:
    assert not there(Place(f"sqlite:///{tmp_path / 'none.db'}"))
    assert list(tmp_path.iterdir()) == []
