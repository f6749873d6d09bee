"""Rules decide what is published; what breaks is held, quarantined, mended and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BO, open_mesh, product, reapply, rows, source
from weft.errors import Denied, Invalid, Unavailable
from weft.flow import base, publish, quarantine
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

STREAM = source(
    "inbox", "connector: files\nconfig: {path: data}\nstreams: {t: {path: '*.csv', delimiter: ';', decimal: ','}}\n"
)
TABLE = """
schema:
  - name: t
    customProperties: [{{property: weft.stream, value: inbox.t}}]
    properties:
      - {{name: id, logicalType: integer, required: true}}
      - {{name: price, logicalType: number, physicalType: "decimal(10,2)"}}
      - {{name: day, logicalType: date, logicalTypeOptions: {{format: d.M.yyyy}}}}
    quality:
      - {rule}
"""


def mesh(folder: Path, rule: str, text: str) -> World:
    (folder / "data").mkdir()
    (folder / "data/one.csv").write_text(text)
    return open_mesh(folder, STREAM, product("p", TABLE.format(rule=rule), reads=("stream:inbox.t",)))


def test_rows_that_break_the_contract_wait_and_come_back_after_a_fix(tmp_path: Path) -> None:
    world = mesh(
        tmp_path,
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "id;price;day\n1;1,50;3.1.2026\n2;x2,50;4.1.2026\n3;3;2026-01-05\n",
    )
    (one,) = run(world)
    assert (one.tables[0].rows, one.tables[0].quarantined) == (1, 2)
    assert one.tables[0].by_reason == {"price.type": 1, "day.type": 1}
    known = base.declared(world)
    (waits,) = quarantine.waiting(world, known)
    assert (waits.table, waits.rows) == ("d.p.t", 2)
    assert quarantine.look(world, known, "d.p.t", ADA).num_rows == 2
    with pytest.raises(Denied):
        quarantine.look(world, known, "d.p.t", BO)
    # One line of SQL mends what the source cannot: the decimal comma of the source holds in a replay too.
    reapply(world, {"domains/d/p/t.sql": "SELECT id, replace(price, 'x', '') AS price, day FROM inbox.t\n"})
    result = quarantine.replay(world, base.declared(world), "d.p.t")
    assert (result.rows, result.quarantined) == (1, 1)
    assert [(r["id"], str(r["price"])) for r in rows(world, "SELECT id, price FROM d.p.t ORDER BY 1")] == [
        (1, "1.50"),
        (2, "2.50"),
    ]
    (waits,) = quarantine.waiting(world, base.declared(world))
    assert waits.rows == 1
    world.close()


def test_a_failing_rule_holds_what_consumers_see(tmp_path: Path) -> None:
    world = mesh(tmp_path, "{name: few, metric: rowCount, mustBeLessThan: 3}", "id;price;day\n1;1;3.1.2026\n")
    assert run(world)[0].state == "succeeded"
    (tmp_path / "data/two.csv").write_text("id;price;day\n2;2;3.1.2026\n3;3;3.1.2026\n")
    assert run(world)[0].state == "held"
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 1}]
    known = base.declared(world)
    publish.discard(world, known, "d.p.t")
    assert run(world)[0].state == "held", "the rows are read again"
    with pytest.raises(Invalid, match="needs a reason"):
        publish.force(world, known, "d.p.t", " ")
    publish.force(world, known, "d.p.t", "agreed")
    assert rows(world, "SELECT count(*) AS n FROM d.p.t") == [{"n": 3}]
    assert run(world)[0].tables[0].state == "unchanged"
    world.close()


def test_nothing_is_read_before_the_first_publication(tmp_path: Path) -> None:
    world = mesh(tmp_path, "{name: many, metric: rowCount, mustBeGreaterThan: 9}", "id;price;day\n1;1;3.1.2026\n")
    with pytest.raises(Unavailable, match="it has not run yet"):
        rows(world, "SELECT * FROM d.p.t")
    run(world)
    with pytest.raises(Unavailable, match="its first version is held"):
        rows(world, "SELECT * FROM d.p.t")
    world.close()


def test_an_owners_rule_that_cannot_run_fails_alone(tmp_path: Path) -> None:
    rule = (
        "{name: own, type: sql, query: 'SELECT count(*) FROM {object} WHERE nothere > 1', mustBe: 0, severity: warning}"
    )
    world = mesh(tmp_path, rule, "id;price;day\n1;1;3.1.2026\n")
    (one,) = run(world)
    assert one.state == "succeeded"
    assert [(f.rule, f.passed, f.found) for f in one.tables[0].findings] == [("own", False, None)]
    world.close()
