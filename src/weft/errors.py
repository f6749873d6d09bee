"""What can go wrong, classed by what the reader can do about it.

    WeftError
    ├── Invalid      mend the input: a document, a statement, an argument
    ├── Denied       ask for access: policy said no
    ├── Broken       look at the report: data or stored state is not as it must be
    └── Unavailable  try again: something outside, a lease or a limit
        └── Conflict     somebody else committed first; reload and look again

A message says what was found, what was allowed, where, and what to do next.
It never holds a secret or a row value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class WeftError(Exception):
    """Root of all errors that weft raises on purpose.

    Args:
        message: what was found, what was allowed, where.
        hint: what to do next; shown on its own line.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class Invalid(WeftError):
    """The input must be mended: a document, a statement, an argument."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[object] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)
        """All findings at once, as `model.Problem`; empty when the message says it all."""

    def __str__(self) -> str:
        return "\n".join((super().__str__(), *(f"  {problem}" for problem in self.problems)))


class Denied(WeftError):
    """Policy said no. The message names the deciding rule, the hint how to ask for access."""

    exit_code: ClassVar[int] = 3


class Broken(WeftError):
    """Data or stored state is not as it must be; a report tells more."""

    exit_code: ClassVar[int] = 4


class Unavailable(WeftError):
    """Something outside, a lease or a limit stands in the way; trying again later may help."""

    exit_code: ClassVar[int] = 5


class Conflict(Unavailable):
    """Somebody else committed to this table first; reload it and look again."""
