"""A qualified statement, walked from its outputs to the columns of base tables. Imports sqlglot: load it late."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Origins: TypeAlias = tuple[tuple[str, str], ...]

_COUNTED = ("where", "group", "having", "qualify", "order", "joins", "windows")
"""Clauses that decide which rows there are, and in which groups and order."""


class Unknown(Exception):
    """It cannot be told where a column comes from."""


class Statement:
    """Lineage of one statement.

    Args:
        tree: qualified, so that every column names its source.
        schemas: column names by table name; no columns = not known.
    """

    def __init__(self, tree: exp.Expr, schemas: Mapping[str, tuple[str, ...]]) -> None:
        self._tree = tree
        self._tables = {name.lower(): (name, {c.lower(): c for c in found}) for name, found in schemas.items()}
        self._scopes = {id(scope.expression): scope for scope in traverse_scope(tree)}

    def outputs(self) -> dict[str, Origins | None]:
        """Direct lineage of each output column; none = unknown."""
        selects = list(_operands(self._tree))
        if not any(operation.args.get("by_name") for operation in _operations(self._tree)):
            # By place: the first part gives the names.
            selects = selects[:1]
        names = {item.alias_or_name.lower() for select in selects for item in select.selects}
        return {name: self._direct(name) for name in sorted(names - {"*", ""})}

    def indirect(self) -> Origins | None:
        """Columns that decide which rows there are; none = unknown."""
        found: list[exp.Expr] = []
        for scope in self._scopes.values():
            found += _deciding(scope.expression)
        try:
            return self._origins(found, counted=True)
        except Unknown:
            return None

    def star(self) -> bool:
        """Whether an output is a star that could not be expanded."""
        return any(item.is_star for select in _operands(self._tree) for item in select.selects)

    def _direct(self, name: str) -> Origins | None:
        try:
            return self._origins(list(_named(self._tree, name)))
        except Unknown:
            return None

    def _origins(self, start: list[exp.Expr], *, counted: bool = False) -> Origins:
        """Base columns that these expressions reach. Reachability, so that recursion ends and loses nothing."""
        found: set[tuple[str, str]] = set()
        seen: set[tuple[int, str]] = set()
        todo = list(start)
        while todo:
            for node in _columns(todo.pop(), counted=counted):
                source = self._source(node)
                step = (id(source), node.name.lower())
                if step in seen:
                    continue
                seen.add(step)
                if isinstance(source, exp.Table):
                    found.update(self._base(source, node))
                else:
                    todo += _inside(source, node)
        return tuple(sorted(found))

    def _source(self, node: exp.Expr) -> exp.Expr:
        """The table or query that a column comes from."""
        alias = node.name if isinstance(node, exp.TableColumn) else node.text("table")
        scope = self._scope(node)
        if not alias and scope is not None:
            return _unqualified(node, scope)
        while scope is not None:
            source = scope.sources.get(alias)
            if source is not None:
                return source if isinstance(source, exp.Table) else _whole(source.expression)
            scope = scope.parent
        raise Unknown

    def _scope(self, node: exp.Expr) -> Scope | None:
        place: exp.Expr | None = node
        while place is not None and id(place) not in self._scopes:
            place = place.parent
        return self._scopes[id(place)] if place is not None else None

    def _base(self, table: exp.Table, node: exp.Expr) -> Iterator[tuple[str, str]]:
        if isinstance(table.this, exp.GenerateSeries) and not table.this.find(exp.Column, exp.Dot, exp.Query):
            return
        known = self._tables.get(".".join(part.name.lower() for part in table.parts))
        if known is None or not isinstance(table.this, exp.Identifier):
            raise Unknown
        name, names = known
        if isinstance(node, exp.TableColumn):
            if not names:
                raise Unknown
            yield from ((name, column) for column in names.values())
        elif names:
            if node.name.lower() not in names:
                raise Unknown
            yield name, names[node.name.lower()]
        else:
            yield name, node.name


def _unqualified(node: exp.Expr, scope: Scope) -> exp.Expr:
    """Where a column without a table's name comes from: an output of the same query, or the only table there is."""
    query = scope.expression
    if node.find_ancestor(exp.Order, exp.Group, exp.Having, exp.Qualify, exp.Distinct) and any(
        item.alias_or_name.lower() == node.name.lower() for select in _operands(query) for item in select.selects
    ):
        return query
    sources = list(scope.sources.values())
    if len(sources) == 1 and isinstance(sources[0], exp.Table):
        return sources[0]
    raise Unknown


