"""A journal that was changed by other means is found out."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import Broken
from weft.model import Event
from weft.registries.open import open_registry
from weft.registries.projections import after

if TYPE_CHECKING:
    from pathlib import Path

TAMPERED = {
    "data": ("UPDATE weft_events SET data = '{\"n\":99}' WHERE sequence = 3", "event 3 ('e3')"),
    "actor": ("UPDATE weft_events SET actor = 'eve' WHERE sequence = 2", "event 2 ('e2')"),
    "time": ("UPDATE weft_events SET at = '' WHERE sequence = 5", "event 5 ('e5')"),
    "hash": ("UPDATE weft_events SET hash = 'x' WHERE sequence = 4", "event 4 ('e4')"),
    "missing": ("DELETE FROM weft_events WHERE sequence = 4", "event 4 of the journal is missing; after it comes 'e5'"),
    "cut": ("DELETE FROM weft_events WHERE sequence = 6", "ends with event 5, but 6 were written"),
    "all": ("DELETE FROM weft_events", "ends with event 0, but 6 were written"),
    "added": (
        "INSERT INTO weft_events SELECT 7, 'e7', type, at, actor, subject, data, hash FROM weft_events WHERE sequence = 6",
        "event 7 ('e7')",
    ),
    "moved": ("UPDATE weft_events SET sequence = 7 WHERE sequence = 6", "event 6 of the journal is missing"),
    "not json": ("UPDATE weft_events SET data = '{' WHERE sequence = 1", "event 1 ('e1')"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_the_first_event_that_does_not_fit_is_named(tmp_path: Path, how: str) -> None:
    path = tmp_path / "registry.db"
    registry = open_registry(f"sqlite:///{path}")
    with registry.transaction(write=True) as unit:
        for n in range(1, 7):
            unit.journal.append([Event(type="run.started", id=f"e{n}", at="1", actor="a", subject="s", data={"n": n})])
        assert unit.journal.verify() == 6
    statement, message = TAMPERED[how]
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(Broken) as caught, registry.transaction() as unit:
        unit.journal.verify()
    assert message in str(caught.value)
    registry.close()


TEXTS = st.text(max_size=4) | st.text(alphabet="a\U0010ffff\ud7ff\ue000", max_size=4)


@given(TEXTS, TEXTS)
def test_a_prefix_is_a_range(prefix: str, text: str) -> None:
    end = after(prefix)
    assert text.startswith(prefix) == (text >= prefix and (end is None or text < end))
