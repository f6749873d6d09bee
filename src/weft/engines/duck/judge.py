"""Judge a statement by DuckDB's own parser, before anything is bound or read."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.engines.duck.tree import ONE_SELECT, Walk
from weft.errors import Invalid

if TYPE_CHECKING:
    import duckdb

    from weft.model import Referenced

MAX_LENGTH = 100_000
"""Bytes of a statement."""
MAX_TOKENS = 20_000
MAX_DEPTH = 200
"""Brackets inside one another."""


class Judged(Struct, frozen=True):
    """What an allowed statement names; as `model.Referenced`, but free of pydantic for the worker's start."""

    tables: tuple[str, ...]
    counts: dict[str, int]
    columns: frozenset[str] | None


@lru_cache(maxsize=128)
def inspect(sql: str) -> Referenced:
    """Judge one statement: exactly one SELECT, allowed nodes, types and functions only, at every depth.

    The verdict depends on the text alone: boards ask the same again and again, and judging was a third of their cost.

    Returns:
        Its tables as `a.b.c` in lower case (as DuckDB compares names), how often each may be read (a table inside a
        CTE as often as the CTE is named, inside a sub query of an expression or a recursion twice), and the columns
        that it names, none when a `*`, a whole row or the like leaves that open.

    Raises:
        Invalid: says what was found and what is allowed.
    """
    from weft.model import Referenced

    judged = judge(sql)
    columns = None if judged.columns is None else tuple(sorted(judged.columns))
    return Referenced(tables=judged.tables, counts=judged.counts, columns=columns)


def judge(sql: str) -> Judged:
    """As `inspect`, for the worker."""
    _measure(sql)
    walk = Walk()
    try:
        walk.statement(_tree(sql))
    except RecursionError:
        raise Invalid("The statement is nested too deeply.", hint=ONE_SELECT) from None
    tables = tuple(walk.tables)
    return Judged(tables, {name: walk.seen.counts.get(name) or 1 for name in tables}, walk.columns())


def _measure(sql: str) -> None:
    """Keep what would overrun the parser's stack or time away from it. The tokenizer does not recurse."""
    import duckdb

    try:
        length = len(sql.encode())
    except UnicodeEncodeError:
        raise Invalid("The statement is not valid Unicode.") from None
    if length > MAX_LENGTH:
        raise Invalid(f"The statement has {length:,} bytes; at most {MAX_LENGTH:,} are allowed.")
    if any(ord(c) < ord(" ") and c not in "\t\n\r" for c in sql):
        raise Invalid("The statement holds a control character.", hint="Allowed are tabs and line ends.")
    tokens = duckdb.tokenize(sql)
    if len(tokens) > MAX_TOKENS:
        raise Invalid(f"The statement has {len(tokens):,} words and signs; at most {MAX_TOKENS:,} are allowed.")
    depth = deepest = 0
    raw = sql.encode()
    for at, kind in tokens:
        if kind == duckdb.token_type.operator:
            depth += (raw[at : at + 1] in (b"(", b"[", b"{")) - (raw[at : at + 1] in (b")", b"]", b"}"))
            deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise Invalid(f"The statement has {deepest:,} brackets inside one another; at most {MAX_DEPTH} are allowed.")


def _tree(sql: str) -> Any:
    """The parser's tree of the one SELECT."""
    import duckdb

    with _lock:
        con = _connection()
        try:
            statements = con.extract_statements(sql)
            found = [str(s.type).rpartition(".")[2] for s in statements]
            _one_select(found, sql)
            answer = con.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()[0][0]
        except duckdb.Error as error:
            raise Invalid(_unparsed(error, sql), hint=ONE_SELECT) from None
    tree = json.loads(answer)
    if tree.get("error") or len(tree["statements"]) != 1:
        raise Invalid("The statement cannot be read as one SELECT.", hint=ONE_SELECT)
    return tree["statements"][0]


def _one_select(found: list[str], sql: str) -> None:
    if found == ["SELECT"]:
        return
    if not found:
        raise Invalid("The statement is empty.", hint=ONE_SELECT)
    if found == ["MULTI"] and "pivot" in sql.lower():
        raise Invalid(
            "PIVOT without the list of its values is not allowed.", hint="Write PIVOT ... ON column IN (...)."
        )
    word = found[0] if len(found) == 1 else f"{len(found)} statements"
    raise Invalid(f"Found {word}.", hint=ONE_SELECT)


def _unparsed(error: Exception, sql: str) -> str:
    from weft.engines.duck.complaint import place

    first = str(error).split("\n", 1)[0].removeprefix("Parser Error: ")
    return f"The statement cannot be parsed: {first[:300]}{place(str(error), sql)}"


_lock = threading.Lock()
_state: dict[str, duckdb.DuckDBPyConnection] = {}


def _connection() -> duckdb.DuckDBPyConnection:
    """An instance that parses and nothing else."""
    import duckdb

    if "parser" not in _state:
        config: dict[str, Any] = {
            "threads": "1",
            "memory_limit": "256MB",
            "enable_external_access": "false",
            "autoload_known_extensions": "false",
            "lock_configuration": "true",
        }
        _state["parser"] = duckdb.connect(":memory:", config=config)
    return _state["parser"]
