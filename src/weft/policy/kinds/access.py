"""Access: tables that are read only where a condition holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from weft.kinds import Kind
from weft.model import Placed, Policy
from weft.policy.condition import faults, holds
from weft.policy.match import Except, TableMatch, about
from weft.policy.obligation import Obligation, Subject

if TYPE_CHECKING:
    from weft.policy.condition import Fault


class Access(Kind):
    """Refuses to read the tables that it matches unless a condition holds. It opens nothing: policies only narrow."""

    match: TableMatch
    """Which tables."""
    condition: str = Field(min_length=1, max_length=2000)
    """CEL that is true or false: `purpose == "billing" && "auditor" in actor.roles`. Variables: actor.id, actor.kind,
    actor.roles, actor.teams, actor.domains (roles by domain), purpose, table, domain, product, classification (the
    strictest of the table's columns), tags (of table, contract, product and columns), time. What cannot be evaluated
    refuses."""
    reason: str = ""
    """Why, for who is refused: `salaries are read for payroll only`."""
    exceptions: tuple[Except, ...] = Field((), alias="except")
    """Whom it lets off."""

    def oblige(self, subject: Subject, policy: Policy) -> Obligation:
        """Refuses where the condition does not hold."""
        if not self.about(subject.placed, policy):
            return Obligation()
        if any(e.holds(subject.actor, subject.placed.name.domain, subject.purpose) for e in self.exceptions):
            return Obligation(note=f"asks for a condition, but makes an exception for {subject.actor.id}")
        if holds(self.condition, subject):
            return Obligation(note="asks for a condition, which holds")
        return Obligation(denial=f"refuses it: {self.reason or 'its condition does not hold: ' + self.condition}")

    def about(self, placed: Placed, policy: Policy) -> bool:
        """Whether it is about that table."""
        return about(self.match, placed, policy.domain)

    def faults(self) -> dict[str, tuple[Fault, ...]]:
        """What is wrong inside of texts, by field."""
        return {"condition": faults(self.condition)}
