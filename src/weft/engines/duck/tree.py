"""Walk the tree that DuckDB's parser makes of a SELECT: what it names, and whether all of it is allowed.

Whatever this file does not know is refused, at every depth. No DuckDB and no pydantic in here: the worker judges too.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct, field

from weft.engines.duck.functions import ALLOWED, TABLES, why_not
from weft.errors import Invalid

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_REFERENCES = {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST", "TABLE_FUNCTION", "PIVOT"}
_PARTS = {"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER", "DISTINCT_MODIFIER"}
_ORDERS = {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
_EXPRESSIONS: dict[str, str | tuple[str, ...]] = {
    "BETWEEN": "COMPARE_",
    "CASE": "CASE_EXPR",
    "CAST": "OPERATOR_CAST",
    "COLLATE": "COLLATE",
    "COLUMN_REF": "COLUMN_REF",
    "COMPARISON": "COMPARE_",
    "CONJUNCTION": "CONJUNCTION_",
    "CONSTANT": "VALUE_CONSTANT",
    "FUNCTION": "FUNCTION",
    "LAMBDA": "LAMBDA",
    "OPERATOR": ("OPERATOR_", "COMPARE_", "ARRAY_", "STRUCT_EXTRACT", "ARROW", "GROUPING_FUNCTION"),
    "POSITIONAL_REFERENCE": "POSITIONAL_REFERENCE",
    "STAR": "STAR",
    "SUBQUERY": "SUBQUERY",
    "TYPE": "TYPE",
    "WINDOW": "WINDOW_",
}
"""Class of an expression -> how its types may begin."""

_TYPES = """
    array bigint bignum binary bit bitstring blob bool boolean bpchar bytea char date datetime dec decimal double
    enum float float4 float8 guid hugeint int int1 int128 int16 int2 int32 int4 int64 int8 integer integral interval
    json list logical long map null numeric nvarchar oid real row short signed smallint string struct text time
    time_ns timestamp timestamp_ms timestamp_ns timestamp_s timestamp_us timestamptz timestamptz_ns timetz tinyint tuple
    ubigint uhugeint uint128 uint16 uint32 uint64 uint8 uinteger union usmallint utinyint uuid varbinary varchar
    varint"""
_TYPE_NAMES = {*_TYPES.split(), "time with time zone", "timestamp with time zone"}

ONE_SELECT = "Allowed is exactly one SELECT over tables named domain.product.table."
_OFTEN = 1_000
_TWICE = 2


class Seen(Struct):
    """What one statement names."""

    counts: Counter[str] = field(default_factory=Counter)
    """Table -> how often it may be read: in a CTE as often as that is named, in an expression or recursion twice."""
    columns: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    """Last parts of the paths that name columns: one that is the name of a relation means its whole row."""
    relations: set[str] = field(default_factory=set)
    """Names and aliases of what stands in FROM."""
    opaque: bool = False
    """True when the needed columns cannot be told."""


Scope = dict[str, Counter[str]]
"""CTE in sight -> the tables that reading it reads."""


class Walk:
    """One walk over one statement."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.tables: dict[str, None] = {}
        """In order of first use."""

    def statement(self, node: Any) -> None:
        """Judge a whole statement.

        Raises:
            Invalid: something in it is not allowed.
        """
        self.seen.counts = self._any(node, {})

    def columns(self) -> frozenset[str] | None:
        """Every column that is named, or none when that cannot be told."""
        whole_rows = self.seen.ends & self.seen.relations
        return None if self.seen.opaque or whole_rows else frozenset(self.seen.columns)

    def _any(self, node: Any, scope: Scope) -> Counter[str]:
        if isinstance(node, list):
            return _sum(self._any(child, scope) for child in node)
        if not isinstance(node, dict):
            return Counter()
        if "class" in node:
            return self._expression(node, scope)
        kind = node.get("type")
        if kind in _QUERIES:
            return self._query(node, scope)
        if kind in _REFERENCES:
            return self._reference(node, scope)
        if isinstance(kind, str) and kind not in _PARTS and kind not in _ORDERS:
            raise _refused(kind)
        return self._children(node, scope)

    def _children(self, node: dict[str, Any], scope: Scope, *, without: tuple[str, ...] = ()) -> Counter[str]:
        return _sum(self._any(child, scope) for name, child in node.items() if name not in without)

    def _query(self, node: dict[str, Any], scope: Scope) -> Counter[str]:
        inner = dict(scope)
        for entry in (node.get("cte_map") or {}).get("map") or []:
            self._cte(entry["key"], entry["value"], inner)
        if node["type"] == "RECURSIVE_CTE_NODE":
            inner[_name(node["cte_name"])] = Counter()
        return self._children(node, inner, without=("cte_map", "sample"))

    def _cte(self, name: str, value: dict[str, Any], scope: Scope) -> None:
        body = value["query_node"]
        read = self._any(value, scope)  # it sees those before it; a recursive one sees itself through its node
        if body.get("type") == "RECURSIVE_CTE_NODE":
            read = _times(read, _TWICE)
        self.seen.relations.add(_name(name))
        scope[_name(name)] = read

    def _reference(self, node: dict[str, Any], scope: Scope) -> Counter[str]:
        kind = node["type"]
        if node.get("alias"):
            self.seen.relations.add(_name(node["alias"]))
        if kind == "BASE_TABLE":
            return self._table(node, scope)
        if kind == "TABLE_FUNCTION":
            _table_function(node["function"])
            return self._children(node["function"], scope)
        if kind == "PIVOT" or node.get("ref_type") == "NATURAL":
            self.seen.opaque = True
        self.seen.columns.update(_name(c) for c in node.get("using_columns") or [])
        return self._children(node, scope, without=("sample",))

    def _table(self, node: dict[str, Any], scope: Scope) -> Counter[str]:
        path = [_name(part) for part in node["qualified_name"]["path"]]
        if node.get("at_clause"):
            raise Invalid("The statement asks for an older version with AT, which is not answered.", hint=ONE_SELECT)
        self.seen.relations.add(path[-1])
        if node.get("column_name_alias"):
            self.seen.opaque = True
        if len(path) == 1 and path[0] in scope:
            return scope[path[0]]
        if any("." in part or "/" in part or not part for part in path):
            raise Invalid(
                f"The statement reads '{'.'.join(path)}', which is not the name of a table; files are not read.",
                hint=ONE_SELECT,
            )
        name = ".".join(path)
        self.tables[name] = None
        return Counter({name: 1})

    def _expression(self, node: dict[str, Any], scope: Scope) -> Counter[str]:
        kind, exact = node["class"], str(node.get("type"))
        if kind == "PARAMETER":
            raise Invalid("The statement has a parameter (? or $1), but values are not handed over.", hint=ONE_SELECT)
        if kind not in _EXPRESSIONS or not exact.startswith(_EXPRESSIONS[kind]):
            raise _refused(exact if kind in _EXPRESSIONS else kind)
        if kind == "CONSTANT":
            return Counter()
        if kind in {"FUNCTION", "WINDOW"}:
            self._function(node)
        elif kind == "TYPE":
            _type(node)
        elif kind in {"STAR", "POSITIONAL_REFERENCE"}:  # `#1` may be the first column of the table
            self.seen.opaque = True
        elif kind == "COLUMN_REF":
            self._named(node["column_names"])
        read = self._children(node, scope)
        return _times(read, _TWICE) if kind == "SUBQUERY" else read

    def _function(self, node: dict[str, Any]) -> None:
        name = _name(node["function_name"])
        if name not in ALLOWED:
            raise _no_function(name)
        if node.get("export_state"):
            raise Invalid("The statement asks for the inner state of an aggregate (EXPORT_STATE).", hint=ONE_SELECT)
        path = node["qualified_name"]["path"]
        if _name(path[-1]) != name:
            raise _refused("FUNCTION")
        self._named(path[:-1])  # `a.lower()` has its column there

    def _named(self, path: list[str]) -> None:
        self.seen.columns.update(_name(part) for part in path)
        self.seen.ends.update(_name(part) for part in path[-1:])


