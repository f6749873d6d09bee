"""How much is measured, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """One run of the benchmarks."""

    folder: Path
    """Everything that is made lies here."""
    runs: int
    """Rounds of each measurement; medians are told."""
    quick: bool = False

    @property
    def rows(self) -> int:
        """Lines of the CSV file: about 500 MB."""
        return 20_000 if self.quick else 2_900_000

    @property
    def changes(self) -> int:
        """Changed and new rows that come after it."""
        return 1_000 if self.quick else 100_000

    @property
    def database_rows(self) -> int:
        """Rows of the PostgreSQL table."""
        return 5_000 if self.quick else 2_000_000

    @property
    def scale(self) -> str:
        """TPC-H's scale factor."""
        return "0.01" if self.quick else "1"

    @property
    def products(self) -> int:
        """Products of the large mesh."""
        return 40 if self.quick else 10_000

    @property
    def events(self) -> int:
        """Events of the large mesh's journal."""
        return 2_000 if self.quick else 1_000_000

    @property
    def ruled(self) -> int:
        """Rows that ten rules judge."""
        return 10_000 if self.quick else 10_000_000

    @property
    def paged(self) -> int:
        """Rows that a REST system gives page by page."""
        return 5_000 if self.quick else 200_000

    @property
    def paged_long(self) -> int:
        """Rows that it gives in the long run."""
        return 5_000 if self.quick else 5_000_000

    @property
    def mesh(self) -> Path:
        """Folder of the mesh."""
        return self.folder / "mesh"

    @property
    def out(self) -> Path:
        """Where peers write."""
        return self.folder / "peer"
