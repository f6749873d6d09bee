"""RowFilter: rows that are seen, by comparisons of columns with constants or attributes of the actor."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from weft.errors import Invalid
from weft.kinds import Kind
from weft.model import Actor, Comparison, Placed, Policy, Property, Table
from weft.policy.match import Except, TableMatch, about
from weft.policy.obligation import Obligation, Subject
from weft.policy.values import constant


class Where(Kind):
    """One comparison; a row is seen when all hold."""

    column: str
    """Column of the table; it is compared as it is, also where a mask hides it."""
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in"] = "="
    """How they are compared; a row without a value is never seen."""
    value: Any = None
    """A constant, for in and not in a list of them."""
    actor: str = ""
    """Instead of a value: the name of an attribute of the actor, or `id`."""

    @model_validator(mode="after")
    def _one_side(self) -> Where:
        if (self.value is None) == (not self.actor):
            raise ValueError("a comparison needs either 'value' or 'actor'")
        if isinstance(self.value, list | tuple) and self.operator not in ("in", "not in"):
            raise ValueError(f"'{self.operator}' compares with one value, a list needs 'in' or 'not in'")
        return self

    def compare(self, table: Table, actor: Actor) -> Comparison:
        """The comparison with everything filled in.

        Raises:
            Invalid: no such column or attribute, or a value of another type than the column.
        """
        column = self._property(table)
        found = self._constants(column, self.value if not self.actor else _attribute(actor, self.actor))
        if self.operator in ("in", "not in"):
            return Comparison(column=column.name, operator=self.operator, value=found)
        if len(found) != 1:
            raise Invalid(f"'{self.column} {self.operator}' needs one value, found are {len(found)}")
        return Comparison(column=column.name, operator=self.operator, value=found[0])

    def check(self, table: Table) -> None:
        """See whether it can hold for that table, as far as that does not depend on the actor.

        Raises:
            Invalid: no such column, or a value of another type than the column.
        """
        column = self._property(table)
        self._constants(column, [] if self.actor else self.value)

    def _property(self, table: Table) -> Property:
        for column in table.properties:
            if column.name.lower() == self.column.lower():
                return column
        raise Invalid(f"the table '{table.name}' has no column '{self.column}' to filter by")

    def _constants(self, column: Property, value: Any) -> tuple[Any, ...]:
        values = list(value) if isinstance(value, list | tuple) else [value]
        return tuple(constant(v, column.type, self.column) for v in values)


class RowFilter(Kind):
    """Shows only the rows for which all comparisons hold, except to some."""

    match: TableMatch
    """Which tables."""
    where: tuple[Where, ...]
    """What must hold for a row to be seen."""
    exceptions: tuple[Except, ...] = Field((), alias="except")
    """Who sees all rows, as far as this policy goes."""

    @model_validator(mode="after")
    def _filters(self) -> RowFilter:
        if not self.where:
            raise ValueError("'where' is empty, at least one comparison is needed")
        return self

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """The comparisons, with attributes of the actor filled in."""
        if not self.about(subject.placed, policy):
            return Obligation()
        domain = subject.placed.name.domain
        if any(e.holds(subject.actor, domain, subject.purpose) for e in self.exceptions):
            columns = ", ".join(where.column for where in self.where)
            return Obligation(note=f"would filter rows by {columns}, but makes an exception for {subject.actor.id}")
        return Obligation(filters=tuple(w.compare(subject.placed.table, subject.actor) for w in self.where))

    def about(self, placed: Placed, policy: Policy) -> bool:
        """Whether it is about that table."""
        return about(self.match, placed, policy.domain)


def _attribute(actor: Actor, name: str) -> Any:
    if name == "id":
        return actor.id
    if name not in actor.attributes or actor.attributes[name] is None:
        raise Invalid(
            f"{actor.id} has no attribute '{name}' to filter by",
            hint="An attribute stands in the document of the person, team or service account.",
        )
    return actor.attributes[name]
