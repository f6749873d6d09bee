"""Quality rules compiled to one-pass SQL, and the answers judged. Pure: SQL is compiled, never run."""

from weft.quality.audit import Audit, Measure, Step, judge, problems, references
from weft.quality.audit import compile_audit as compile  # noqa: A004 - `quality.compile` is what it is
from weft.quality.check import At, Check, Counted
from weft.quality.rules import CHECKS, check_of, row_checks

__all__ = [
    "CHECKS",
    "At",
    "Audit",
    "Check",
    "Counted",
    "Measure",
    "Step",
    "check_of",
    "compile",
    "judge",
    "problems",
    "references",
    "row_checks",
]
