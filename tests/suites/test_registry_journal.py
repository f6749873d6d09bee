"""What every journal must do."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from suites.kept import event
from weft.errors import Invalid
from weft.model import Event

if TYPE_CHECKING:
    from weft.seams import Registry


def test_an_event_is_told_once(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        assert unit.journal.append([event(1), event(2), event(1, actor="later")]) == 2
    with registry.transaction(write=True) as unit:
        assert unit.journal.append([event(2), event(3)]) == 1
        assert unit.journal.append([]) == unit.journal.append([event(3)]) == 0
        told = unit.journal.read()
    assert [(e.sequence, e.id, e.actor) for e in told] == [
        (1, "run.started:1", "ana@messy.example"),
        (2, "run.started:2", "ana@messy.example"),
        (3, "run.started:3", "ana@messy.example"),
    ]


def test_the_chain_is_the_same_in_every_registry(registry: Registry) -> None:
    """Written out, so that an auditor can recompute it, and that a journal may move to another database."""
    first = r'{"actor":"a","at":"T","data":{"n":1},"id":"i1","sequence":1,"subject":"s","type":"run.started"}'
    second = r'{"actor":"a","at":"T","data":{"a":{"b":"\u0000","z":1},"\u00fc":[1.5,null]},"id":"i2","sequence":2,'
    second += r'"subject":"\u00fc","type":"run.finished"}'
    one = hashlib.sha256(first.encode()).hexdigest()
    two = hashlib.sha256((one + second).encode()).hexdigest()
    told = Event(type="run.started", id="i1", at="T", actor="a", subject="s", data={"n": 1})
    more = {"type": "run.finished", "id": "i2", "subject": "ü", "data": {"ü": [1.5, None], "a": {"z": 1, "b": "\0"}}}
    with registry.transaction(write=True) as unit:
        unit.journal.append([told, told.model_copy(update=more)])
        assert [e.hash for e in unit.journal.read()] == [one, two]
        assert unit.journal.head() == (2, two)
        assert unit.journal.verify() == 2


def test_data_comes_back_as_json(registry: Registry) -> None:
    data = {"list": (1, 2), "text": "naïve \u2603 \U0001f600 \u0000", "float": 0.1, "none": None, "deep": {"a": [{}]}}
    with registry.transaction(write=True) as unit:
        unit.journal.append([event(1, data=data)])
        assert unit.journal.read()[0].data == {**data, "list": [1, 2]}


@pytest.mark.parametrize("value", [float("nan"), {1, 2}], ids=["nan", "set"])
def test_what_is_not_json_is_refused(registry: Registry, value: Any) -> None:
    with pytest.raises(Invalid), registry.transaction(write=True) as unit:
        unit.journal.append([event(1, data={"x": value})])
    with registry.transaction() as unit:
        assert unit.journal.head() == (0, "")


def test_events_are_found_by_what_they_are_about(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        kinds = ("run.started", "run.finished", "read.allowed")
        unit.journal.append(event(n, type=kinds[n % 3], subject=f"s{n % 2}") for n in range(12))
    with registry.transaction() as unit:

        def numbers(**wanted: Any) -> list[int]:
            return [e.data["n"] for e in unit.journal.read(**wanted)]

        assert numbers(limit=3) == [0, 1, 2]
        assert numbers(after=10) == [10, 11]
        assert numbers(types=["read.allowed"]) == [2, 5, 8, 11]
        assert numbers(types=["read.allowed", "run.started"], subject="s1") == [3, 5, 9, 11]
        assert numbers(newest=True, limit=2) == [11, 10]
        assert numbers(newest=True, types=["run.started"], after=9, limit=9) == [6, 3, 0]
        assert numbers(newest=True, after=1) == []
        assert numbers(types=["read.allowed", "run.started"], limit=5) == [0, 2, 3, 5, 6]
        assert numbers(types=["read.allowed", "run.started"], after=8, limit=2, newest=True) == [6, 5]
        assert numbers(after=12) == []


def test_a_thousand_events_in_any_number_of_steps(registry: Registry) -> None:
    with registry.transaction(write=True) as unit:
        assert unit.journal.append(event(n) for n in range(0, 1200, 2)) == 600
        assert unit.journal.append(event(n) for n in range(1200)) == 600
        assert unit.journal.verify() == 1200
        assert [e.sequence for e in unit.journal.read(limit=2000)] == list(range(1, 1201))


def test_threads_append_without_gaps(registry: Registry) -> None:
    def tell(worker: int) -> None:
        for n in range(5):
            with registry.transaction(write=True) as unit:
                unit.journal.append([event(f"{worker}.{n}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(4)))
    with registry.transaction() as unit:
        assert unit.journal.verify() == 20
        assert [e.sequence for e in unit.journal.read()] == list(range(1, 21))
