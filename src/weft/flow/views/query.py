"""What may be asked, and the answer to a question as its asker may see it, with what policy did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import contracts, lineage
from weft.flow import base
from weft.flow.ask import ask
from weft.flow.views.access import Masked, table_access
from weft.flow.views.sample import WRITTEN, SampleColumn, read
from weft.flow.views.tables import name_of
from weft.flow.views.viewer import Viewer, looking
from weft.flow.visible import visible
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.views.viewer import Sight
    from weft.model import Decision, Placed
    from weft.seams import World

ROWS = 200
TABLES = 100
"""Tables that are offered beside a question; more are found by searching."""
FIRST = 20
"""Rows of a question that shows what a table holds."""
_TEXT = {"hash", "redact", "partial"}
"""Masks that give text: a number computed from such a column, as a count, does not show the mask."""


class AskableColumn(Noun):
    """A column that may be named."""

    name: str
    type: str = ""
    """Logical type of the contract."""
    mask: str = ""
    """How the viewer sees it masked; empty = as it is."""


class AskableTable(Noun):
    """A table that the viewer may ask."""

    name: str
    """domain.product.table."""
    title: str = ""
    sql: str
    """SELECT of its first rows."""
    columns: tuple[AskableColumn, ...] = ()
    filtered: bool = False
    """True when some rows are left out for the viewer."""


class AskableView(Noun):
    """What the viewer may ask, and within which limits."""

    tables: tuple[AskableTable, ...] = ()
    """Published ones, by name."""
    more: int = 0
    """Tables that may be asked and are not listed."""
    purposes: tuple[str, ...] = ()
    """For which one may ask."""
    seconds: float
    """Time of one question."""
    rows: int
    """Rows of one answer."""
    bytes: int
    """Bytes of one answer as Arrow."""
    shown: int = ROWS
    """Rows that a page shows; a download has them all."""


class AskedTable(Noun):
    """A table that the question read, and what was hidden of it."""

    name: str
    """domain.product.table."""
    masks: tuple[Masked, ...] = ()
    filters: tuple[str, ...] = ()
    """Columns by which rows are left out."""


class QueryView(Noun):
    """An answer."""

    model_config = WRITTEN

    sql: str
    columns: tuple[SampleColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    """The first rows, in the order of the answer."""
    more: bool = False
    """There are more than these."""
    tables: tuple[AskedTable, ...] = ()
    notes: tuple[str, ...] = ()
    """What who reads these tables should know."""


def askable(world: World, viewer: Viewer, *, limit: int = TABLES) -> AskableView:
    """Tables that the viewer may read, with their columns.

    Raises:
        Invalid: nothing is applied yet.
    """
    with looking(world, viewer) as sight:
        seen = visible(world, sight.known, sight.who, viewer.purpose)
        readable = sorted((p for p in sight.known.placed if p in seen), key=lambda p: str(p.name))
        listed = readable[:limit]
        engine = world.mesh.engine
        return AskableView(
            tables=tuple(_askable(sight, p) for p in listed if sight.unit.publications.get(p.name.key)),
            more=len(readable) - len(listed),
            purposes=sight.known.mesh.purposes,
            seconds=engine.seconds,
            rows=engine.rows,
            bytes=engine.bytes,
        )


def _askable(sight: Sight, placed: Placed) -> AskableTable:
    access, name = table_access(sight, placed), name_of(sight.known, placed)
    masks = {one.column: one.mask for one in access.masks}
    columns = (
        AskableColumn(name=p.name, type=p.type, mask=masks.get(p.name, ""))
        for p in placed.table.properties
        if masks.get(p.name) != "deny"
    )
    return AskableTable(
        name=name,
        title=placed.table.business_name,
        sql=f"SELECT * FROM {'.'.join(map(contracts.plain_name, name.split('.', 2)))} LIMIT {FIRST}",
        columns=tuple(columns),
        filtered=bool(access.filters),
    )


def query(world: World, viewer: Viewer, sql: str, *, rows: int = ROWS) -> QueryView:
    """Ask one SELECT as the viewer, and read its first rows.

    Raises:
        Invalid: not one SELECT, or a name is unknown, or it fails on what it sees.
        Denied: policy refuses a table.
        Unavailable: a table is not published, or a limit is passed.
    """
    asked = ask(world, sql, viewer.actor, viewer.purpose)
    batches, count = [], 0
    with asked.answer as answer:
        for batch in answer:
            batches.append(batch.slice(0, rows + 1 - count))
            count += batches[-1].num_rows
            if count > rows:
                break
        columns, found = read(answer.schema, batches, {})
    tables = tuple(_table(decision) for decision in asked.decisions)
    return QueryView(
        sql=sql,
        columns=_veiled(world, sql, tables, columns),
        rows=found[:rows],
        more=len(found) > rows,
        tables=tables,
        notes=asked.notes,
    )


def _veiled(
    world: World, sql: str, tables: Sequence[AskedTable], columns: tuple[SampleColumn, ...]
) -> tuple[SampleColumn, ...]:
    """The columns, those marked that are made of masked ones; where that cannot be told, nothing is marked."""
    masks = {(t.name.lower(), m.column.lower()): m for t in tables for m in t.masks}
    if not masks:
        return columns
    placed = base.declared(world).tables
    schemas = {t.name: [p.name for p in placed[t.name].table.properties] for t in tables}
    made = lineage.columns(sql, schemas)
    return tuple(
        _marked(column, [masks[o] for o in made.get(column.name.lower()) or () if o in masks]) for column in columns
    )


def _marked(column: SampleColumn, masks: Sequence[Masked]) -> SampleColumn:
    shown = [m for m in masks if m.mask not in _TEXT or "string" in column.type]
    if not shown:
        return column
    why = (f"{m.column}: {' '.join(m.why)}" for m in shown)
    return column.model_copy(update={"mask": shown[0].mask, "why": tuple(why)})


def _table(decision: Decision) -> AskedTable:
    masks = (
        Masked(column=column, mask=mask.kind, why=tuple(r.text for r in decision.columns.get(column, ())))
        for column, mask in decision.masks.items()
    )
    filters = dict.fromkeys(one.column for one in decision.filters)
    return AskedTable(name=str(decision.table), masks=tuple(masks), filters=tuple(filters))
