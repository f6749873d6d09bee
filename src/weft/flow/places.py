"""Where the rows of a table lie, and what stands there now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from weft import contracts
from weft.flow import base, facts
from weft.model import PARTS, Column, Place, Publication, Relation
from weft.seams import failpoint

if TYPE_CHECKING:
    from weft.model import Declared, Placed, Snapshot
    from weft.seams import World

SEQUENCE = Column(name="_weft_seq", type="BIGINT")
FILE = Column(name="_weft_file", type="VARCHAR")
STAMPS = (
    Column(name="_weft_run", type="VARCHAR"),
    SEQUENCE,
    Column(name="_weft_op", type="VARCHAR"),
    Column(name="_weft_at", type="TIMESTAMP WITH TIME ZONE"),
)
QUARANTINE = (
    Column(name="_weft_run", type="VARCHAR"),
    Column(name="_weft_seq", type="BIGINT"),
    Column(name="_weft_row", type="BIGINT"),
    Column(name="_weft_at", type="TIMESTAMP WITH TIME ZONE"),
    Column(name="_weft_file", type="VARCHAR"),
    Column(name="_weft_reasons", type="VARCHAR[]"),
    Column(name="_weft_raw", type="VARCHAR"),
    Column(name="_weft_first", type="BIGINT"),
)
"""`_weft_first`: the batch that read a row which a replay found still bad; of others that is `_weft_seq`."""


FAILING = (
    Column(name="_weft_run", type="VARCHAR"),
    Column(name="_weft_rule", type="VARCHAR"),
    Column(name="_weft_version", type="VARCHAR"),
    Column(name="_weft_at", type="TIMESTAMP WITH TIME ZONE"),
    Column(name="_weft_row", type="VARCHAR"),
)


class Target(Struct, frozen=True):
    """One table as a run works on it."""

    placed: Placed
    columns: tuple[Column, ...]
    """Of the contract."""
    keyed: bool
    """Rows go through the landing log. A derived table is overwritten, so its key is a rule, not a way to write."""
    files: bool
    """Rows carry `_weft_file`: the source is files."""
    quiet: tuple[str, ...]

    @property
    def app(self) -> str:
        """App transaction id."""
        return f"weft:{self.placed.name.key}"

    @property
    def table(self) -> Place:
        """The base table."""
        return Place(name=self.placed.name, part="table")

    @property
    def log(self) -> Place:
        """The landing log."""
        return Place(name=self.placed.name, part="log")

    @property
    def quarantine(self) -> Place:
        """The bad rows."""
        return Place(name=self.placed.name, part="quarantine")

    @property
    def failing(self) -> Place:
        """Samples of rows that broke a rule of the audit; made with the first."""
        return Place(name=self.placed.name, part="failing")

    @property
    def landing(self) -> Place:
        """Where new rows are committed, with the app transaction."""
        return self.log if self.keyed else self.table

    @property
    def parts(self) -> tuple[Place, ...]:
        """Every place where there may be something of it."""
        return tuple(Place(name=self.placed.name, part=part) for part in PARTS)

    @property
    def own(self) -> tuple[Column, ...]:
        """Columns that a row brings along: the contract's, and its file."""
        return (*self.columns, FILE) if self.files else self.columns

    @property
    def base_columns(self) -> tuple[Column, ...]:
        """Columns of the base table in the store; of a keyed one also the batch that read the row."""
        return (*self.own, SEQUENCE) if self.keyed else self.own

    @property
    def log_columns(self) -> tuple[Column, ...]:
        """Columns of the landing log."""
        return (*self.own, *STAMPS)

    @property
    def order(self) -> tuple[str, ...]:
        """Columns that tell the newest log row of a key."""
        cursor = self.placed.table.cursor
        return (cursor, "_weft_seq") if cursor else ("_weft_seq",)


def target(world: World, known: Declared, placed: Placed) -> Target:
    """The table with its physical columns and the way its rows go."""
    source = known.sources.get(placed.source)
    return Target(
        placed=placed,
        columns=contracts.columns(placed.table),
        keyed=bool(placed.table.primary_key) and placed.shape.kind in {"columns", "shape"},
        files=source is not None and source.connector == "files",
        quiet=base.quiet_columns(world, known, placed),
    )


def together(known: Declared, placed: Placed) -> list[Placed]:
    """The tables that are published together with that one: those of its contract's major that something feeds."""
    mine = placed.contract.id, placed.name.major
    live = [p for p in known.placed if p.shape.kind != "none" and p.contract.status != "retired"]
    return [p for p in live if (p.contract.id, p.name.major) == mine]


def ensure(world: World, goal: Target) -> None:
    """Create the Delta tables that are missing and add the columns that the contract has gained."""
    wanted = [(goal.table, goal.base_columns), (goal.quarantine, QUARANTINE)]
    if goal.keyed:
        wanted.append((goal.log, goal.log_columns))
    quiet = (*goal.quiet, "_weft_raw")
    for place, columns in wanted:
        before = world.store.create(place, columns, quiet=quiet)
        added = [c.name for c in columns if c.name not in {have.name for have in before.columns}]
        if not added:
            continue
        after = world.store.evolve(before, columns)
        failpoint("places.evolved")
        if place.part == "table":
            told = {"version": after.version, "metadata": {"weft.columns": json.dumps(added)}}
            base.tell(world, *facts.of(world, place, told))
        world.store.create(place, columns, quiet=quiet)  # only now it is said which of the new ones get statistics


def relation(goal: Target, table: Snapshot, log: Snapshot | None, *, hidden: bool = False) -> Relation:
    """The rows of that version of a table, overlaid with that version of its log."""
    return Relation(
        files=table.paths,
        log=log.paths if log else (),
        key=goal.placed.table.primary_key if log and log.files else (),
        order=goal.order if log and log.files else (),
        columns=goal.base_columns if hidden else goal.columns,
        rows=table.rows + (log.rows if log else 0),
    )


def _pair(world: World, goal: Target) -> tuple[Snapshot, Snapshot | None]:
    """Base and log as they stood at one moment: a fold between looking at the one and the other would hide rows."""
    table = world.store.snapshot(goal.table)
    while goal.keyed:
        log, again = world.store.snapshot(goal.log), world.store.snapshot(goal.table)
        if again.version == table.version:
            return table, log
        table = again
    return table, None


def candidate(world: World, goal: Target, run: str) -> Publication:
    """What the store holds now, as a publication that is yet to be judged."""
    table, log = _pair(world, goal)
    bad = world.store.snapshot(goal.quarantine)
    return Publication(
        table=goal.placed.name,
        version=table.version,
        log_version=log.version if log else None,
        quarantine_version=bad.version,
        relation=relation(goal, table, log),
        contract_version=goal.placed.contract.version,
        run=run,
        at=base.now(world),
    )
