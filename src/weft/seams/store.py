"""The store of tables: versions, commits fenced against others, time travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.model import Column, Commit, Place, Snapshot


class TableStore(Protocol):
    """Delta tables below one root. What it is given lies in local staging folders; it makes it part of a table."""

    def create(self, place: Place, columns: Sequence[Column], *, quiet: Collection[str] = ()) -> Snapshot:
        """Make the table if it is missing; `quiet` columns stay out of the statistics. Idempotent.

        Raises:
            Invalid: when it exists with columns of other types.
        """

    def snapshot(self, place: Place, version: int | None = None) -> Snapshot:
        """That version, or the newest; version -1 without columns when the table does not exist.

        Raises:
            Broken: when the folder is there but its log cannot be read, or files of it are missing (names them).
            Invalid: when there is no such version.
        """

    def evolve(self, base: Snapshot, columns: Sequence[Column]) -> Snapshot:
        """Add the columns that are missing, nullable; returns the newer snapshot. Other differences are Invalid.

        They are quiet until `create` is told which are; the commit's metadata names them, as JSON in `weft.columns`.
        """

    def staging(self, place: Place) -> str:
        """A fresh local folder where the engine writes data files for that table; vacuum sweeps what stays there."""

    def sequence(self, base: Snapshot, app: str) -> tuple[int, str] | None:
        """Newest app transaction of that snapshot and the run that committed it (`weft.run` of its commit), or none."""

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        """Commit on top of exactly that snapshot, in one Delta commit; returns the new one.

        Added files are moved from staging into the table under unique names. Adds, removes, the app transaction and the
        metadata are in the same commit. An overwrite with no files empties the table.

        Raises:
            Conflict: when anybody committed since `base`.
            Invalid: when a file's columns are not the table's.
            Unavailable: when the disk is full; nothing is half-written.
        """

    def restore(self, base: Snapshot, version: int, run: str) -> Snapshot:
        """One commit on top of `base` after which files *and app transactions* are those of `version` again."""

    def vacuum(self, place: Place, keep_versions: Collection[int], *, older_than: float = 0.0) -> int:
        """Delete files that neither the newest nor a kept version lists; returns how many.

        Those younger than `older_than` seconds stay; abandoned staging goes too.
        """

    def history(self, place: Place, limit: int = 100) -> tuple[dict[str, Any], ...]:
        """Commits, newest first: version, at, operation, run, metadata."""

    def places(self) -> tuple[Place, ...]:
        """Every table of the store."""

    def drop(self, place: Place) -> None:
        """Delete the table with all its versions."""
