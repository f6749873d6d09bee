"""What a quality check is: a kind that compiles a rule to SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct, field

from weft.errors import Invalid
from weft.quality.past import Past
from weft.quality.text import ident

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Property, Relation, Rule, Table

OWN = "rows"
"""Name of the relation that holds the table's own rows; quoted in SQL, since it is a word of the grammar."""


class At(Struct, frozen=True):
    """Where a check stands."""

    rule: Rule
    table: Table
    others: Mapping[str, Relation] = field(default_factory=dict)
    """Published rows of other tables by `domain.product.table`."""
    past: Past = field(default_factory=Past)

    @property
    def column(self) -> str:
        """SQL of the rule's column, or of the field of an object.

        Raises:
            Invalid: the rule stands on no column, or on one that the table does not have.
        """
        return self.sql(self._named)

    @property
    def prop(self) -> Property:
        """The property that the rule stands on."""
        return self.find(self._named)

    @property
    def _named(self) -> str:
        return self.rule.column or str(self.rule.arguments.get("property", ""))

    def sql(self, name: str) -> str:
        """SQL of a property by name, or of the field of an object by its path `address.city`.

        Raises:
            Invalid: the table has none of that name.
        """
        self.find(name)
        whole = any(prop.name == name for prop in self.table.properties)
        return ident(name) if whole else ".".join(ident(part) for part in name.split("."))

    def find(self, name: str) -> Property:
        """A property of the table by name, or the field of an object by its path.

        Raises:
            Invalid: the table has none of that name; lists those that it has.
        """
        for prop in self.table.properties:
            if prop.name == name:
                return prop
        inner, parts = self.table.properties, name.split(".")
        for number, part in enumerate(parts, start=1):
            found = next((prop for prop in inner if prop.name == part), None)
            if found is None:
                break
            if number == len(parts):
                return found
            inner = found.properties
        where = f"{self.rule.position}: " if self.rule.position else ""
        known = ", ".join(p.name for p in self.table.properties)
        raise Invalid(
            f"{where}the rule '{self.rule.name}' stands on '{name}', which table '{self.table.name}' does not have"
            if name
            else f"{where}the rule '{self.rule.name}' of table '{self.table.name}' stands on no property",
            hint=f"Its properties are {known}.",
        )


class Counted(NamedTuple):
    """How a check measures; exactly one of the first four is given, or a problem."""

    aggregate: str = ""
    """Aggregate over the table's own rows, computed in the one scan that all rules share."""
    flag: str = ""
    """Condition over one row that may look into `relations`; the rows for which it holds are counted in that scan."""
    unique: tuple[str, ...] = ()
    """SQL of columns that are to be unique together; surplus rows are counted in the one pass that all such share."""
    query: str = ""
    """A SELECT of one number, for what needs a pass of its own."""
    relations: Mapping[str, Relation] = {}
    """Other relations that the flag or the query names."""
    locked: bool = False
    """The query holds text of an owner."""
    share: bool = True
    """A number of rows: percent are of all rows. False: the number is what it is."""
    problem: str = ""
    """Why it cannot be measured now: one clause."""
    unit: str = ""
    """What the number counts when it is no share of rows: `hours`; empty = nothing is said."""
    note: str = ""
    """What else is to be known: `learning, 3 of 7 runs are known`."""


class Check(Protocol):
    """A frozen model (`weft.kinds.Kind`) whose fields are the arguments of the rule.

    It may have besides: `default(at)`, the operator and threshold of a rule that gives none; `failing(at)`, condition
    and relations that tell the rows to blame where `bad` does not; `WANTS`, which of `before` and `arrivals` of the
    past it looks at; `TIMED`, true when it may fail without new rows.
    """

    def bad(self, at: At) -> str | None:
        """SQL condition over one row that holds when it breaks the rule; None when rows do not decide it."""

    def measure(self, at: At) -> Counted:
        """How to measure it over the whole table."""

    def needs(self) -> tuple[str, ...]:
        """`domain.product.table` of other tables that it looks into."""
