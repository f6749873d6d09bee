"""Keys that a source says are deleted, or are all that it holds, cast as the contract casts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.contracts.column_types import UNKNOWN, columns
from weft.contracts.compile import compile_split, match
from weft.contracts.shape import check_shape, outputs_of
from weft.contracts.text import ident
from weft.errors import Invalid
from weft.model import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Column, Placed, Property, Scan


def keys_split(placed: Placed, seen: Sequence[Column], scan: Scan) -> Split:
    """Compile the key of a table for rows that hold nothing else; its other columns are NULL.

    A key that the contract would not take is left out: the table cannot hold it. A WHERE of the owner's SQL does not
    count: of a row that is gone nothing but the key is known.

    Args:
        placed: the table and how its rows are made.
        seen: columns of the scan as they come.
        scan: where they come from.

    Raises:
        Invalid: the table has no primary key, or a part of it is not a column of the scan.
    """
    table = placed.table
    if not table.primary_key:
        raise Invalid(
            f"the source tells which rows it deleted, and {placed.name} has no primary key to find them by",
            hint="Mark the key in the contract (`primaryKey: true`), or set `deletes: ignore` of the stream.",
        )
    own = tuple(_plain(prop, placed, seen) for prop in table.properties if prop.name in table.primary_key)
    bare = placed.model_copy(
        update={
            "table": table.model_copy(update={"properties": own, "quality": ()}),
            "shape": placed.shape.model_copy(update={"kind": "columns", "sql": ""}),
        }
    )
    split = compile_split(bare, tuple(seen), scan)
    shown = ", ".join(
        ident(c.name) if c.name in table.primary_key else f"CAST(NULL AS {c.type}) AS {ident(c.name)}"
        for c in columns(table)
    )
    sql = f"SELECT {shown}, _weft_file, _weft_why, _weft_raw FROM ({split.sql}) WHERE _weft_why = 0"
    return Split(sql=sql, columns=columns(table))


def _plain(prop: Property, placed: Placed, seen: Sequence[Column]) -> Property:
    """The property, to be taken from the column of the source that it is made of."""
    there = [(c.name, UNKNOWN) for c in seen]
    names = [prop.source_name, prop.name]
    if placed.shape.kind == "shape":
        outputs = outputs_of(check_shape(placed.shape.sql), [c.name for c in seen])
        names = [o.column for o in outputs if o.name.lower() in {n.lower() for n in names} and o.column]
    found = match(names, there)
    if found is None:
        raise Invalid(
            f"the source tells which rows it deleted by {', '.join(c.name for c in seen)}, "
            f"and the key '{prop.name}' of {placed.name} is none of these columns",
            hint="Take the source's own key, as it comes, for the table's, or set `deletes: ignore` of the stream.",
        )
    return prop.model_copy(update={"physical_name": there[found[0]][0]})
