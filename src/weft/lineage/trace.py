"""Which columns a statement's columns are made of, by sqlglot. What cannot be told for certain is unknown."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot.expressions import Expr

Origin: TypeAlias = tuple[str, str]
"""Table's name as in the schemas, and column."""


class Traced(Noun):
    """Lineage of one statement."""

    columns: dict[str, tuple[tuple[str, str], ...] | None] = {}
    """By output column in lower case: (table, column) whose values reach it, sorted; none = unknown. Outputs that are
    not here are unknown too."""
    indirect: tuple[tuple[str, str], ...] | None = ()
    """(table, column) that decide which rows there are, and how many: filters, joins, groups, order, counts; none =
    unknown."""
    star: bool = False
    """True when a `*` could not be expanded, because the columns of its table are not known."""


def columns(sql: str, schemas: Mapping[str, Sequence[str]]) -> dict[str, tuple[Origin, ...] | None]:
    """Columns whose values reach each output column of a statement.

    Args:
        sql: one SELECT in DuckDB's dialect.
        schemas: column names by table name (`a.b.c` or `source.stream`); no columns = not known, they
            are then answered in lower case.

    Returns:
        By output column in lower case; none = it cannot be told.
    """
    return trace(sql, schemas).columns


def trace(sql: str, schemas: Mapping[str, Sequence[str]]) -> Traced:
    """Direct and indirect lineage of a statement; arguments as of `columns`."""
    return _trace(sql, tuple(sorted((name, tuple(found)) for name, found in schemas.items())))


@lru_cache(maxsize=8192)
def _trace(sql: str, schemas: tuple[tuple[str, tuple[str, ...]], ...]) -> Traced:
    from weft.lineage.statement import Statement

    known = dict(schemas)
    try:
        tree = _qualified(sql, known)
        if tree is None:
            return Traced(indirect=None)
        statement = Statement(tree, known)
        return Traced(columns=statement.outputs(), indirect=statement.indirect(), star=statement.star())
    except Exception:  # noqa: BLE001 - whatever sqlglot stumbles over, unknown is the strict answer
        return Traced(indirect=None)


def _qualified(sql: str, schemas: Mapping[str, tuple[str, ...]]) -> Expr | None:
    """The statement with every column qualified and every star expanded; none when it is not one plain query."""
    from sqlglot import exp, parse
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.schema import MappingSchema

    from weft.lineage.methods import plain

    trees = [tree for tree in parse(sql, dialect="duckdb") if tree is not None]
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or trees[0].find(exp.Pivot, exp.DML, exp.DDL):
        return None
    tables = [table for table in trees[0].find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    if any(table.alias_column_names for table in tables):
        return None  # `t(a, b)` gives the table's columns other names
    nested = _nested(schemas)
    tree: Expr = qualify(
        plain(trees[0]),
        dialect="duckdb",
        schema=MappingSchema(nested, dialect="duckdb", normalize=False),
        quote_identifiers=False,
        # Without any known column, names of one table are taken as they come.
        allow_partial_qualification=not nested,
        validate_qualify_columns=bool(nested),
    )
    return tree


def _nested(schemas: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for name, found in schemas.items():
        if not found:
            continue
        place = nested
        *parents, last = name.lower().split(".")
        for part in parents:
            place = place.setdefault(part, {})  # type: ignore[assignment]
        place[last] = {column.lower(): "UNKNOWN" for column in found}
    return nested
