"""Quarantined rows as their source gave them: its columns, types and way of writing values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.flow.replayed import FIRST
from weft.flow.text import literal, quoted
from weft.model import ArrowScan, Column, Dialect, Governed, Relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.flow.superseded import Bad
    from weft.seams import World

_TYPED = re.compile(
    r"(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|BOOLEAN|DATE|TIME|UUID|BLOB"
    r"|TIMESTAMP(_NS|_MS|_S)?|TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ)\Z"
)
_NESTED = re.compile(r"(STRUCT|MAP)\(.*\)\Z|.*\[\d*\]\Z", re.DOTALL)


class _Cell(NamedTuple):
    """A column of the source in the row's JSON."""

    name: str
    text: str
    """SQL of its text."""
    value: str
    """SQL of the value in its type; the same as the text where it is text."""
    type: str


def scan(world: World, bad: Bad, record: Mapping[str, Any], into: str, file: str = '"_weft_file"') -> ArrowScan:
    """Those rows again, in the order in which they were read.

    A value comes in the type that the source's column has: a date is a date again, not text in another format. A column
    of which one value does not fit that type comes as text, so that nothing is lost.

    Args:
        world: the open mesh.
        bad: the quarantined rows.
        record: what was noted down with the table's last batch: columns, dialect, plain.
        into: a staging folder.
        file: SQL of what each row has for its file.
    """
    types: dict[str, str] = record.get("columns", {})
    names = world.engine.query(
        f'SELECT DISTINCT unnest(json_keys("_weft_raw")) AS name FROM ({bad.sql}) ORDER BY 1', bad.relations
    )
    cells = [_cell(name, types.get(name, "VARCHAR")) for name in dict.fromkeys([*names["name"].to_pylist(), *types])]
    cells = _fitting(world, bad, cells)
    columns = "".join(f"{c.value} AS {quoted(c.name)}, " for c in cells)
    sql = f'SELECT {columns}{file} AS "_weft_file" FROM ({bad.sql}) ORDER BY {FIRST}, "_weft_row"'
    files = world.engine.write(sql, bad.relations, into, ordered=True)
    seen = (*(Column(name=c.name, type=c.type) for c in cells), Column(name="_weft_file", type="VARCHAR"))
    rows = Relation(files=tuple(f.path for f in files), columns=seen, rows=sum(f.rows for f in files))
    reader = world.engine.rows(Governed(name="raw", relation=rows, columns=seen))
    dialect = Dialect.model_validate(record.get("dialect", {}))
    return ArrowScan(reader=reader, dialect=dialect, plain=bool(record.get("plain")))


def _cell(name: str, kind: str) -> _Cell:
    pointer = literal("/" + name.replace("~", "~0").replace("/", "~1"))
    text = f'("_weft_raw" ->> {pointer})'
    if _NESTED.match(kind):
        return _Cell(name, text, f"TRY_CAST(nullif(\"_weft_raw\" -> {pointer}, 'null') AS {kind})", kind)
    if _TYPED.match(kind):
        return _Cell(name, text, f"TRY_CAST({text} AS {kind})", kind)
    return _Cell(name, text, text, "VARCHAR")


def _fitting(world: World, bad: Bad, cells: list[_Cell]) -> list[_Cell]:
    """The columns, as text where a value is not of the type."""
    typed = [c for c in cells if c.value != c.text]
    if not typed:
        return cells
    counts = ", ".join(f"count_if({c.text} IS NOT NULL AND {c.value} IS NULL) AS c{i}" for i, c in enumerate(typed))
    found = world.engine.query(f"SELECT {counts} FROM ({bad.sql})", bad.relations).to_pylist()[0]
    unfit = {c.name for i, c in enumerate(typed) if found[f"c{i}"]}
    return [c._replace(value=c.text, type="VARCHAR") if c.name in unfit else c for c in cells]
