"""What weft asks of a contract beyond the standard: names that engines take, facts of ours that it knows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from weft.kinds.explain import listed, shown, unknown_key
from weft.model import CLASSIFICATIONS, HIDDEN, Contract, Problem, Property, Table
from weft.spec.quality import severity
from weft.spec.text import position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.spec.text import Node

    Path = tuple[str | int, ...]

DRIFTS = ("evolve", "freeze", "quarantine")
OURS = ("weft.stream", "weft.drift", "weft.cursor", "weft.classification", "weft.was")
"""Facts of ours on a schema object."""
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
_UNITS = ("rows", "percent")


def check_contract(contract: Contract, root: Node, file: str) -> tuple[Problem, ...]:
    """What stands in the way of a contract in a mesh; for a document on its own these are warnings.

    Args:
        contract: its noun.
        root: the document that it comes from.
        file: its path, for positions.
    """
    found: list[Problem] = []

    def complain(path: Path, message: str, *, warning: bool = False) -> None:
        where, warning = position(root, path, file), warning or not contract.product
        found.append(Problem(position=where, message=message, severity="warning" if warning else "error"))

    if contract.status not in STATUSES:
        text = f"'status' is {shown((), contract.status)}, known are {listed(STATUSES)}"
        complain(("status",), text, warning=True)
    for n, table in enumerate(contract.tables):
        for path, message, warning in _table(table, ("schema", n)):
            complain(path, message, warning=warning)
    for path, message in _rules(root.value):
        complain(path, message)
    return tuple(found)


def _table(table: Table, path: Path) -> Iterator[tuple[Path, str, bool]]:
    at = (*path, "name")
    if not table.name.isidentifier() or not table.name.isascii():
        text = "letters, digits and underscores, starting with a letter"
        yield at, f"the table is named {shown((), table.name)}, allowed are {text}", False
    if table.name.lower().startswith(HIDDEN):
        yield at, f"names that start with {HIDDEN} are weft's own", False
    for key, index in _customs(table):
        yield (*path, "customProperties", index), f"{unknown_key(key, OURS)}", True
    if table.drift not in DRIFTS:
        where = (*path, "customProperties")
        yield where, f"'weft.drift' is {shown((), table.drift)}, allowed are {listed(DRIFTS)}", False
    names = [p.name for p in table.properties]
    if table.cursor and table.cursor not in names:
        where = (*path, "customProperties")
        yield where, f"'weft.cursor' is {shown((), table.cursor)}, allowed are columns: {listed(names)}", False
    yield from _columns(table.properties, (*path, "properties"))


def _columns(properties: tuple[Property, ...], path: Path) -> Iterator[tuple[Path, str, bool]]:
    # Engines do not tell apart names that differ by case only.
    counts = Counter(p.name.lower() for p in properties)
    for n, column in enumerate(properties):
        at = (*path, n, "name")
        if counts[column.name.lower()] > 1:
            yield at, f"the column {shown((), column.name)} is there {counts[column.name.lower()]} times", False
        if column.name.lower().startswith(HIDDEN):
            yield at, f"names that start with {HIDDEN} are weft's own", False
        if column.classification and column.classification not in CLASSIFICATIONS:
            text = f"known are {listed(CLASSIFICATIONS)}; any other word counts as restricted"
            yield (*path, n, "classification"), f"'classification' is {shown((), column.classification)}, {text}", True
        yield from _columns(column.properties, (*path, n, "properties"))


def _customs(table: Table) -> Iterator[tuple[str, int]]:
    for index, key in enumerate(table.custom):
        if key.startswith("weft.") and key not in OURS:
            yield key, index


def _rules(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Severities and units that weft would have to guess."""
    if isinstance(data, list):
        for n, item in enumerate(data):
            yield from _rules(item, (*path, n))
    elif isinstance(data, dict):
        for key, item in data.items():
            if key in ("schema", "properties", "items"):
                yield from _rules(item, (*path, key))
            elif key == "quality" and isinstance(item, list):
                for n, rule in enumerate(item):
                    yield from _rule(rule, (*path, key, n))


def _rule(rule: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    word = rule.get("severity", "")
    if severity(word) is None:
        text = f"'severity' is {shown((), word)}, allowed are error, warning, info"
        yield (*path, "severity"), text
    unit = rule.get("unit", "rows")
    if "metric" in rule and unit not in _UNITS:
        yield (*path, "unit"), f"'unit' is {shown((), unit)}, allowed are {listed(_UNITS)}"
