"""ForeignKey: values that must be there in another product's table."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from weft.errors import Invalid
from weft.kinds import Kind
from weft.quality.check import At, Counted
from weft.quality.text import ident

if TYPE_CHECKING:
    from weft.model import Relation

_PARTS = 4


class ForeignKey(Kind):
    """Counts the rows whose value the referenced column does not have; NULL refers to nothing and is fine."""

    references: tuple[str, ...]
    """`domain.product.table.column`; several for a key of several columns, in the order of `properties`."""
    properties: tuple[str, ...] = ()
    """Columns that refer; without them the column that the rule stands on."""
    tolerance: float = Field(0, ge=0)
    """Rows, or with the rule's unit percent of all rows, that may refer to nothing."""
    per_row: bool = False
    """Quarantine the rows that refer to nothing, instead of holding the publication."""

    @field_validator("references", mode="before")
    @classmethod
    def _one_or_more(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("references")
    @classmethod
    def _of_one_table(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((r for r in given if len(r.split(".")) != _PARTS or not all(r.split("."))), None)
        if wrong is not None or not given:
            raise ValueError(f"'{wrong or ''}' is not domain.product.table.column")
        if len({r.rpartition(".")[0] for r in given}) > 1:
            raise ValueError("the references must be columns of one table")
        return given

    @property
    def table(self) -> str:
        """`domain.product.table` that is referred to."""
        return self.references[0].rpartition(".")[0]

    def bad(self, at: At) -> str | None:
        """The row refers to nothing; None unless the rule quarantines."""
        return self._dangling(at) if self.per_row else None

    def measure(self, at: At) -> Counted:
        """Number of such rows."""
        relation = at.others.get(self.table)
        if relation is None:
            return Counted(problem=f"{self.table} is not published yet")
        return Counted(flag=self._dangling(at), relations={self.relation: relation})

    def default(self, at: At) -> tuple[str, float]:
        """As many as are tolerated."""
        return "mustBeLessOrEqualTo", self.tolerance

    def failing(self, at: At) -> tuple[str, dict[str, Relation]]:
        """Rows that refer to nothing."""
        relation = at.others.get(self.table)
        return self._dangling(at), {self.relation: relation} if relation else {}

    def needs(self) -> tuple[str, ...]:
        """The table that is referred to."""
        return (self.table,)

    @property
    def relation(self) -> str:
        """Name of the referenced rows in our SQL: a plain identifier, different for different tables."""
        plain = re.sub(r"\W", "_", self.table)
        return f"_weft_ref_{plain}_{zlib.crc32(self.table.encode()):08x}"

    def _dangling(self, at: At) -> str:
        names = [at.sql(p) for p in self.properties] or [at.column]
        theirs = [r.rpartition(".")[2] for r in self.references]
        if len(names) != len(theirs):
            raise Invalid(
                f"the rule '{at.rule.name}' has {len(names)} properties and {len(theirs)} references",
                hint="Name as many properties as references, in the same order.",
            )
        ours = ", ".join(names)
        there = ", ".join(ident(t) for t in theirs)
        present = " AND ".join(f"{n} IS NOT NULL" for n in names)
        known = " AND ".join(f"{ident(t)} IS NOT NULL" for t in theirs)
        left = f"({ours})" if len(names) > 1 else ours
        right = f"({there})" if len(names) > 1 else there
        return f"{present} AND {left} NOT IN (SELECT {right} FROM {self.relation} WHERE {known})"
