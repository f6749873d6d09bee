"""Shape SQL: projection and WHERE over one stream, taken apart so that a row keeps its source beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

_HINT = (
    "Shape SQL is a projection and a WHERE over one stream: SELECT a, upper(b) AS c FROM crm.accounts WHERE a <> ''."
)
_CLAUSES = {
    "with_": "WITH",
    "with": "WITH",
    "joins": "a join",
    "laterals": "LATERAL",
    "group": "GROUP BY",
    "having": "HAVING",
    "qualify": "QUALIFY",
    "windows": "WINDOW",
    "distinct": "DISTINCT",
    "order": "ORDER BY",
    "limit": "LIMIT",
    "offset": "OFFSET",
    "sample": "a sample",
    "pivots": "PIVOT",
    "into": "INTO",
    "locks": "FOR",
}


class Output(NamedTuple):
    """One column of a shape."""

    name: str
    column: str = ""
    """Name of the source's column when it is one, as written; empty for an expression."""
    type: str = ""
    """DuckDB type when the expression is a cast; empty otherwise."""


class ShapeSql(NamedTuple):
    """Shape SQL taken apart."""

    stream: str
    """`source.stream` as written."""
    alias: str
    """Name of the stream's rows in the statement."""
    projection: str
    """Text between SELECT and FROM."""
    where: str
    """Text after WHERE; empty = all rows."""
    outputs: tuple[Output, ...]
    """Columns that it names, in order; with a star the source's are to be added."""
    star: bool
    """Whether it has a `*`."""
    hidden: tuple[str, ...]
    """Lower-case names that the star leaves out (EXCLUDE, REPLACE, RENAME)."""
    reads: tuple[str, ...]
    """Columns of the source that it names, lower case, in order of first use."""


def check_shape(sql: str) -> ShapeSql:
    """Take shape SQL apart.

    Whether its functions are allowed is judged by `Engine.inspect`; here only its form is.

    Raises:
        Invalid: it is not projection and WHERE over one stream; says what was found.
    """
    select = _parse(sql)
    table = _table(select)
    _refuse_clauses(select)
    _refuse_parts(select)
    alias = table.alias or table.name
    outputs, star, hidden = _outputs(select, alias)
    _refuse_names(select, table, alias)
    parts = _segments(sql)
    # A shape that starts with FROM and has no SELECT takes everything.
    projection = parts.get("SELECT", "*")
    named = [c for c in select.find_all(_exp().Column) if not c.find(_exp().Star)]
    reads = tuple(dict.fromkeys(_root(c, alias).lower() for c in named))
    return ShapeSql(f"{table.db}.{table.name}", alias, projection, parts.get("WHERE", ""), outputs, star, hidden, reads)


def _exp() -> Any:
    from sqlglot import exp

    return exp


def _parse(sql: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [s for s in sqlglot.parse(sql, read="duckdb") if s is not None]
    except (SqlglotError, RecursionError) as error:
        raise Invalid(f"the shape's SQL cannot be read: {_first_line(error)}", hint=_HINT) from None
    if len(found) != 1:
        raise Invalid(f"the shape's SQL has {len(found)} statements, allowed is one SELECT", hint=_HINT)
    if not isinstance(found[0], _exp().Select):
        raise Invalid(f"the shape's SQL is {_what(found[0])}, allowed is one SELECT", hint=_HINT)
    return found[0]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["it is nested too deeply"])[0].replace("\x1b[4m", "").replace("\x1b[0m", "")


def _what(statement: Any) -> str:
    return type(statement).__name__.upper()


def _table(select: Any) -> Any:
    source = select.args.get("from_") or select.args.get("from")
    table = source.this if source is not None else None
    if table is None:
        raise Invalid("the shape's SQL reads no stream, FROM is missing", hint=_HINT)
    if not isinstance(table, _exp().Table) or not isinstance(table.this, _exp().Identifier):
        raise Invalid("the shape's SQL reads something that is not a stream", hint=_HINT)
    if not table.db or table.catalog:
        raise Invalid(f"the shape's SQL reads '{table.sql('duckdb')}', which is not source.stream", hint=_HINT)
    if table.args.get("joins") or table.args.get("sample") or table.args.get("pivots"):
        raise Invalid("the shape's SQL has a join, a sample or a pivot", hint=_HINT)
    return table


def _refuse_clauses(select: Any) -> None:
    for key, words in _CLAUSES.items():
        if select.args.get(key):
            raise Invalid(
                f"the shape's SQL has {words}, allowed are a projection and WHERE",
                hint="Join, group and order in a derived product that reads this one.",
            )


def _refuse_parts(select: Any) -> None:
    exp = _exp()
    for kind, words in (
        (exp.Query, "a sub-query"),
        (exp.AggFunc, "an aggregate"),
        (exp.Window, "a window"),
        (exp.UDTF, "a function that makes rows"),
        (exp.Explode, "a function that makes rows"),
        (exp.Columns, "COLUMNS(...)"),
        (exp.Parameter, "a parameter"),
        (exp.Placeholder, "a parameter"),
    ):
        found = next((n for n in select.find_all(kind) if n is not select), None)
        if found is not None:
            raise Invalid(f"the shape's SQL has {words} ('{found.sql('duckdb')[:60]}')", hint=_HINT)


