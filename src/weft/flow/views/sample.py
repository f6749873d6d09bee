"""A few rows of a table as the viewer sees them: a question like any other, with its event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from weft.errors import Denied, Unavailable
from weft.flow.ask import ask
from weft.flow.text import quoted
from weft.flow.values import columns as values
from weft.flow.views.access import Access, table_access
from weft.flow.views.tables import name_of
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from weft.flow.views.access import Masked
    from weft.seams import World

ROWS = 20
MOST = 200


class SampleColumn(Noun):
    """A column of the sample."""

    name: str
    type: str
    """Arrow type, after masking."""
    mask: str = ""
    """How it is masked; empty = as it is."""
    why: tuple[str, ...] = ()


WRITTEN = ConfigDict(ser_json_bytes="base64", ser_json_inf_nan="strings")
"""How JSON holds rows that it has no form for."""


class SampleView(Noun):
    """Rows, or why there are none and whom to ask."""

    model_config = WRITTEN

    table: str
    product: str
    access: Access
    columns: tuple[SampleColumn, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    """Values in the order of the columns; JSON writes numbers with a fixed point and times as text."""
    missing: str = ""
    """Why there are no rows, although the table may be read: nothing is published yet, a limit was passed."""


def sample(world: World, viewer: Viewer, name: str, *, rows: int = ROWS) -> SampleView:
    """The first rows of a table as the viewer sees them; a refusal is an answer too, and an event as any other.

    Args:
        world: the open mesh.
        viewer: who looks, and for what.
        name: `domain.product.table`.
        rows: at most so many, and never more than 200.

    Raises:
        Unknown: no product offers that table.
    """
    with looking(world, viewer) as sight:
        placed = sight.known.table(name)
        called, access = name_of(sight.known, placed), table_access(sight, placed)
    view = SampleView(table=called, product=str(placed.product), access=access)
    named = ".".join(quoted(part) for part in called.split("."))
    try:
        asked = ask(world, f"SELECT * FROM {named} LIMIT {max(0, min(int(rows), MOST))}", viewer.actor, viewer.purpose)
        with asked.answer as answer:
            columns, found = read(answer.schema, answer, {mask.column: mask for mask in access.masks})
    except Denied:
        return view
    except Unavailable as error:
        return view.model_copy(update={"missing": error.message})
    return view.model_copy(update={"columns": columns, "rows": found})


def read(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], masks: dict[str, Masked]
) -> tuple[tuple[SampleColumn, ...], tuple[tuple[Any, ...], ...]]:
    """Columns and values of a few rows."""
    columns = tuple(
        SampleColumn(
            name=f.name,
            type=str(f.type),
            mask=masks[f.name].mask if f.name in masks else "",
            why=masks[f.name].why if f.name in masks else (),
        )
        for f in schema
    )
    # By place, since an answer may hold a name twice; a sample is at most 200 rows.
    return columns, tuple(row for batch in batches for row in zip(*values(batch), strict=True))
