"""Protection of every column after inheritance: no derived column is protected less than what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.lineage.trace import Traced, trace
from weft.model import CLASSIFICATIONS, Effective, Position, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.model import Declared, Placed, Property

STRICTEST = CLASSIFICATIONS[-1]
_LIVE = ("active", "deprecated")


def effective(declared: Declared) -> dict[str, dict[str, Effective]]:
    """Protection of each column, by table key (`a.b.c@1`) and column.

    A column is as protected as its contract says, its table (`weft.classification`) and its nested fields included,
    and as every column whose values reach it. Where lineage cannot be told it is restricted and has every tag of the
    tables that its statement reads.
    """
    found: dict[str, dict[str, Effective]] = {}
    for placed in declared.placed:
        found[placed.name.key] = _table(declared, placed, found)
    return found


def lowered(declared: Declared) -> tuple[Problem, ...]:
    """Columns of derived tables whose contract declares less than they inherit: refused."""
    known = effective(declared)
    problems = []
    for placed in declared.placed:
        for prop in placed.table.properties:
            found = known[placed.name.key][prop.name]
            if prop.classification and found.inherited and place(prop.classification) < place(found.classification):
                position = prop.position or placed.table.position or Position(file=str(placed.name))
                problems.append(Problem(position=position, message=_told(placed, prop, found)))
    return tuple(problems)


def traced(declared: Declared, placed: Placed) -> Traced:
    """Lineage of a derived table's own SQL; tables are named as the SQL may name them."""
    schemas = {
        name: tuple(prop.name for prop in source.table.properties) for name, source in inputs(declared, placed).items()
    }
    return trace(placed.shape.sql, schemas)


def inputs(declared: Declared, placed: Placed) -> dict[str, Placed]:
    """What a table's SQL reads, by the names it may use: `a.b.c@1`, and `a.b.c` for the newest of its inputs."""
    found: dict[str, Placed] = {}
    sources = [source for name in placed.shape.inputs if (source := declared.tables.get(name.key)) is not None]
    for source in sorted(sources, key=lambda p: (p.contract.status in _LIVE, p.name.major)):
        found[str(source.name)] = source
        found[source.name.key] = source
    return found


def place(word: str) -> int:
    """Place of a classification from the least protected (0): empty is internal, an unknown word is restricted."""
    word = word.strip().lower() or "internal"
    return CLASSIFICATIONS.index(word) if word in CLASSIFICATIONS else len(CLASSIFICATIONS) - 1


def _told(placed: Placed, prop: Property, found: Effective) -> str:
    less = f"'classification' of {placed.name}.{prop.name} is '{prop.classification}'"
    if any(not name.endswith("*") for name in found.inherited):
        return f"{less}, but it is made from {', '.join(found.inherited)}; allowed is '{found.classification}'"
    tables = ", ".join(name.removesuffix(".*") for name in found.inherited if name != "*") or "its inputs"
    return (
        f"{less}, but it cannot be told which columns of {tables} it is made from; allowed is "
        f"'{found.classification}', or name the columns one by one in {placed.shape.path or 'its SQL'}"
    )


def _table(declared: Declared, placed: Placed, known: Mapping[str, Mapping[str, Effective]]) -> dict[str, Effective]:
    declared_for_all = str(
        placed.table.custom.get("weft.classification") or placed.contract.custom.get("weft.classification", "")
    )
    own = {prop.name: _own(prop, declared_for_all) for prop in placed.table.properties}
    if placed.shape.kind != "derived":
        return own
    lineage = traced(declared, placed).columns
    sources = {name: known.get(source.name.key, {}) for name, source in inputs(declared, placed).items()}
    return {name: _inherited(one, lineage.get(name.lower()), sources) for name, one in own.items()}


def _own(prop: Property, declared_for_all: str) -> Effective:
    """What the contract says of a column, its nested fields and its table; the strictest of them."""
    words = [word for word in (prop.classification, declared_for_all) if word]
    tags = list(prop.tags)
    for inner in _nested(prop):
        words += [inner.classification] if inner.classification else []
        tags += inner.tags
    return Effective(classification=_strictest(words), tags=tuple(dict.fromkeys(tags)))


def _nested(prop: Property) -> Iterable[Property]:
    for inner in (*prop.properties, *((prop.items,) if prop.items else ())):
        yield inner
        yield from _nested(inner)


def _strictest(words: Iterable[str]) -> str:
    found = max((place(word) for word in words), default=place(""))
    return CLASSIFICATIONS[found]


def _inherited(
    own: Effective,
    origins: tuple[tuple[str, str], ...] | None,
    tables: Mapping[str, Mapping[str, Effective]],
) -> Effective:
    sources = _sources(origins, tables)
    if sources is None:
        return _unknown(own, tables)
    stricter = [
        name
        for name, source in sources.items()
        if place(source.classification) > place(own.classification) or not set(source.tags) <= set(own.tags)
    ]
    return Effective(
        classification=_strictest([own.classification, *(s.classification for s in sources.values())]),
        tags=tuple(dict.fromkeys([*own.tags, *(tag for s in sources.values() for tag in s.tags)])),
        inherited=tuple(stricter),
    )


def _sources(
    origins: tuple[tuple[str, str], ...] | None, tables: Mapping[str, Mapping[str, Effective]]
) -> dict[str, Effective] | None:
    """Protection of each origin, by its full name; none when one of them is not known."""
    if origins is None:
        return None
    found: dict[str, Effective] = {}
    for table, column in origins:
        source = tables.get(table, {}).get(column)
        if source is None:
            return None
        found[f"{table}.{column}"] = source
    return found


def _unknown(own: Effective, tables: Mapping[str, Mapping[str, Effective]]) -> Effective:
    """Restricted, with every tag of every column that could have reached it."""
    tags = [tag for columns in tables.values() for one in columns.values() for tag in one.tags]
    return Effective(
        classification=STRICTEST,
        tags=tuple(dict.fromkeys([*own.tags, *tags])),
        inherited=tuple(dict.fromkeys(f"{name.partition('@')[0]}.*" for name in tables)) or ("*",),
    )
