"""Freshness: how old the newest row is."""

from __future__ import annotations

from typing import ClassVar

from weft.errors import Invalid
from weft.kinds import Kind
from weft.model import SLA
from weft.quality.check import At, Counted
from weft.quality.span import hours

_LEVELS = ("freshness", "latency", "fr", "ly")
_TYPES = ("timestamp", "date")


class Freshness(Kind):
    """Hours between the newest value of a timestamp or date column and now; at most what is promised.

    A date counts from its begin. Judged with every version, and with every run that brings nothing new.
    """

    within: str = ""
    """How old the newest row may be: `90m`, `24h`, `7d`; without it what the contract's slaProperties promise as
    freshness or latency."""

    TIMED: ClassVar[bool] = True

    def bad(self, at: At) -> None:
        """A row alone does not decide it."""

    def measure(self, at: At) -> Counted:
        """Age of the newest value in hours."""
        if at.prop.type not in _TYPES:
            raise Invalid(f"the rule '{at.rule.name}' stands on a {at.prop.type}, allowed are {', '.join(_TYPES)}")
        self.default(at)
        if at.past.now is None:
            return Counted(problem="the time is not known", share=False, unit="hours")
        newest = f"max(epoch(CAST({at.column} AS TIMESTAMP WITH TIME ZONE)))"
        age = f"({at.past.now.timestamp()!r} - {newest}) / 3600"
        return Counted(aggregate=age, share=False, unit="hours")

    def default(self, at: At) -> tuple[str, float]:
        """At most the promised age.

        Raises:
            Invalid: nothing is promised, or it cannot be read.
        """
        if self.within:
            return "mustBeLessOrEqualTo", hours(self.within, at.rule.name)
        if at.rule.operator:
            return at.rule.operator, at.rule.threshold
        level = next((s for s in at.past.contract.sla if self._promises(s, at)), None) if at.past.contract else None
        if level is None and at.past.contract is not None:
            raise Invalid(
                f"the rule '{at.rule.name}' names no 'within', and the contract's slaProperties promise no freshness",
                hint="implementation: {kind: Freshness, within: 24h}",
            )
        return "mustBeLessOrEqualTo", hours(f"{level.value}{level.unit}", at.rule.name) if level else 0.0

    def needs(self) -> tuple[str, ...]:
        """No other tables."""
        return ()

    def _promises(self, level: SLA, at: At) -> bool:
        about = (at.prop.name, f"{at.table.name}.{at.prop.name}", at.table.name, "")
        return level.property.lower() in _LEVELS and level.element in about
