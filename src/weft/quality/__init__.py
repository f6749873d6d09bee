"""Quality rules compiled to one-pass SQL, and the answers judged. Pure: SQL is compiled, never run."""

from weft.quality.audit import Audit, Measure, Step, judge, problems, references, wants
from weft.quality.audit import compile_audit as compile  # noqa: A004 - `quality.compile` is what it is
from weft.quality.check import At, Check, Counted
from weft.quality.past import Arrival, Judged, Past
from weft.quality.rules import CHECKS, Blame, blamed, check_of, described, failing, measures, row_checks, rules_of
from weft.quality.span import hours

__all__ = [
    "CHECKS",
    "Arrival",
    "At",
    "Audit",
    "Blame",
    "Check",
    "Counted",
    "Judged",
    "Measure",
    "Past",
    "Step",
    "blamed",
    "check_of",
    "compile",
    "described",
    "failing",
    "hours",
    "judge",
    "measures",
    "problems",
    "references",
    "row_checks",
    "rules_of",
    "wants",
]
