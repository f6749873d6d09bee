"""What a quality check is: a kind that compiles a rule to SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from weft.errors import Invalid
from weft.quality.text import ident

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Property, Relation, Rule, Table

OWN = "rows"
"""Name of the relation that holds the table's own rows; quoted in SQL, since it is a word of the grammar."""


@dataclass(frozen=True)
class At:
    """Where a check stands."""

    rule: Rule
    table: Table
    others: Mapping[str, Relation] = field(default_factory=dict)
    """Published rows of other tables by `domain.product.table`."""

    @property
    def column(self) -> str:
        """SQL of the rule's column.

        Raises:
            Invalid: the rule stands on no column, or on one that the table does not have.
        """
        return ident(self.prop.name)

    @property
    def prop(self) -> Property:
        """The property that the rule stands on."""
        return self.find(self.rule.column or str(self.rule.arguments.get("property", "")))

    def find(self, name: str) -> Property:
        """A property of the table by name.

        Raises:
            Invalid: the table has none of that name; lists those that it has.
        """
        for prop in self.table.properties:
            if prop.name == name:
                return prop
        where = f"{self.rule.position}: " if self.rule.position else ""
        known = ", ".join(p.name for p in self.table.properties)
        raise Invalid(
            f"{where}the rule '{self.rule.name}' stands on '{name}', which table '{self.table.name}' does not have"
            if name
            else f"{where}the rule '{self.rule.name}' of table '{self.table.name}' stands on no property",
            hint=f"Its properties are {known}.",
        )


class Counted(NamedTuple):
    """How a check measures; exactly one of the first two is given, or a problem."""

    aggregate: str = ""
    """Aggregate over the table's own rows, computed in the one scan that all rules share."""
    query: str = ""
    """A SELECT of one number, for what needs a pass of its own."""
    relations: Mapping[str, Relation] = {}
    """Other relations that the query names."""
    locked: bool = False
    """The query holds text of an owner."""
    share: bool = True
    """A number of rows: percent are of all rows. False: the number is what it is."""
    problem: str = ""
    """Why it cannot be measured now: one clause."""


class Check(Protocol):
    """A frozen model (`weft.kinds.Kind`) whose fields are the arguments of the rule."""

    def bad(self, at: At) -> str | None:
        """SQL condition over one row that holds when it breaks the rule; None when rows do not decide it."""

    def measure(self, at: At) -> Counted:
        """How to measure it over the whole table."""

    def needs(self) -> tuple[str, ...]:
        """`domain.product.table` of other tables that it looks into."""
