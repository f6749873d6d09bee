"""Pieces of SQL in a metric, read by sqlglot: what they name, whether they are aggregates, whether these add up."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.expressions import Expr

# DuckDB's aggregates that sqlglot reads as functions it does not know.
_ALSO = """any_value arbitrary arg_max_null arg_max_nulls_last arg_min_null arg_min_nulls_last bitstring_agg count_star
    decimal_average entropy favg fsum geomean geometric_mean histogram histogram_exact kahan_sum kurtosis_pop lttb mad
    mean product reservoir_quantile sem sum_no_overflow sumkahan wavg weighted_avg"""


@lru_cache(maxsize=1024)
def parsed(text: str) -> Expr:
    """The tree of exactly one expression.

    Raises:
        Invalid: it is none, or holds a question or a window of its own.
    """
    from sqlglot import condition, exp
    from sqlglot.errors import SqlglotError

    try:
        tree = condition(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        raise Invalid("it cannot be read as one SQL expression") from None
    if tree.find(exp.Query):
        raise Invalid("it holds a SELECT of its own; a metric has one table, a derived metric combines several metrics")
    if tree.find(exp.Window):
        raise Invalid("it holds a window (OVER); put what it computes into a derived product, and take that column")
    return tree


def columns(text: str) -> tuple[str, ...]:
    """Columns that an expression names, each once.

    Raises:
        Invalid: as of `parsed`, or a name has a table before it.
    """
    from sqlglot import exp

    found: dict[str, None] = {}
    for column in parsed(text).find_all(exp.Column):
        if column.table:
            raise Invalid(f"'{column.table}.{column.name}' has a table before its name; columns stand alone")
        found[column.name] = None
    return tuple(found)


def bare(text: str) -> tuple[str, ...]:
    """Columns that stand outside of every aggregate."""
    from sqlglot import exp

    outside = (c for c in parsed(text).find_all(exp.Column) if not any(_aggregates(a) for a in _above(c)))
    return tuple(dict.fromkeys(column.name for column in outside))


def aggregates(text: str) -> bool:
    """Whether there is an aggregate in it."""
    return any(_aggregates(node) for node in parsed(text).walk())


def adds_up(text: str) -> bool:
    """Whether values of parts sum up to that of the whole: sums and counts, their sums, multiples by constants."""
    return _linear(parsed(text))


def _above(node: Expr) -> Iterator[Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _aggregates(node: Expr) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _ALSO.split()
    return isinstance(node, exp.AggFunc | exp.Filter | exp.WithinGroup | exp.IgnoreNulls)


def _linear(node: Expr) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Sum | exp.Count | exp.CountIf):
        return node.find(exp.Distinct) is None
    if isinstance(node, exp.Filter | exp.Paren | exp.Neg | exp.Cast):
        return _linear(node.this)
    if isinstance(node, exp.Coalesce):
        return _linear(node.this) and all(isinstance(e, exp.Literal) and e.this == "0" for e in node.expressions)
    if isinstance(node, exp.Add | exp.Sub):
        return _linear(node.left) and _linear(node.right)
    if isinstance(node, exp.Mul):
        return (_linear(node.left) and _constant(node.right)) or (_constant(node.left) and _linear(node.right))
    return isinstance(node, exp.Div) and _linear(node.left) and _constant(node.right)


def _constant(node: Expr) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg | exp.Paren) and _constant(node.this))
