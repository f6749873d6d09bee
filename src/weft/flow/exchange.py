"""Rules exchanged with dbt: tests of a schema file into contracts, rules of tables into a schema file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft import spec
from weft.errors import Invalid
from weft.quality import dbt, dbt_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.model import Contract, Declared, Placed, Rule, Table


class Imported(Struct, frozen=True):
    """Rules of a schema file, by table."""

    rules: dict[str, tuple[Rule, ...]]
    unread: tuple[str, ...]
    """What was not understood."""


def import_rules(content: bytes, file: str, known: Declared | None) -> Imported:
    """The rules that the tests of a dbt schema file come to.

    Args:
        content: the YAML.
        file: its name, for messages.
        known: the mesh in which tests on relationships look for tables; none = they are not understood.
    """

    def resolve(name: str) -> str | None:
        named = {str(p.name) for p in known.placed if p.name.table.lower() == name.lower()} if known else set()
        return named.pop() if len(named) == 1 else None

    found = dbt.read(spec.load(content, file), resolve)
    return Imported({name: tuple(rules) for name, rules in found.rules.items()}, tuple(found.unread))


def merged(content: bytes, file: str, found: Imported) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
    """A contract with the imported rules that it does not say already.

    Returns:
        The contract's text, the rules that were added as `table: rule`, and why others were not.

    Raises:
        Invalid: it is no contract, or cannot be added to.
    """
    contract = spec.read_contract(file, content)
    added: list[str] = []
    left: list[str] = []
    places: dict[tuple[str | int, ...], list[Rule]] = {}
    for name, rules in found.rules.items():
        number = next((n for n, t in enumerate(contract.tables) if t.name.lower() == name.lower()), None)
        if number is None:
            left.append(f"{name}: the contract has no such table")
            continue
        for rule in rules:
            path, why = _path(contract.tables[number], number, rule)
            if why:
                left.append(f"{name}: {why}")
            else:
                places.setdefault(path, []).append(rule)
                added.append(f"{name}: {rule.name}")
    return _checked(file, spec.insert_rules(content, places), contract), tuple(added), tuple(left)


def export_rules(known: Declared, tables: Sequence[Placed]) -> tuple[str, tuple[str, ...]]:
    """A dbt schema file of these tables, and what has no counterpart there."""

    def ref(name: str) -> str:
        return f"ref('{known.tables[name].name.table if name in known.tables else name.rpartition('.')[2]}')"

    written = [dbt_write.write(placed, ref) for placed in tables]
    models: list[dict[str, Any]] = [entry for entry, _ in written]
    return spec.dump({"version": 2, "models": models}), tuple(text for _, left in written for text in left)


def _path(table: Table, number: int, rule: Rule) -> tuple[tuple[str | int, ...], str]:
    """Where a rule is to stand; or why it is not to."""
    said = [r for r in table.rules if _same(r, rule)]
    if said:
        return (), f"{rule.name} is said already, by the rule '{said[0].name}'"
    if not rule.column:
        return ("schema", number), ""
    place = next((n for n, p in enumerate(table.properties) if p.name.lower() == rule.column.lower()), None)
    if place is None:
        return (), f"{rule.name}: there is no column '{rule.column}'"
    prop = table.properties[place]
    implied = (rule.metric == "nullValues" and (prop.required or prop.key)) or (
        rule.metric == "duplicateValues" and (prop.unique or table.primary_key == (prop.name,))
    )
    return ((), f"{rule.name}: the column says it itself") if implied else (("schema", number, "properties", place), "")


def _same(one: Rule, other: Rule) -> bool:
    def said(rule: Rule) -> tuple[Any, ...]:
        given = {k: v for k, v in rule.arguments.items() if k != "property"}
        operator = (rule.operator or "mustBe", rule.threshold if rule.operator else 0)
        return rule.metric, (rule.column or "").lower(), rule.query, operator, repr(sorted(given.items()))

    return said(one) == said(other)


def _checked(file: str, content: bytes, before: Contract) -> bytes:
    """The text, if it still is that contract."""
    after = spec.read_contract(file, content)
    if [t.name for t in after.tables] != [t.name for t in before.tables]:
        raise Invalid(f"the rules cannot be put into {file}", hint="Add them by hand: weft quality import FILE")
    return content


def texts(rules: Iterable[Rule]) -> list[str]:
    """Rules as entries of ODCS `quality`, one line each."""
    return [spec.flow(spec.rule_fields(rule)) for rule in rules]
