"""Is a newer contract one that the consumers of the older one can live with?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from weft.contracts.column_types import duck_type
from weft.model import CLASSIFICATIONS
from weft.model.noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.model import Contract, Property, Rule, Table


class Difference(Noun):
    """One thing in which a newer contract differs from an older one."""

    breaking: bool
    """Whoever reads the data today may be broken by it."""
    table: str = ""
    """Empty = the contract as a whole."""
    column: str = ""
    """Dotted path of a property; empty = the table."""
    text: str
    """What changed, and why it breaks if it does: one sentence."""
    wording: bool = False
    """Only what people read about the data changes, not the data or its rules."""

    @property
    def kind(self) -> Literal["breaking", "compatible", "documentation"]:
        """Its class."""
        return "breaking" if self.breaking else "documentation" if self.wording else "compatible"


_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def compare(old: Contract, new: Contract) -> tuple[Difference, ...]:
    """What changed for those who read the data.

    The verdict is the consumers': they rely on what the old contract promised. What is taken away, renamed, retyped or
    no longer ruled out (a value that may be missing, a wider range, a new value of a closed list) breaks. What is added
    or promised more does not: it may quarantine more rows, which is the producer's matter and is said. Three things
    never break, since a new major version must not stand in their way: protection (classification, tags, roles),
    lifecycle, and quality rules, whose loosening is said. How rows come in (stream, formats of the source) is no
    promise to consumers.

    Args:
        old: the contract that is applied.
        new: the one that would take its place.

    Returns:
        Breaking ones first, in the order of the old contract; empty when nothing that matters to anybody changed.
    """
    ours, theirs = {t.name: t for t in old.tables}, {t.name: t for t in new.tables}
    found = [*_whole(old, new)]
    for name, table in ours.items():
        found += _tables(table, theirs[name]) if name in theirs else [_gone_table(table, theirs, ours)]
    found += [_added(t) for name, t in theirs.items() if name not in ours]
    return tuple(sorted(found, key=lambda d: not d.breaking))


def _whole(old: Contract, new: Contract) -> Iterator[Difference]:
    if old.status != new.status:
        yield _fine(f"the status goes from {old.status or 'none'} to {new.status or 'none'}")
    if old.sla != new.sla:
        yield _fine("the service levels change")
    if old.price != new.price:
        yield _fine("the price changes")
    gone = sorted({r.role for r in old.roles} - {r.role for r in new.roles})
    if gone:
        yield _fine(f"the roles {', '.join(gone)} may no longer read")
    more = sorted({r.role for r in new.roles} - {r.role for r in old.roles})
    if more:
        yield _fine(f"the roles {', '.join(more)} may read")


def _gone_table(table: Table, theirs: Mapping[str, Table], ours: Mapping[str, Table]) -> Difference:
    same = next((t.name for n, t in theirs.items() if n not in ours and t.properties == table.properties), "")
    what = f"is renamed to '{same}'" if same else "is taken away"
    return Difference(
        breaking=True, table=table.name, text=f"the table '{table.name}' {what}: who reads it by its name finds nothing"
    )


def _added(table: Table) -> Difference:
    return Difference(breaking=False, table=table.name, text=f"the table '{table.name}' is new")


def _tables(old: Table, new: Table) -> Iterator[Difference]:
    if old.primary_key != new.primary_key:
        yield Difference(
            breaking=True,
            table=old.name,
            text=f"the primary key of '{old.name}' goes from {_listed(old.primary_key)} to {_listed(new.primary_key)}: "
            "what one row stands for changes",
        )
    for difference in _fields(old.properties, new.properties, ""):
        yield difference.model_copy(update={"table": old.name})
    for difference in _rules(old, new):
        yield difference.model_copy(update={"table": old.name})


def _listed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})" if names else "none"


def _fields(old: tuple[Property, ...], new: tuple[Property, ...], path: str) -> Iterator[Difference]:
    ours, theirs = {p.name: p for p in old}, {p.name: p for p in new}
    for name, prop in ours.items():
        if name in theirs:
            yield from _properties(prop, theirs[name], f"{path}{name}")
        else:
            yield _gone(prop, theirs, ours, f"{path}{name}")
    for name, prop in theirs.items():
        if name not in ours:
            must = ", which the source must have" if prop.required else ""
            yield Difference(breaking=False, column=f"{path}{name}", text=f"the column '{path}{name}' is new{must}")


def _gone(prop: Property, theirs: Mapping[str, Property], ours: Mapping[str, Property], path: str) -> Difference:
    rest = {"name", "position", "physical_name", "quality"}
    added = [p for n, p in theirs.items() if n not in ours]
    same = [p.name for p in added if p.model_dump(exclude=rest) == prop.model_dump(exclude=rest)]
    cased = next((p.name for p in added if p.name.lower() == prop.name.lower()), same[0] if len(same) == 1 else "")
    what = f"is renamed to '{cased}'" if cased else "is taken away"
    return Difference(breaking=True, column=path, text=f"the column '{path}' {what}: queries that name it fail")


def _properties(old: Property, new: Property, path: str) -> Iterator[Difference]:
    yield from (d.model_copy(update={"column": path}) for d in _own(old, new, path))
    if old.type == new.type:
        yield from _fields(old.properties, new.properties, f"{path}.")
        if old.items and new.items:
            yield from _properties(old.items, new.items, f"{path}.items")


def _own(old: Property, new: Property, path: str) -> Iterator[Difference]:
    one, other = _shape(old), _shape(new)
    if one != other:
        yield _breaks(f"the type of '{path}' goes from {one} to {other}: what readers do with its values may fail")
    if old.required and not (new.required or new.key) and not old.key:
        yield _breaks(f"'{path}' is no longer required: readers find NULL where they relied on a value")
    elif (new.required or new.key) and not (old.required or old.key):
        yield _fine(f"'{path}' becomes required: rows without it are quarantined from now on")
    if old.unique and not new.unique:
        yield _breaks(f"'{path}' is no longer unique: joins on it may double rows")
    elif new.unique and not old.unique:
        yield _fine(f"'{path}' becomes unique: doubles hold the publication from now on")
    yield from _protection(old, new, path)
    if one == other:
        yield from _enum(old, new, path)
        yield from _options(old, new, path)
    if old.description != new.description or old.business_name != new.business_name:
        yield Difference(breaking=False, text=f"the description of '{path}' changes", wording=True)


def _shape(prop: Property) -> str:
    # What lies inside is compared by itself.
    if prop.type == "object" and prop.properties:
        return "object with fields"
    if prop.type == "array" and prop.items is not None:
        return "array of items"
    return f"{prop.type} ({duck_type(prop)})" if prop.type == "number" else prop.type


def _breaks(text: str) -> Difference:
    return Difference(breaking=True, text=text)


def _fine(text: str) -> Difference:
    return Difference(breaking=False, text=text)


def _protection(old: Property, new: Property, path: str) -> Iterator[Difference]:
    one, other = _rank(old.classification), _rank(new.classification)
    if one != other:
        words = "stricter: it is masked for more readers" if other > one else "weaker"
        before, after = old.classification or "internal", new.classification or "internal"
        yield _fine(f"'{path}' goes from {before} to {after}, which is {words}")
    more, less = sorted(set(new.tags) - set(old.tags)), sorted(set(old.tags) - set(new.tags))
    if more or less:
        listed = [f"+{t}" for t in more] + [f"-{t}" for t in less]
        yield _fine(f"the tags of '{path}' change ({', '.join(listed)}): masks go by tags")


def _rank(classification: str) -> int:
    word = classification or "internal"
    return CLASSIFICATIONS.index(word) if word in CLASSIFICATIONS else len(CLASSIFICATIONS)


def _enum(old: Property, new: Property, path: str) -> Iterator[Difference]:
    ours, theirs = [str(_value(v)) for v in old.enum], [str(_value(v)) for v in new.enum]
    if not ours and theirs:
        yield _fine(f"the values of '{path}' become a closed list: others are quarantined from now on")
    elif ours and not theirs:
        yield _breaks(f"the values of '{path}' are no longer a closed list: readers meet values that they do not know")
    else:
        more, less = [v for v in theirs if v not in ours], [v for v in ours if v not in theirs]
        if more:
            yield _breaks(
                f"'{path}' may have new values ({', '.join(more)}): readers meet values that they do not know"
            )
        if less:
            yield _fine(f"'{path}' may no longer be {', '.join(less)}: such rows are quarantined from now on")


def _value(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _options(old: Property, new: Property, path: str) -> Iterator[Difference]:
    for option in sorted({*old.options, *new.options}):
        one, other = old.options.get(option), new.options.get(option)
        if one == other:
            continue
        if option in ("format", "timezone", "defaultTimezone") and old.type in ("date", "timestamp", "time"):
            yield _fine(f"{option} of '{path}' goes from {one} to {other}: the source is read in another way")
        elif other is None or (one is not None and _wider(option, one, other)):
            yield _breaks(
                f"{option} of '{path}' goes from {one} to {other or 'none'}: readers meet values that were ruled out"
            )
        else:
            yield _fine(
                f"{option} of '{path}' goes from {one or 'none'} to {other}: other rows are quarantined from now on"
            )


def _wider(option: str, one: Any, other: Any) -> bool:
    """Whether the newer option lets values in that the older one ruled out, as far as can be told; else it does."""
    try:
        if option in _LOWER:
            return bool(other < one)
        if option in _UPPER:
            return bool(other > one)
        if option == "multipleOf":
            return float(other) % float(one) != 0
    except (TypeError, ValueError, ZeroDivisionError):
        return True
    if option == "required":
        return not set(one) <= set(other)
    return not (option == "uniqueItems" and other)


def _rules(old: Table, new: Table) -> Iterator[Difference]:
    ours, theirs = _errors(old), _errors(new)
    for name, rule in {**ours, **theirs}.items():
        if name not in theirs:
            text = f"the rule '{name}' is dropped or no longer an error: readers that rely on it should know"
        elif name not in ours:
            text = f"the rule '{name}' is new as an error: it quarantines rows or holds publications from now on"
        elif _said(ours[name]) != _said(rule):
            text = f"the rule '{name}' changes"
        else:
            continue
        yield Difference(breaking=False, column=rule.column or "", text=text)


def _errors(table: Table) -> dict[str, Rule]:
    return {r.name: r for r in table.rules if r.severity == "error" and r.type != "text"}


def _said(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(exclude={"position", "description", "dimension", "name"})
