"""`a.b.upper()` means `upper(a.b)`: sqlglot reads such a chain without seeing a column in it. Imports sqlglot."""

from __future__ import annotations

from sqlglot import exp


def plain(tree: exp.Expr) -> exp.Expr:
    """The same statement with every method called as a function, so that the columns in it are seen."""
    for node in list(tree.find_all(exp.Dot, bfs=False)):
        if not isinstance(node.parent, exp.Dot):
            for name in list(node.find_all(exp.Identifier)):
                if _operand(name):
                    name.replace(_column([name.copy()]))
            node.replace(_called(node))
    return tree


_NAMES = (exp.Column, exp.Dot, exp.Table, exp.TableAlias)
"""What has parts that are names and no operands."""
_NAMING = {(exp.Alias, "alias"), (exp.Lambda, "expressions"), (exp.PropertyEQ, "this")}
"""Where else a bare name gives something its name."""


def _operand(name: exp.Identifier) -> bool:
    """Whether a bare name before a method stands for a column: sqlglot has taken that off it, at any depth."""
    parent = name.parent
    named = isinstance(parent, _NAMES) or (type(parent), name.arg_key) in _NAMING
    return not named and not _parameter(name, name)


def _called(chain: exp.Expr) -> exp.Expr:
    if not isinstance(chain, exp.Dot):
        return chain
    names = _names(chain)
    if names is not None:
        return chain if _parameter(chain, names[0]) else _column(names)
    before, last = _called(chain.this), chain.expression
    if isinstance(before, exp.Identifier):
        before = before if _parameter(chain, before) else _column([before])
    if isinstance(last, exp.Anonymous):
        return exp.Anonymous(this=last.this, expressions=[before, *last.expressions])
    if isinstance(last, exp.Func):
        # A function that sqlglot knows: which argument is the first one differs, and only its columns matter.
        return exp.Anonymous(this="method", expressions=[before, last])
    return exp.Dot(this=before, expression=last)


def _names(chain: exp.Expr) -> list[exp.Identifier] | None:
    """The parts of a chain of names alone; none when something else is in it."""
    if isinstance(chain, exp.Identifier):
        return [chain]
    if isinstance(chain, exp.Dot) and isinstance(chain.expression, exp.Identifier):
        before = _names(chain.this)
        return None if before is None else [*before, chain.expression]
    return None


def _parameter(place: exp.Expr, name: exp.Identifier) -> bool:
    """Whether a lambda around it has a parameter of that name."""
    around = place.find_ancestor(exp.Lambda)
    while around is not None:
        if any(one.name.lower() == name.name.lower() for one in around.expressions):
            return True
        around = around.find_ancestor(exp.Lambda)
    return False


def _column(names: list[exp.Identifier]) -> exp.Expr:
    """As the parser reads the name where no method follows."""
    parts = dict(zip(("this", "table", "db", "catalog"), reversed(names[:4]), strict=False))
    column: exp.Expr = exp.Column(**parts)
    for name in names[4:]:
        column = exp.Dot(this=column, expression=name)
    return column
