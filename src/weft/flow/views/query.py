"""The answer to a question, as its asker may see it, and what policy did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.flow.ask import ask
from weft.flow.views.access import Masked
from weft.flow.views.sample import WRITTEN, SampleColumn, read
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Viewer
    from weft.model import Decision
    from weft.seams import World

ROWS = 200


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
    return QueryView(
        sql=sql,
        columns=columns,
        rows=found[:rows],
        more=len(found) > rows,
        tables=tuple(_table(decision) for decision in asked.decisions),
        notes=asked.notes,
    )


def _table(decision: Decision) -> AskedTable:
    masks = (
        Masked(column=column, mask=mask.kind, why=tuple(r.text for r in decision.columns.get(column, ())))
        for column, mask in decision.masks.items()
    )
    filters = dict.fromkeys(one.column for one in decision.filters)
    return AskedTable(name=str(decision.table), masks=tuple(masks), filters=tuple(filters))
