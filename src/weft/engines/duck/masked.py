"""Masks and filters over a relation as SQL, for trusted connections only: the texts may hold key material."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from weft.engines.duck.relation import render
from weft.engines.duck.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from weft.model import Governed

_FEW = 1024
"""Values of a column up to which a digest is looked up instead of computed for each row (a sixteenth of the CPU)."""


def governed_sql(
    governed: Governed, columns: Sequence[str] | None = None, known: Mapping[str, str] | None = None
) -> str:
    """The rows that one actor sees.

    Args:
        governed: relation, masks and filters.
        columns: only these, none = all that are seen.
        known: tables with the digests of columns (`of`), by column.
    """
    known = known or {}
    wanted = [c for c in governed.columns if columns is None or c.name in set(columns)]
    shown = ", ".join(
        f"{known[c.name]}.m AS {quoted(c.name)}"
        if c.name in known
        else f"{governed.select.get(c.name, quoted(c.name))} AS {quoted(c.name)}"
        for c in wanted
    )
    joined = "".join(f" LEFT JOIN {table} ON _weft_rows.{quoted(name)} = {table}.v" for name, table in known.items())
    where = f" WHERE {governed.where}" if governed.where else ""
    return f"SELECT {shown} FROM ({render(governed.relation)}) AS _weft_rows{joined}{where}"


def digests(con: duckdb.DuckDBPyConnection, governed: Governed, columns: Sequence[str] | None = None) -> dict[str, str]:
    """Make a temporary table of values and digests for each hashed column of text that holds few different ones.

    Two texts are equal if and only if their digests are; of other types (-0.0 = 0.0) that is not so.
    """
    relation = governed.relation
    texts = {c.name for c in relation.columns if c.type == "VARCHAR"}
    every = relation.model_copy(update={"files": (*relation.files, *relation.log), "log": ()})
    found = {}
    for column in governed.columns:
        name, digest = column.name, governed.select.get(column.name, "")
        if name not in texts or not digest.startswith("sha256(") or not (columns is None or name in columns):
            continue
        table, of = f"_weft_{uuid.uuid4().hex}", quoted(name)
        values = f"SELECT DISTINCT {of} FROM ({render(every, columns=[name])}) LIMIT {_FEW + 1}"
        con.execute(f"CREATE TEMP TABLE {table} AS SELECT {of} AS v, {digest} AS m FROM ({values})")
        if con.table(table).count("*").fetchall()[0][0] <= _FEW:
            found[name] = table
        else:
            con.execute(f"DROP TABLE {table}")
    return found
