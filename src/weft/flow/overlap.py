"""Which keys of products the values of a stream's columns are found among: joins that no name gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.text import literal, quoted
from weft.model import Join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Declared, Relation
    from weft.seams import World

TABLES = 50
"""Tables whose keys are looked through, those with the fewest rows first."""
ROWS = 1_000_000
"""A table with more rows is not looked through."""
_VALUES, _FEWEST = 50, 3
"""Distinct values of a column that are looked for, and how many it must have to prove anything."""
_SHARE = 0.8


def overlap(world: World, known: Declared, values: Mapping[str, list[str]]) -> tuple[Join, ...]:
    """Joins that the values of columns prove: most of them are keys of a product's published table.

    Only keys of text count: small whole numbers are keys of everything.

    Args:
        world: the open mesh.
        known: the mesh as declared.
        values: by column, as text.
    """
    wanted = {column: list(dict.fromkeys(found))[:_VALUES] for column, found in values.items()}
    wanted = {column: found for column, found in wanted.items() if len(found) >= _FEWEST and not _numbers(found)}
    keys = _keys(world, known)
    if not wanted or not keys:
        return ()
    pairs = ", ".join(f"({literal(c)}, {literal(v)})" for c, found in wanted.items() for v in found)
    parts = [
        f"SELECT {n} AS n, v.c AS c, count(*) AS found FROM given v "
        f"WHERE v.v IN (SELECT {quoted(key)} FROM {quoted(f'k{n}')}) GROUP BY ALL"
        for n, (_, key, _) in enumerate(keys)
    ]
    sql = f"WITH given(c, v) AS (VALUES {pairs}) {' UNION ALL '.join(parts)} ORDER BY n, c"
    found = world.engine.query(sql, {f"k{n}": relation for n, (_, _, relation) in enumerate(keys)}).to_pylist()
    joins = []
    for row in found:
        table, key, _ = keys[row["n"]]
        share = row["found"] / len(wanted[row["c"]])
        if share >= _SHARE:
            joins.append(Join(column=row["c"], table=table, key=key, share=round(share, 4)))
    return tuple(joins)


def _numbers(values: list[str]) -> bool:
    return all(value.replace(".", "", 1).lstrip("-").isdigit() for value in values)


def _keys(world: World, known: Declared) -> list[tuple[str, str, Relation]]:
    """Tables with a key of one column of text: name, key, published rows."""
    found = []
    with world.registry.transaction() as unit:
        for placed in known.placed:
            key = placed.table.primary_key
            if len(key) != 1 or known.tables[str(placed.name)] is not placed:
                continue
            published = unit.publications.get(placed.name.key)
            if published is None or not 0 < published.relation.rows <= ROWS:
                continue
            types = {column.name: column.type for column in published.relation.columns}
            if types.get(key[0]) == "VARCHAR":
                found.append((str(placed.name), key[0], published.relation))
    return sorted(found, key=lambda one: (one[2].rows, one[0]))[:TABLES]
