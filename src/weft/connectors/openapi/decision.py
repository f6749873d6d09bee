"""What was decided, how surely, and why."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct, field


class Decision(Struct, frozen=True):
    """One decision of the recogniser, to be reviewed."""

    what: str
    """list, records_path, pagination, primary_key, parent, incremental, auth, limits."""
    value: Any
    """What was decided, as JSON."""
    confidence: float
    """0 to 1."""
    evidence: tuple[str, ...] = ()
    """Sentences."""

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "decision": self.what,
            "value": self.value,
            "confidence": round(self.confidence, 2),
            "text": "; ".join(self.evidence),
        }


class Weighing(Struct):
    """Evidence for and against something, in log odds: 2 is strong, 1 is a hint, negative speaks against."""

    odds: float = 0.0
    texts: list[str] = field(default_factory=list)

    def add(self, holds: bool, weight: float, text: str) -> bool:  # noqa: FBT001 - reads like a line of a table
        """Count the evidence if it holds."""
        if holds:
            self.odds += weight
            self.texts.append(text)
        return holds

    @property
    def confidence(self) -> float:
        """0 to 1."""
        return 1 / (1 + math.exp(-self.odds))
