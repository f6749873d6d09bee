"""SuiteQL: what of it the simulator understands, checked against the account's tables and turned into SQLite.

Parsed as Oracle's SQL by sqlglot. Columns that the account does not expose are refused with NetSuite's words; bare
dates come in the account's format and without their time; an order that does not decide between two rows leaves them
in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weft_vendors.netsuite.tables import Column, Table

_DATES = (exp.StrToTime, exp.StrToDate, exp.TsOrDsToDate, exp.ToChar, exp.TimeToStr)
_FILLED = {
    "id",
    "uniquekey",
    "transaction",
    "transactionline",
    "lastmodifieddate",
    "linelastmodifieddate",
    "lastmodified",
}
"""Columns that are never empty: where empty values stand in an order is of no matter."""


class Refused(Exception):
    """A query that the account does not run; the text is the reason."""


@dataclass(frozen=True)
class Role:
    """What the asking role may see, and how its values look."""

    date_format: str = "M/D/YYYY"
    hidden_subsidiaries: tuple[int, ...] = ()
    hidden_tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """A query for SQLite."""

    sql: str
    """Without order where the order is not decisive: a shuffle decides."""
    counted: str
    """The same without its order, to count."""
    tables: tuple[str, ...]
    star: bool


def compiled(query: str, tables: Mapping[str, Table], role: Role) -> Compiled:
    """A SuiteQL query as one of SQLite.

    Raises:
        Refused: with the reason as NetSuite words it.
    """
    tree = _parsed(query)
    used = tuple(dict.fromkeys(t.name.lower() for t in tree.find_all(exp.Table)))
    ctes = {c.alias.lower() for c in tree.find_all(exp.CTE)}
    for name in used:
        if name not in ctes and (name not in tables or name in role.hidden_tables):
            raise Refused(f"Record '{name}' was not found.")
    star = any(isinstance(e, exp.Star) for s in tree.find_all(exp.Select) for e in s.expressions)
    for select in list(tree.find_all(exp.Select)):
        _Select(select, tables, role).rewrite()
    _functions(tree)
    tree = tree.transform(_visible(role, tables), copy=False) if role.hidden_subsidiaries else tree
    order = tree.args.pop("order", None)
    counted = _text(tree)
    tree.set("order", order)
    _shuffled(tree)
    return Compiled(_text(tree), counted, used, star)


def _text(tree: exp.Expr) -> str:
    return sqlglot.Dialect.get_or_raise("sqlite").generate(tree, copy=False, identify=True)


def _parsed(query: str) -> exp.Expr:
    try:
        found = sqlglot.parse(query, read="oracle")
    except sqlglot.errors.SqlglotError as e:
        raise Refused("Invalid or unsupported search") from e
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise Refused("Invalid or unsupported search")
    tree = found[0]
    old = any(c.args.get("join_mark") for c in tree.find_all(exp.Column))
    if old and any(j.args.get("side") or j.args.get("on") for j in tree.find_all(exp.Join)):
        raise Refused("Invalid or unsupported search")  # ANSI and (+) joins do not mix
    if old:
        raise Refused("Invalid or unsupported search")
    for name in tree.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            name.set("this", name.name.lower())
    return tree


class _Select:
    """One SELECT with the tables that it names."""

    def __init__(self, select: exp.Select, tables: Mapping[str, Table], role: Role) -> None:
        self.select, self.role = select, role
        self.sources: dict[str, Table | None] = {}
        for source in self._from():
            self.sources[source.alias_or_name] = tables.get(source.name) if isinstance(source, exp.Table) else None

    def _from(self) -> Iterator[exp.Expr]:
        begin = self.select.args.get("from_") or self.select.args.get("from")
        if begin is not None:
            yield begin.this
        for join in self.select.args.get("joins") or ():
            yield join.this

    def rewrite(self) -> None:
        self._limit()
        for column in list(self.select.find_all(exp.Column)):
            if column.find_ancestor(exp.Select) is self.select:
                self._check(column)
        projections: list[exp.Expr] = []
        for projection in self.select.expressions:
            projections += self._projected(projection)
        self.select.set("expressions", projections)

    def _limit(self) -> None:
        where = self.select.args.get("where")
        for node in list(where.find_all(exp.LTE, exp.LT)) if where else ():
            if (isinstance(node.this, exp.Column) and node.this.name == "rownum") or isinstance(
                node.this, exp.Pseudocolumn
            ):
                if self.select.args.get("order"):
                    raise Refused("Invalid or unsupported search")  # ROWNUM counts before the order
                count = int(node.expression.name) - isinstance(node, exp.LT)
                node.replace(exp.true())
                self.select.limit(count, copy=False)

    def _column(self, column: exp.Column) -> Column | None:
        """The account's column behind a name; None: not one of a table."""
        names = [column.table] if column.table else list(self.sources)
        for name in names:
            table = self.sources.get(name)
            if table and column.name in table.columns:
                return table.columns[column.name]
        return None

    def _check(self, column: exp.Column) -> None:
        found = self._column(column)
        if found is not None and not found.hidden:
            return
        table = self.sources.get(column.table) if column.table else next(iter(self.sources.values()), None)
        if found is not None and found.hidden == "-" and table:
            raise Refused(f"Field '{column.name}' for record '{table.name}' was not found. Reason: NOT_EXPOSED")
        aliases = {e.alias for e in self.select.expressions if e.alias}
        if found is None and (self._elsewhere(column) or column.name in aliases):
            return
        raise Refused(f"Unknown identifier '{column.name}'. Available identifiers are: {{{', '.join(self.sources)}}}")

    def _elsewhere(self, column: exp.Column) -> bool:
        """A name of a subquery here, or of a query around this one."""
        if column.table:
            return column.table not in self.sources or self.sources[column.table] is None
        return None in self.sources.values()

    def _projected(self, projection: exp.Expr) -> list[exp.Expr]:
        if isinstance(projection, exp.Star):
            return [p for name, table in self.sources.items() for p in self._all(name, table)]
        if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
            return list(self._all(projection.table, self.sources.get(projection.table)))
        bare = projection.unalias()
        found = self._column(bare) if isinstance(bare, exp.Column) else None
        if found is None or found.type not in {"date", "ts"}:
            return [projection]
        return [self._short(bare.copy(), projection.alias_or_name)]

    def _all(self, name: str, table: Table | None) -> Iterator[exp.Expr]:
        if table is None:
            yield exp.Star()
            return
        for column in table.columns.values():
            if not column.hidden:
                one = exp.column(column.name, table=name)
                yield self._short(one, column.name) if column.type in {"date", "ts"} else one

    def _short(self, column: exp.Expr, alias: str) -> exp.Expr:
        short = exp.Anonymous(this="ns_short", expressions=[column, exp.Literal.string(self.role.date_format)])
        return exp.alias_(short, alias)


