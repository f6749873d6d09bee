"""Quality rules compiled to one-pass SQL, and the answers judged. Pure: SQL is compiled, never run."""

from weft.quality.audit import ROWS, Audit, Measure, Query, failing, judge, needs
from weft.quality.audit import compile_audit as compile  # noqa: A004 - `quality.compile` is what it is
from weft.quality.check import At, Check, Counted
from weft.quality.rules import CHECKS, check_of, row_checks

__all__ = [
    "CHECKS",
    "ROWS",
    "At",
    "Audit",
    "Check",
    "Counted",
    "Measure",
    "Query",
    "check_of",
    "compile",
    "failing",
    "judge",
    "needs",
    "row_checks",
]
