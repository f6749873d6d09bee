"""A policy type: a column that is never shown to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.kinds import Kind
from weft.model import Mask
from weft.policy import Obligation

if TYPE_CHECKING:
    from weft.model import Policy
    from weft.policy import Subject


class Weekend(Kind):
    """Redacts a column for everybody: whoever works at weekends should stop."""

    column: str
    """Name of the column."""

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """The mask, where the table has such a column."""
        if not any(c.name == self.column for c in subject.columns):
            return Obligation()
        return Obligation(masks={self.column: Mask(kind="redact")}, because={self.column: "it is the weekend"})
