"""One company for a module, and who asks it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from walks.governed.company import COMPANY, first_files, raw, second_files
from walks.governed.forms import TABLES
from walks.mesh import ADA, BASE, open_mesh, reapply, write
from weft.errors import WeftError
from weft.flow.ask import ask
from weft.flow.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from walks.governed.cases import Case
    from walks.governed.company import Row
    from weft.model import Event
    from weft.seams import World

CANARY = re.compile("zq[0-9a-f]{8}", re.IGNORECASE)
Outcome = tuple[Any, Any]
"""Schema and table, or class and text of an error."""


@dataclass
class Company:
    """The open mesh, its raw rows, and the policies that hold now."""

    world: World
    rows: dict[str, list[Row]]
    case: Case | None = None
    told: list[str] = field(default_factory=list)
    """Statements that were asked."""

    def under(self, case: Case) -> None:
        """Let these policies hold, and no others."""
        if self.case is case:
            return
        self.case = case
        clean(self.world.folder)
        reapply(self.world, case.files)

    def ask(self, sql: str, actor: str = ADA, purpose: str = "") -> Outcome:
        """Schema and rows, or class and text of the error."""
        try:
            with ask(self.world, sql, actor, purpose).answer as answer:
                table = pa.Table.from_batches(list(answer), answer.schema)
        except WeftError as error:
            return type(error).__name__, str(error)
        return table.schema, table

    def events(self, *types: str, after: int = 0) -> list[Event]:
        """The journal from there on."""
        found: list[Event] = []
        with self.world.registry.transaction() as unit:
            while batch := unit.journal.read(after, types=types):
                found += batch
                after = batch[-1].sequence
        return found

    def head(self) -> int:
        """Where the journal ends."""
        with self.world.registry.transaction() as unit:
            return unit.journal.head()[0]


def clean(folder: Path) -> None:
    """No policies, no grants, the stance as it was."""
    for place in (folder / "policies", *folder.glob("domains/*/policies")):
        shutil.rmtree(place, ignore_errors=True)
    write(folder, {"mesh.yaml": BASE["mesh.yaml"]})


def statement(form: str, rows: dict[str, list[Row]]) -> str:
    """A form with names and values filled in."""
    ten = next(row for row in rows["people"] if row["id"] == 10)
    filled = TABLES | {
        "<email>": ten["email"],
        "<mail>": ten["email"].upper(),
        "<phone>": ten["phone"],
        "<name>": ten["name"].replace("'", "''"),
        "<zip>": ten["home"]["zip"],
        "<shop>": ten["visits"][0]["shop"],
    }
    for name, value in filled.items():
        form = form.replace(name, value)
    return form


def canaries(what: Any) -> set[str]:
    """Marks of values that occur in it."""
    text = what if isinstance(what, str) else json.dumps(what, default=str)
    return {found.lower() for found in CANARY.findall(text)}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """People with a log that is not folded, calls, orders, and members derived from people."""
    world = open_mesh(tmp_path_factory.mktemp("company"), COMPANY, first_files())
    assert [one.state for one in run(world)] == ["succeeded"] * 2
    write(world.folder, second_files())
    assert [one.state for one in run(world)] == ["succeeded"] * 2
    with world.registry.transaction() as unit:
        people = unit.publications.get("d.crm.people@1")
    assert people is not None
    assert people.relation.files
    assert people.relation.log, "the log must not be folded"
    yield Company(world, raw())
    world.close()