def _functions(tree: exp.Expr) -> None:
    for node in list(tree.find_all(*_DATES)):
        form = node.args.get("format")
        name = "ns_to_char" if isinstance(node, exp.ToChar | exp.TimeToStr) else "ns_to_date"
        if name == "ns_to_date" and form is None:
            raise Refused("Invalid or unsupported search")
        node.replace(exp.Anonymous(this=name, expressions=[node.this, *([form] if form else [])]))
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() in {"TO_DATE", "TO_TIMESTAMP"}:
            node.set("this", "ns_to_date")
    for node in list(tree.find_all(exp.DateTrunc, exp.TimestampTrunc, exp.Trunc)):
        node.replace(exp.Anonymous(this="ns_trunc", expressions=[node.this]))
    for dot in list(tree.find_all(exp.Dot)):
        _builtin(dot)


def _builtin(node: exp.Dot) -> None:
    call = node.expression
    if node.name.lower() == "" or node.this.name.lower() != "builtin" or not isinstance(call, exp.Anonymous):
        raise Refused("Invalid or unsupported search")
    if call.name.upper() != "DF" or not isinstance(call.expressions[0], exp.Column):
        raise Refused("Invalid or unsupported search")
    column = call.expressions[0]
    node.replace(
        exp.Anonymous(this="ns_df", expressions=[exp.Literal.string(_REFERENCES.get(column.name, "")), column])
    )


_REFERENCES = {
    "currency": "currency",
    "entity": "customer",
    "item": "item",
    "account": "account",
    "subsidiary": "subsidiary",
    "postingperiod": "accountingperiod",
    "department": "department",
    "class": "classification",
    "location": "location",
    "salesrep": "employee",
}


def _visible(role: Role, tables: Mapping[str, Table]) -> Callable[[exp.Expr], exp.Expr]:
    """Rows of hidden subsidiaries are not there: no error, silently fewer."""
    hidden = ", ".join(map(str, role.hidden_subsidiaries))

    def seen(node: exp.Expr) -> exp.Expr:
        if not hidden or not isinstance(node, exp.Table) or node.name not in tables:
            return node
        table = tables[node.name]
        if "subsidiary" in table.columns and table.columns["subsidiary"].type == "ref":
            condition = f'"subsidiary" IS NULL OR "subsidiary" NOT IN ({hidden})'
        elif "transaction" in table.columns:
            condition = f'"transaction" NOT IN (SELECT "id" FROM "transaction" WHERE "subsidiary" IN ({hidden}))'
        else:
            return node
        raw = sqlglot.parse_one(f'SELECT * FROM "{node.name}" WHERE {condition}', read="sqlite")
        return exp.Subquery(this=raw, alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name)))

    return seen


def _shuffled(tree: exp.Expr) -> None:
    """An order that is not unique, or none: the server promises nothing between equals."""
    for ordered in tree.find_all(exp.Ordered):
        if ordered.this.name in _FILLED:
            ordered.set("nulls_first", not ordered.args.get("desc"))  # SQLite's own, which uses the index
    for number, projection in enumerate(tree.expressions if isinstance(tree, exp.Select) else (), 1):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Star):
            projection.replace(exp.alias_(projection.copy(), f"expr{number}"))
    if not isinstance(tree, exp.Select) or tree.args.get("group") or tree.args.get("distinct"):
        return
    if not any(isinstance(p.unalias(), exp.AggFunc) for p in tree.expressions):
        tree.order_by(exp.Anonymous(this="ns_shuffle"), append=True, copy=False)
