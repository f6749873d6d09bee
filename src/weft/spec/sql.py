"""The names in a .sql file: which stream or which tables it reads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from weft.spec.text import place

if TYPE_CHECKING:
    from sqlglot import exp

LONG = 100_000
"""Characters of a statement."""
_SHOWN = 40


class Named(Struct, frozen=True):
    """A table's name as it stands in a statement."""

    parts: tuple[str, ...]
    line: int
    column: int

    def __str__(self) -> str:
        return ".".join(self.parts)


class Statement(Struct, frozen=True):
    """What a .sql file holds."""

    named: tuple[Named, ...] = ()
    """Each name once, in order of first use, without those of CTEs."""
    error: str = ""
    """Why it is not one SELECT; empty when it is."""
    line: int = 1
    column: int = 1

    @property
    def kind(self) -> Literal["shape", "derived", "mixed", "none"]:
        """shape: two-part names; derived: three-part names; mixed: both or others; none: no name at all."""
        lengths = {len(named.parts) for named in self.named}
        if not lengths:
            return "none"
        if lengths == {2}:
            return "shape"
        return "derived" if lengths == {3} else "mixed"


@lru_cache(maxsize=1024)
def statement(text: str) -> Statement:
    """Read one SELECT in DuckDB's dialect. Whether it is allowed to run is judged elsewhere.

    Args:
        text: the whole file.
    """
    if len(text) > LONG:
        return Statement(error=f"the statement has {len(text):,} characters, allowed are {LONG:,}")
    from sqlglot import exp, parse
    from sqlglot.errors import ParseError, TokenError

    try:
        trees = [tree for tree in parse(text, dialect="duckdb") if tree is not None]
    except ParseError as error:
        return _wrong(error.errors[0] if error.errors else {})
    except (TokenError, RecursionError):
        return Statement(error="this is not SQL: a quote or parenthesis stays open, or it nests too deep")
    if len(trees) != 1:
        return Statement(error=f"{len(trees)} statements were found, allowed is exactly one SELECT")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        return Statement(error=_no_query(tree, text))
    return Statement(named=tuple(_named(tree, text)))


def _no_query(tree: Any, text: str) -> str:
    from sqlglot import exp

    if isinstance(tree, exp.Alias | exp.Condition):  # words that begin like no statement are read as an expression
        return f"this is not SQL near '{text.split(maxsplit=1)[0][:_SHOWN]}'"
    return f"{tree.key.upper()} was found, allowed is exactly one SELECT"


def _wrong(found: dict[str, Any]) -> Statement:
    word = str(found.get("highlight") or "")
    # The parser gives the column where the word ends.
    line, end = int(found.get("line") or 1), int(found.get("col") or 1)
    near = f"near '{word[:_SHOWN]}'" if word else "at the end"
    return Statement(error=f"this is not SQL {near}", line=line, column=max(1, end - len(word) + 1))


def _named(tree: exp.Query, text: str) -> list[Named]:
    from sqlglot import exp

    found: dict[tuple[str, ...], Named] = {}
    for table in tree.find_all(exp.Table, bfs=False):
        parts = table.parts
        if not all(isinstance(part, exp.Identifier) for part in parts):
            continue  # a table function; the engine judges it
        names = tuple(part.name for part in parts)
        if len(names) == 1 and _is_cte(table, names[0]):
            continue
        line, column = place(text, int(parts[0].meta.get("start", 0)))
        key = tuple(name.lower() for name in names)
        known = found.get(key)
        if known is None or (line, column) < (known.line, known.column):
            found[key] = Named(names, line, column)
    return sorted(found.values(), key=lambda named: (named.line, named.column))


def _is_cte(table: Any, name: str) -> bool:
    from sqlglot import exp

    above = table.parent
    while above is not None:
        if isinstance(above, exp.Query) and any(cte.alias.lower() == name.lower() for cte in above.ctes):
            return True
        above = above.parent
    return False