def _name(text: str) -> str:
    """DuckDB compares names without regard to the case of ASCII letters, and of those only."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def _sum(counters: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        for name, times in counter.items():
            total[name] = min(total[name] + times, _OFTEN)
    return total


def _times(counter: Counter[str], factor: int) -> Counter[str]:
    return Counter({name: min(times * factor, _OFTEN) for name, times in counter.items()})


def _table_function(node: dict[str, Any]) -> None:
    name = _name(str(node.get("function_name")))
    if node.get("class") != "FUNCTION" or name not in TABLES:
        raise _no_function(name, among=sorted(TABLES))


def _type(node: dict[str, Any]) -> None:
    if _name(str(node.get("type_name"))) not in _TYPE_NAMES:
        raise Invalid(f"The statement names the type '{node.get('type_name')}', which is not allowed.", hint=ONE_SELECT)


_WORDS = {
    "SHOW_REF": "DESCRIBE, SHOW or SUMMARIZE",
    "INSERT_QUERY_NODE": "INSERT",
    "UPDATE_QUERY_NODE": "UPDATE",
    "DELETE_QUERY_NODE": "DELETE",
    "MERGE_QUERY_NODE": "MERGE",
    "COPY_QUERY_NODE": "COPY",
    "DEFAULT": "DEFAULT",
}


def _refused(kind: str) -> Invalid:
    return Invalid(f"The statement holds {_WORDS.get(kind, kind)}, which is not allowed.", hint=ONE_SELECT)


def _no_function(name: str, among: list[str] | None = None) -> Invalid:
    from difflib import get_close_matches

    reason = why_not(name)
    near = among or get_close_matches(name, ALLOWED, n=3)
    hint = f"Allowed {'here ' if among else 'and near '}are {', '.join(near)}." if near else ""
    return Invalid(
        f"The statement calls the {'table ' if among else ''}function '{name}', which is not allowed"
        + (f": it {reason}." if reason and reason.split()[0].endswith("s") else "."),
        hint=hint,
    )
