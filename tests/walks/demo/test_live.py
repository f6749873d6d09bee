"""Messy, Inc. alive: its systems are simulators, and what is read of them is what its silos hold."""

from __future__ import annotations

import csv
import os
import signal
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from walks.terminal import weft
from weft.demo import build, live
from weft.errors import Invalid

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")


@pytest.fixture(scope="module")
def alive(tmp_path_factory):
    from weft.flow.apply import apply
    from weft.flow.plan import plan
    from weft.mesh import judges

    world = build(tmp_path_factory.mktemp("alive") / "messy", workbooks=False, runs=True)
    with live.Systems(world.folder / "silos", world.clock.now()) as systems:
        systems.turn(world)
        apply(world, plan(world, judges(), world.folder))
        yield SimpleNamespace(world=world, systems=systems)
    world.close()


def ran(alive, *products):
    from weft.flow.run import run

    found = {str(t.table): t for one in run(alive.world, products) for t in one.tables}
    assert {name: t.error for name, t in found.items() if t.error} == {}
    return found


def column(alive, sql):
    from weft.flow.ask import ask

    with ask(alive.world, sql, "sam@messy.example", "reporting").answer as answer:
        return [row for batch in answer for row in batch.to_pylist()]


def silo(alive, name, skip=0):
    with (alive.world.folder / "silos" / name).open(encoding="utf-8", newline="") as file:
        for _ in range(skip):
            next(file)
        return list(csv.DictReader(file))


def test_the_tables_hold_what_the_silos_do_and_follow_them(alive):
    found = ran(alive, "sales.pipeline", "people.staff", "people.absences", "success.customers")
    deals = {row["Id"]: row["StageName"] for row in silo(alive, "salesforce/Opportunity.csv") if row["Amount"] != "tbd"}
    held = column(alive, "SELECT opportunity_id, stage FROM sales.pipeline.opportunities")
    assert {row["opportunity_id"]: row["stage"] for row in held} == deals
    workers = found["people.staff.workers"]
    assert workers.rows + workers.quarantined == len(silo(alive, "workday/Workers.csv", 2))
    assert found["people.absences.time_off"].rows == len(silo(alive, "workday/Time_Off.csv"))
    assert found["success.customers.companies"].rows == 300

    os.kill(alive.systems.process.pid, signal.SIGINT)  # Ctrl-C reaches them, too, and is not for them
    told = [text for text in alive.systems.work() if text.startswith("Deal")]
    assert told
    again = ran(alive, "sales.pipeline")
    assert again["sales.pipeline.opportunities"].rows >= len(told)
    now = {row["name"]: row["stage"] for row in column(alive, "SELECT name, stage FROM sales.pipeline.opportunities")}
    assert {
        text.partition(" is in ")[0]: text.partition(" is in ")[2].removesuffix(" now") for text in told
    }.items() <= (now.items())


def test_no_credential_lies_in_a_document_or_an_event(alive):
    secrets = [str(alive.systems.told[name][fact]) for name, kept in live.systems.SECRETS.items() for fact in kept]
    with alive.world.registry.transaction() as unit:
        texts = [event.model_dump_json() for event in unit.journal.read(limit=100_000)]
        texts += [document.content.decode() for document in unit.documents.all()]
    assert [one for one in secrets if any(one in text for text in texts)] == []


def test_without_the_simulators_it_says_so(tmp_path, monkeypatch):
    def enough(_world):
        raise Invalid("enough")

    monkeypatch.setattr(live, "installed", lambda: False)
    monkeypatch.setattr("weft.demo.build", lambda *_, **__: SimpleNamespace(close=shown))
    monkeypatch.setattr("weft.demo.tell", enough)
    done = weft(tmp_path, "demo", "--no-serve", "--dir", "m")
    assert "The simulators (weft-vendors) are not installed: the demo reads exports of the systems." in done.err
    refused = weft(tmp_path, "demo", "--churn", "--dir", "n")
    assert "'--churn' wants the systems alive" in refused.err
    assert not (tmp_path / "n").exists()


def test_the_mesh_is_open_until_nothing_happens_any_more(tmp_path, monkeypatch):
    order = []

    @contextmanager
    def ending(name):
        yield SimpleNamespace(turn=lambda _: None)
        order.append(name)

    clock = SimpleNamespace(now=lambda: None)
    world = SimpleNamespace(folder=tmp_path, clock=clock, close=lambda: order.append("mesh"))
    monkeypatch.setattr("weft.demo.build", lambda *_, **__: world)
    monkeypatch.setattr("weft.demo.tell", lambda _: None)
    monkeypatch.setattr(live, "Systems", lambda *_: ending("systems"))
    for name, instead in (("happening", lambda *_: ending("work")), ("_tell", shown), ("_serve", shown)):
        monkeypatch.setattr(f"weft.cli.demo.{name}", instead)
    assert weft(tmp_path, "demo", "--churn").code == 0
    assert order == ["work", "systems", "mesh"]


def shown(*_, **__):
    """Nothing is printed or served."""
