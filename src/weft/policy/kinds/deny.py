"""Deny: tables that nobody reads, except some."""

from __future__ import annotations

from pydantic import Field

from weft.kinds import Kind
from weft.model import Placed, Policy
from weft.policy.match import Except, TableMatch, about
from weft.policy.obligation import Obligation, Subject


class Deny(Kind):
    """Refuses to read the tables that it matches, except to some; not even a grant opens them then."""

    match: TableMatch
    """Which tables."""
    reason: str = ""
    """Why, for who is refused: `under legal hold until the case is closed`."""
    exceptions: tuple[Except, ...] = Field((), alias="except")
    """Whom it lets off."""

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """Refuses whoever is not excepted."""
        if not self.about(subject.placed, policy):
            return Obligation()
        if any(e.holds(subject.actor, subject.placed.name.domain, subject.purpose) for e in self.exceptions):
            return Obligation(note=f"would refuse it, but makes an exception for {subject.actor.id}")
        return Obligation(denial=f"refuses it{': ' + self.reason if self.reason else ''}")

    def about(self, placed: Placed, policy: Policy) -> bool:
        """Whether it is about that table."""
        return about(self.match, placed, policy.domain)
