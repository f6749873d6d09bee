"""What is published may be older than the contract: nobody sees a column about which nobody decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BO, open_mesh, product, reapply, rows, source
from weft.errors import Denied, Unavailable
from weft.flow.ask import ask
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import World

CONTRACT = """
    schema:
      - name: deals
        customProperties: [{property: weft.stream, value: crm.deals}]
        properties:
          - {name: id, logicalType: integer}
          - {name: email, logicalType: string, tags: [pii]}
          - {name: amount, logicalType: integer}
"""
DRAFT = "domains/d/deals/out.odcs.yaml"
CRM = source("crm", "connector: files\nconfig: {path: silo}\nstreams: {deals: {path: deals.csv}}\n")
CLOSED = "{apiVersion: weft/v1, kind: Mesh, name: test, stance: closed}"


def _contract(text: str) -> str:
    """A draft may change without a new major version."""
    made = product("deals", text, reads=("stream:crm.deals",))
    return made[DRAFT].replace("status: active", "status: draft")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    files = CRM | product("deals", CONTRACT, reads=("stream:crm.deals",)) | {DRAFT: _contract(CONTRACT)}
    mask = "{apiVersion: weft/v1, kind: Policy, name: m, type: Mask, match: {tags: [pii]}, mask: deny}"
    silo = {"silo/deals.csv": "id,email,amount\n1,ann@x,10\n2,bob@x,20\n", "policies/m.yaml": mask}
    opened = open_mesh(tmp_path, files, silo)
    assert [one.state for one in run(opened)] == ["succeeded"]
    yield opened
    opened.close()


def test_a_column_that_the_contract_lost_is_not_shown(world: World) -> None:
    """Its mask went with it: without this it would be shown clear until the next run."""
    assert rows(world, "FROM d.deals.deals ORDER BY id", BO) == [{"id": 1, "amount": 10}, {"id": 2, "amount": 20}]
    lost = CONTRACT.replace("name: email", "name: contact")
    reapply(world, {DRAFT: _contract(lost)})
    for actor in (ADA, BO):
        assert rows(world, "FROM d.deals.deals ORDER BY id", actor) == [
            {"id": 1, "amount": 10},
            {"id": 2, "amount": 20},
        ]
        with pytest.raises(Exception, match='Referenced column "email" not found'):
            rows(world, "SELECT email FROM d.deals.deals", actor)
        assert rows(world, "SELECT count(*) AS n FROM d.deals.deals", actor) == [{"n": 2}]


def _columns(*columns: str) -> dict[str, str]:
    listed = "".join(f"          - {{{column}}}\n" for column in columns)
    return {DRAFT: _contract(CONTRACT[: CONTRACT.index("          - ")] + listed)}


@pytest.mark.parametrize(
    "columns",
    [
        # All that is published is unknown to the contract.
        ("name: number", "name: contact"),
        # All that is published is denied, and what may be seen is not published yet.
        ("name: id, logicalType: integer, tags: [pii]", "name: email, tags: [pii]", "name: contact"),
    ],
)
def test_nothing_is_shown_when_no_published_column_may_be_seen(world: World, columns: tuple[str, ...]) -> None:
    reapply(world, _columns(*columns))
    for sql in ("FROM d.deals.deals", "SELECT count(*) FROM d.deals.deals"):
        with pytest.raises(Unavailable) as caught:
            rows(world, sql, BO)
        assert caught.value.message == f"what is published of d.deals.deals has none of the columns that {BO} may see"
        assert "`weft run d.deals` publishes it" in caught.value.hint


def test_a_derived_table_does_not_see_it_either(world: World) -> None:
    made = product(
        "copy",
        "schema: [{name: copy, properties: [{name: id, logicalType: integer}, {name: n}]}]",
        reads=("d-deals-c",),
    )
    sql = "SELECT id, COLUMNS(lambda c: c = 'email') AS n FROM d.deals.deals"
    lost = {DRAFT: _contract(CONTRACT.replace("name: email", "name: contact"))}
    reapply(world, lost | made | {"domains/d/copy/copy.sql": sql})
    failed = next(table for one in run(world, ["d.copy"]) for table in one.tables)
    assert failed.state == "failed"


def test_the_hint_names_whom_to_ask(world: World) -> None:
    reapply(world, {"mesh.yaml": CLOSED})
    with pytest.raises(Denied) as caught:
        ask(world, "FROM d.deals.deals", BO)
    assert caught.value.hint == (
        f"Ask {ADA}, owner of the domain d, for a Grant; `weft why --as {BO} d.deals.deals` explains the decision."
    )


def test_what_was_kept_of_a_table_that_was_pruned_is_not_shown_of_its_successor(world: World) -> None:
    """Its versions are counted anew, so its name and version alone would find the old rows."""
    mask = "{apiVersion: weft/v1, kind: Policy, name: m, type: Mask, match: {tags: [pii]}, mask: redact}"
    reapply(world, {"policies/m.yaml": mask})
    question = "SELECT a.amount FROM d.deals.deals a JOIN d.deals.deals b USING (id) ORDER BY 1"
    assert rows(world, question, BO) == [{"amount": 10}, {"amount": 20}]
    folder, texts = world.folder / "domains/d/deals", {}
    for path in folder.iterdir():
        texts[str(path.relative_to(world.folder))] = path.read_text()
        path.unlink()
    reapply(world, prune=True)
    reapply(world, {**texts, "silo/deals.csv": "id,email,amount\n7,cy@x,70\n"})
    assert [one.state for one in run(world)] == ["succeeded"]
    assert rows(world, question, BO) == [{"amount": 70}]
