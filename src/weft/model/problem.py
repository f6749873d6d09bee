"""A place in a text, and something found there."""

from typing import Literal

from weft.model.noun import Noun


class Position(Noun):
    """A place in a text file."""

    file: str
    """Path as the user gave it, or relative to the mesh's folder."""
    line: int = 1
    """Counted from 1."""
    column: int = 1
    """Counted from 1, in characters."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(Noun):
    """One thing that `check` found: where, what was found, what was allowed."""

    position: Position
    message: str
    """One sentence without a trailing full stop; never a secret."""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.position}: {self.severity}: {self.message}"
