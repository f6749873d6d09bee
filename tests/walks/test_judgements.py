"""Rules over time: history, the rows that break them, schedules, freshness without new rows, shifts and volumes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BASE, BO, product, reapply, source, write
from walks.terminal import weft
from weft.errors import Denied, Invalid
from weft.flow import base, failing, judgements, publish
from weft.flow.places import target
from weft.flow.run import run
from weft.flow.show import describe
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

STREAM = source("inbox", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv'}}\n")
TABLE = """
schema:
  - name: t
    customProperties: [{{property: weft.stream, value: inbox.t}}]
    properties:
      - {{name: id, logicalType: integer}}
      - {{name: mail, logicalType: string, tags: [pii.email]}}
      - {{name: amount, logicalType: number}}
      - {{name: at, logicalType: timestamp}}
    quality:
{rules}
slaProperties:
  - {{property: latency, value: 24, unit: h, element: t.at}}
"""


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def mesh(tmp_path: Path):
    """A mesh with these rules whose clock stands where it is set; files are written by name."""
    worlds: list[World] = []

    def make(*rules: str, **files: str) -> tuple[World, Clock]:
        text = TABLE.format(rules="\n".join(f"      - {rule}" for rule in rules))
        write(tmp_path, {**BASE, **STREAM, **product("p", text, reads=("stream:inbox.t",))})
        for name, rows in files.items():
            add(tmp_path, name, rows)
        clock = Clock()
        worlds.append(open_world(tmp_path, user=ADA, clock=clock))
        reapply(worlds[-1])
        return worlds[-1], clock

    yield make
    for world in worlds:
        world.close()


def add(folder: Path, name: str, rows: str) -> None:
    write(folder, {f"data/{name}.csv": f"id,mail,amount,at\n{rows}\n"})


def custom(kind: str, **parameters: object) -> str:
    column = parameters.pop("property", "")
    inner = ", ".join(f"{k}: {v}" for k, v in {"kind": kind, **parameters}.items())
    about = f", property: {column}" if column else ""
    return (
        f"{{type: custom, engine: weft, name: {kind.lower()}, severity: warning, implementation: {{{inner}{about}}}}}"
    )


def findings(world: World) -> dict[str, bool]:
    (one,) = run(world)
    return {f.rule: f.passed for f in one.tables[0].findings}


def test_every_judgement_is_kept_and_the_rows_to_blame_are_shown_masked(mesh, tmp_path: Path) -> None:
    rule = "{name: ids, metric: duplicateValues, arguments: {properties: [id]}, mustBe: 0, dimension: uniqueness}"
    world, _ = mesh(rule, "{name: said, type: text, description: be nice}", one="1,kim@home.example,5,2026-11-22")
    assert findings(world) == {"ids": True}
    add(tmp_path, "two", "1,lee@home.example,7,2026-11-22\n2,,8,2026-11-22")
    assert run(world)[0].state == "held"
    known = base.declared(world)
    assert [(m.found, m.passed, m.allowed) for m in judgements.history(world, known, "d.p.t", "ids")] == [
        (0, True, "none"),
        (1, False, "none"),
    ]
    ids, said = judgements.standings(world, known, "d.p.t")
    assert (ids.judged, ids.failed, ids.dimension, said.last, said.about) == (2, 1, "uniqueness", None, "be nice")
    found = judgements.blamed(world, known, ("d.p.t", "ids"), ADA).to_pylist()
    assert sorted((r["id"], r["mail"], float(r["amount"])) for r in found) == [(1, "***", 5.0), (1, "***", 7.0)]
    with pytest.raises(Denied):
        judgements.blamed(world, known, ("d.p.t", "ids"), BO)
    with pytest.raises(Invalid, match="does not tell which rows"):
        judgements.blamed(world, known, ("d.p.t", "said"), ADA)
    with pytest.raises(Invalid, match="has no rule 'nope', it has ids, said"):
        judgements.history(world, known, "d.p.t", "nope")
    with world.registry.transaction() as unit:
        looked = list(base.every_event(unit, ("unpublished.looked",), "d.p.t@1"))
    assert [e.data["what"] for e in looked] == ["rows that break ids"]
    assert "@home" not in str(looked)


def test_the_command_line_shows_rules_history_and_rows(mesh, tmp_path: Path) -> None:
    rule = "{name: ids, metric: duplicateValues, arguments: {properties: [id]}, mustBe: 0, severity: warning}"
    world, _ = mesh(rule, one="1,a@b.example,5,2026-11-22\n1,c@d.example,6,2026-11-22")
    run(world)
    who = {"WEFT_USER": ADA}
    (row,) = weft(tmp_path, "quality", "show", "d.p.t", "--json", **who).json()
    assert (row["rule"], row["last"]["found"], row["failed"]) == ("ids", 1.0, 1)
    assert "FAILED" in weft(tmp_path, "quality", "show", "d.p.t", **who).out
    assert " none " in weft(tmp_path, "quality", "show", "d.p.t", "ids", **who).out
    text = weft(tmp_path, "quality", "rows", "d.p.t", "ids", **who).out
    assert text.splitlines()[-1] == "2 rows"
    assert "example" not in text
    refused = weft(tmp_path, "quality", "rows", "d.p.t", "ids", "--as", BO)
    assert (refused.code, refused.out) == (3, "")


def test_a_rule_with_a_schedule_is_judged_when_due_and_until_it_passes(mesh, tmp_path: Path) -> None:
    rule = "{name: few, metric: rowCount, mustBeLessThan: 3, schedule: '0 20 * * *', scheduler: cron}"
    world, clock = mesh(rule, "{name: some, metric: rowCount, mustBeGreaterThan: 0}", one="1,a,5,2026-11-22")
    assert findings(world) == {"few": True, "some": True}
    add(tmp_path, "two", "2,a,5,2026-11-22\n3,a,5,2026-11-22")
    clock.at += timedelta(hours=1)
    assert findings(world) == {"some": True}, "not due, though it would fail now"
    assert run(world)[0].tables[0].findings == ()
    clock.at += timedelta(hours=8)
    assert findings(world) == {"few": False}, "due without new rows: consumers go on seeing what is published"
    assert describe(world, base.declared(world), "d.p.t")["checked"].startswith("1 passed, 1 failed")
    add(tmp_path, "three", "4,a,5,2026-11-22")
    clock.at += timedelta(minutes=1)
    assert run(world)[0].state == "held", "what failed stays due"
    publish.discard(world, base.declared(world), "d.p.t")


def test_what_ages_is_seen_though_nothing_comes(mesh) -> None:
    world, clock = mesh(custom("Freshness", property="at"), one="1,a,5,2026-11-22T06:00:00Z")
    assert findings(world) == {"freshness": True}
    clock.at += timedelta(hours=12)
    assert findings(world) == {}, "still fresh: nothing is told"
    clock.at += timedelta(hours=12)
    (one,) = run(world)
    (finding,) = one.tables[0].findings
    assert finding.text == "freshness: found 30 hours, allowed: at most 24 hours"
    assert (one.state, one.tables[0].state) == ("succeeded", "unchanged")
    clock.at += timedelta(hours=1)
    assert findings(world) == {}, "it is known"
    with world.registry.transaction() as unit:
        incidents = list(base.every_event(unit, ("incident.raised",), "d.p.t@1"))
    assert [e.data["rule"] for e in incidents] == ["freshness"]
    assert describe(world, base.declared(world), "d.p.t")["checked"].startswith("0 passed, 1 failed")


def test_a_run_that_brings_much_less_than_usual_is_seen(mesh, tmp_path: Path) -> None:
    world, clock = mesh(custom("Volume", least=3))
    for number in range(4):
        add(tmp_path, f"f{number}", "\n".join(f"{n},a,5,2026-11-22" for n in range(20 + number)))
        assert findings(world) == {"volume": True}
        clock.at += timedelta(days=1)
    add(tmp_path, "last", "1,a,5,2026-11-22")
    (one,) = run(world)
    assert "1 rows came, the median is 21.5" in one.tables[0].findings[0].text
    assert not one.tables[0].findings[0].passed


def test_values_that_are_spread_otherwise_than_published_are_seen(mesh, tmp_path: Path) -> None:
    rule = custom("Distribution", property="amount").replace("severity: warning", "severity: error")
    world, _ = mesh(rule, one="\n".join(f"{n},a,{n % 10},2026-11-22" for n in range(100)))
    assert findings(world) == {"distribution": True}
    add(tmp_path, "two", "\n".join(f"{n},a,{n % 10},2026-11-22" for n in range(20)))
    assert findings(world) == {"distribution": True}
    add(tmp_path, "three", "\n".join(f"{n},a,{n % 3 + 900},2026-11-22" for n in range(80)))
    assert run(world)[0].state == "held"


def test_rows_that_broke_a_rule_are_there_when_their_version_is_gone(
    mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = "{name: ids, metric: duplicateValues, arguments: {properties: [id]}, mustBe: 0}"
    near = "{name: cheap, metric: invalidValues, arguments: {property: amount, validValues: [5]}, mustBeLessThan: 2}"
    world, clock = mesh(rule, near, one="1,kim@home.example,5,2026-11-22")
    findings(world)
    monkeypatch.setattr(failing, "SAMPLE", 3)
    monkeypatch.setattr(failing, "JUDGEMENTS", 2)
    known = base.declared(world)
    runs = []
    for number in range(3):
        clock.at += timedelta(days=1)
        add(tmp_path, "two", "\n".join(f"1,lee{n}@home.example,{n + number},2026-11-22" for n in range(7)))
        runs.append(run(world)[0].id)
        publish.discard(world, known, "d.p.t")
    assert [m.kept for m in judgements.history(world, known, "d.p.t", "ids")] == [0, 0, 3, 3]
    found = judgements.kept(world, known, ("d.p.t", "ids", runs[2]), ADA).to_pylist()
    assert len(found) == 3
    assert {
        (row["id"], row["mail"], float(row["amount"]) >= 2) for row in map(json.loads, (r["row"] for r in found))
    } == {(1, "***", True)}
    stored = "".join(
        str(world.engine.query("FROM k", {"k": failing.kept(world, target(world, known, known.table("d.p.t")))}))
    )
    assert "@home" not in stored, "masked for good, not only when looked at"
    with pytest.raises(Invalid, match=f"of the run '{runs[0]}', only of: {runs[1]}, {runs[2]}"):
        judgements.kept(world, known, ("d.p.t", "ids", runs[0]), ADA)
    with pytest.raises(Denied):
        judgements.kept(world, known, ("d.p.t", "ids", runs[2]), BO)
    shown = weft(tmp_path, "quality", "rows", "d.p.t", "cheap", "--run", runs[2], WEFT_USER=ADA)
    assert (shown.code, shown.out.splitlines()[-1]) == (0, "3 rows")
    with world.registry.transaction() as unit:
        events = list(base.every_event(unit, ()))
    assert sum(e.data.get("what") == "kept rows that broke ids" for e in events if e.type == "unpublished.looked") == 1
    assert "home.example" not in str(events)
