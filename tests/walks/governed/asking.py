"""Asks a company under one case of policies, and looks for what must not be seen."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from walks.governed.forms import TABLES
from walks.mesh import ADA, BASE, reapply, write
from weft.errors import WeftError
from weft.flow.ask import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from walks.governed.cases import Case
    from walks.governed.company import Row
    from weft.model import Event, Limits
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

    def under(self, case: Case) -> None:
        """Let these policies hold, and no others."""
        if self.case is case:
            return
        self.case = case
        clean(self.world.folder)
        reapply(self.world, case.files)

    def ask(self, sql: str, actor: str = ADA, purpose: str = "", limits: Limits | None = None) -> Outcome:
        """Schema and rows, or class and text of the error."""
        try:
            with ask(self.world, sql, actor, purpose, limits).answer as answer:
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

    @contextmanager
    def forgetful(self) -> Iterator[None]:
        """Nothing that is masked is found kept, or written to be kept: every question is the first one."""
        kept = self.world.engine._inner._gateway.kept
        before = kept.shelf.find, kept.make_later
        kept.shelf.find, kept.make_later = (lambda governed: None), (lambda governed: None)
        try:
            yield
        finally:
            kept.shelf.find, kept.make_later = before


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


def shown(outcome: Outcome) -> str:
    """All that an outcome lets be seen, as text."""
    return str(outcome[1]) if isinstance(outcome[0], str) else f"{outcome[0]} {outcome[1].to_pylist()}"
