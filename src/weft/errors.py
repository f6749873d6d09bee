"""What can go wrong, classed by what the reader can do about it.

    WeftError
    ├── Invalid      mend the input: a document, a statement, an argument
    │   └── Unknown      nothing has that name
    ├── Denied       ask for access: policy said no
    ├── Broken       look at the report: data or stored state is not as it must be
    ├── Unavailable  try again: something outside, a lease or a limit
    │   └── Conflict     somebody else was first: committed, or is at work; look again
    └── Fault        report it: weft itself failed

A message says what was found, what was allowed, where, and what to do next.
It never holds a secret or a row value.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
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

    @property
    def known_as(self) -> str:
        """Name of its class for people: one of this module, whatever a driver made of it for itself."""
        return next(kind.__name__ for kind in type(self).__mro__ if kind.__module__ == __name__)


class Invalid(WeftError):
    """The input must be mended: a document, a statement, an argument."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[object] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)
        """All findings at once, as `model.Problem`; empty when the message says it all."""

    def __str__(self) -> str:
        return "\n".join((super().__str__(), *(f"  {problem}" for problem in self.problems)))


class Unknown(Invalid):
    """Nothing has that name; the message says what was looked for, the hint what is near it."""


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
    """Somebody else was first: committed to this table, or is at work on it; look again."""


class Fault(WeftError):
    """Something that weft did not foresee."""

    exit_code: ClassVar[int] = 70
    """EX_SOFTWARE of sysexits.h."""


def understood(error: Exception) -> WeftError:
    """Any error as one of these: what the system refused is `Unavailable`, what nobody foresaw is a `Fault`."""
    if isinstance(error, WeftError):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return Unavailable(_refused(error), hint="Mend that and try again; what was committed stays.")
    return _fault(error)


def _refused(error: OSError) -> str:
    """What the system said, about which file: its path where it lies below the current folder, else its name."""
    what = error.strerror or type(error).__name__
    if not error.filename:
        return f"the system refused: {what}"
    path = Path(os.path.relpath(os.fspath(error.filename)))
    return f"the system refused '{path.name if path.parts[0] == '..' else path}': {what}"


def _fault(error: Exception) -> Fault:
    """The kind of error and its place in the code; never its text, which may hold a row's value."""
    inside = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}weft{os.sep}" in f.filename]
    place = ""
    if inside:
        file = inside[-1].filename.rpartition(f"{os.sep}weft{os.sep}")[2].replace(os.sep, "/")
        place = f" in {file}, line {inside[-1].lineno}"
    return Fault(
        f"weft itself failed: {type(error).__name__}{place}",
        hint="What was committed stays. WEFT_DEBUG=1 shows more; please report it.",
    )