def _refuse_names(select: Any, table: Any, alias: str) -> None:
    for column in select.find_all(_exp().Column):
        names = [part.name.lower() for part in column.parts]
        if any(name.startswith("_weft_") for name in names):
            raise Invalid(
                f"the shape's SQL names '{column.sql('duckdb')}', and names that start with _weft_ are ours", hint=_HINT
            )
        # Any other name before a dot is a column: its fields follow.
        if names[:2] == [table.db.lower(), table.name.lower()] and len(names) > 2:  # noqa: PLR2004 - source.stream.x
            raise Invalid(
                f"the shape's SQL names '{column.sql('duckdb')}', but its stream is called {alias}",
                hint=f"Write {alias}.{column.name}, or {column.name} alone.",
            )


def _root(column: Any, alias: str) -> str:
    """The source's column that a name starts at: `requester` of `requester.email` and `tickets.requester.email`."""
    names = [part.name for part in column.parts]
    return str(names[1] if len(names) > 1 and names[0].lower() == alias.lower() else names[0])


def _outputs(select: Any, alias: str) -> tuple[tuple[Output, ...], bool, tuple[str, ...]]:
    outputs: list[Output] = []
    stars: list[Any] = []
    for item in select.expressions:
        star = item if isinstance(item, _exp().Star) else item.this if _is_star(item) else None
        if star is None:
            outputs.append(_output(item, alias))
        else:
            stars.append(star)
    if len(stars) > 1:
        raise Invalid("the shape's SQL has more than one *", hint=_HINT)
    names = [o.name.lower() for o in outputs]
    double = next((n for n in names if names.count(n) > 1), None)
    if double is not None:
        raise Invalid(f"the shape's SQL gives the column '{double}' twice", hint="Give each column a name of its own.")
    hidden: tuple[str, ...] = ()
    for star in stars:
        hidden = _hidden(star)
        outputs += [_output(r, alias) for r in star.args.get("replace") or ()]
        outputs += [Output(r.alias, r.this.name) for r in star.args.get("rename") or ()]
    return tuple(outputs), bool(stars), hidden


def _is_star(item: Any) -> bool:
    return isinstance(item, _exp().Column) and isinstance(item.this, _exp().Star)


def _hidden(star: Any) -> tuple[str, ...]:
    left = [e.name for e in star.args.get("except_") or star.args.get("except") or ()]
    left += [r.alias for r in star.args.get("replace") or ()]
    left += [r.this.name for r in star.args.get("rename") or ()]
    return tuple(name.lower() for name in left)


def _output(item: Any, alias: str) -> Output:
    exp = _exp()
    name, inner = item.alias_or_name, item.unalias()
    if not name:
        raise Invalid(
            f"the shape's SQL has a column without a name ('{item.sql('duckdb')[:60]}')",
            hint="Name it: ... AS amount.",
        )
    if isinstance(inner, exp.Column):
        names = [part.name for part in inner.parts]
        whole = len(names) == 1 or (len(names) == 2 and names[0].lower() == alias.lower())  # noqa: PLR2004 - alias.column
        return Output(name, column=inner.name if whole else "")
    if isinstance(inner, exp.Cast):
        return Output(name, type=inner.to.sql("duckdb"))
    return Output(name)


def _segments(sql: str) -> dict[str, str]:
    """Text after SELECT, FROM and WHERE, each up to the next; the words inside brackets do not count."""
    from sqlglot.dialects.duckdb import DuckDB

    tokens = DuckDB().tokenize(sql)
    end = len(sql)
    depth, marks = 0, list[tuple[str, int, int]]()
    for i, token in enumerate(tokens):
        kind = token.token_type.name
        if kind == "SEMICOLON":
            end = token.start
            break
        depth += (kind in _OPEN) - (kind in _CLOSE)
        # IS DISTINCT FROM is no FROM.
        after_distinct = i > 0 and tokens[i - 1].token_type.name == "DISTINCT"
        if not depth and kind in ("SELECT", "FROM", "WHERE") and not (kind == "FROM" and after_distinct):
            marks.append((kind, token.start, token.end + 1))
    stops = [start for _, start, _ in marks[1:]] + [end]
    return {kind: sql[after:stop].strip() for (kind, _, after), stop in zip(marks, stops, strict=True)}


_OPEN = ("L_PAREN", "L_BRACKET", "L_BRACE")
_CLOSE = ("R_PAREN", "R_BRACKET", "R_BRACE")


def outputs_of(shape: ShapeSql, source: Sequence[str]) -> tuple[Output, ...]:
    """All columns of a shape over a source with these columns: the star spelt out, then those that it names."""
    if not shape.star:
        return shape.outputs
    named = {o.name.lower() for o in shape.outputs} | set(shape.hidden)
    return tuple(Output(c, column=c) for c in source if c.lower() not in named) + shape.outputs