def _whole(query: exp.Expr) -> exp.Expr:
    """The whole of a set operation: a recursive name stands for all of it, sqlglot gives its first part only."""
    while isinstance(query.parent, exp.SetOperation):
        query = query.parent
    return query


def _operands(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs that a query's rows come from, from left to right."""
    query = query.unnest()
    if isinstance(query, exp.SetOperation):
        yield from _operands(query.this)
        yield from _operands(query.expression)
    elif isinstance(query, exp.Select):
        yield query
    else:
        raise Unknown


def _inside(source: exp.Expr, node: exp.Expr) -> list[exp.Expr]:
    """What a column of a query inside the statement is made of."""
    if not isinstance(source, exp.Query):
        # UNNEST, VALUES, LATERAL: everything in it, rather too much than too little.
        return [source]
    if isinstance(node, exp.TableColumn):
        return [item for select in _operands(source) for item in _projections(select, select.selects)]
    return list(_named(source, node.name.lower()))


def _named(query: exp.Expr, name: str) -> Iterator[exp.Expr]:
    """The projections behind one output of a query: in a union by name or place, in every part."""
    selects = list(_operands(query))
    if "columns" not in query.meta:  # looked for once, not for each output
        query.meta["columns"] = any(item.find(exp.Columns) for select in selects for item in select.selects)
    if query.meta["columns"]:
        # COLUMNS may give outputs of any name.
        raise Unknown
    places = [n for n, item in enumerate(selects[0].selects) if item.alias_or_name.lower() == name]
    by_name = any(operation.args.get("by_name") for operation in _operations(query))
    if not by_name and not places:
        raise Unknown
    for select in selects:
        items = select.selects
        if by_name:
            chosen = [item for item in items if item.alias_or_name.lower() == name]
        elif places[-1] < len(items):
            chosen = [items[n] for n in places]
        else:
            raise Unknown
        yield from _projections(select, chosen)


def _operations(query: exp.Expr) -> Iterator[exp.SetOperation]:
    query = query.unnest()
    if isinstance(query, exp.SetOperation):
        yield query
        yield from _operations(query.this)
        yield from _operations(query.expression)


def _projections(select: exp.Select, items: Iterable[exp.Expr]) -> Iterator[exp.Expr]:
    for item in items:
        yield item
        if any(window.args.get("alias") for window in item.find_all(exp.Window)):
            # OVER w: the window's columns stand in the WINDOW clause.
            yield from select.args.get("windows") or ()


def _columns(expression: exp.Expr, *, counted: bool) -> Iterator[exp.Expr]:
    """Columns and whole rows in an expression at any depth. What is only counted gives no values."""
    for node in expression.walk(prune=lambda node: not counted and isinstance(node, exp.Count)):
        if isinstance(node, exp.Count) and not counted:
            continue
        if isinstance(node, exp.TableColumn) or (isinstance(node, exp.Column) and not node.is_star):
            yield node
        elif isinstance(node, exp.Columns | exp.PositionalColumn) or _everything(node):
            raise Unknown


def _everything(node: exp.Expr) -> bool:
    """A star that was not expanded; one that is only counted gives no values."""
    return node.is_star and not node.find_ancestor(exp.Count, exp.Exists)


def _deciding(query: exp.Expr) -> Iterator[exp.Expr]:
    """Parts of one query that decide which rows there are."""
    if isinstance(query, exp.SetOperation):
        if query.args.get("distinct") or not isinstance(query, exp.Union):
            yield from (item for select in _operands(query) for item in select.selects)
    elif isinstance(query, exp.Select):
        yield from _clauses(query)
        yield from _grouping(query)
        for item in query.selects:
            yield from item.find_all(exp.Count, exp.Explode, exp.Unnest)
    else:
        yield query


def _clauses(query: exp.Select) -> Iterator[exp.Expr]:
    for clause in _COUNTED:
        found = query.args.get(clause)
        for part in found if isinstance(found, list) else [found]:
            # Of a join its condition; what it joins is a query or a table of its own.
            condition = part.args.get("on") if isinstance(part, exp.Join) else part
            if condition is not None:
                yield condition


def _grouping(query: exp.Select) -> Iterator[exp.Expr]:
    """DISTINCT and GROUP BY ALL go by the outputs."""
    distinct, group = query.args.get("distinct"), query.args.get("group")
    if distinct is not None:
        yield distinct
    if (distinct is not None and not distinct.args.get("on")) or (group is not None and group.args.get("all")):
        yield from query.selects
