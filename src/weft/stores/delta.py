"""Tables as Delta Lake tables, in local folders or in a bucket.

The engine writes the Parquet files, delta-rs commits them: one commit is a set of files that go and a set that come,
on top of exactly the version that was read (`docs/decisions/0001-commit.md`). Layout below the root:

    <domain>/<product>/<table>/v<major>/<part>/       a Delta table
    .staging/<the same>/<id>/                         files that are written but not committed (always local)
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Conflict, Invalid, WeftError
from weft.model import PARTS, Place, Snapshot, TableName
from weft.seams.failpoint import failpoint
from weft.stores import files, log, table
from weft.stores.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.model import Column, Commit, DataFile, Transaction
    from weft.stores.ground import Folder, Ground


_KEPT = 500
"""Tables whose newest version is remembered."""


class DeltaStore:
    """`seams.TableStore` on Delta tables.

    Args:
        ground: where they lie; a text is a local folder, made when the first table is.

    Raises:
        Invalid: when delta-rs cannot work below that path.
    """

    def __init__(self, ground: Ground | str) -> None:
        self.ground: Ground = Disk(ground) if isinstance(ground, str) else ground
        self._seen: dict[str, tuple[Snapshot, str]] = {}
        """Newest versions and their identity, the latest seen last: opening a table is dear."""

    def create(self, place: Place, columns: Sequence[Column], *, quiet: Collection[str] = ()) -> Snapshot:
        """Make the table if it is missing; see `seams.TableStore`.

        When it exists and other columns are quiet now, that is set (one commit); statistics of older files stay.
        """
        found = self.snapshot(place)
        if found.version < 0:
            table.create(_folder(self.ground, place), columns, quiet)
            found = self.snapshot(place)
        _same_types(found, columns)
        return self.snapshot(place) if table.hush(found, columns, quiet) else found

    def snapshot(self, place: Place, version: int | None = None) -> Snapshot:
        """That version, or the newest; see `seams.TableStore`. Files are in the order of their commits."""
        folder = _folder(self.ground, place)
        seen, mark = self._seen.get(place.path, (None, ""))
        if version is None and seen and self.ground.tip(place.path, seen.version) == mark:
            return seen
        if log.exists(folder):
            found = table.load(place, folder, version)
            if mark := self.ground.tip(place.path, found.version):
                self._seen.pop(place.path, None)
                self._seen[place.path] = found, mark
                for old in tuple(self._seen)[:-_KEPT]:
                    self._seen.pop(old, None)
            return found
        if folder.data():
            raise Broken(
                f"the log of table {place.path} is gone, its data files are there",
                hint="Bring its _delta_log folder back from a backup, or drop the table and load it anew.",
            )
        if version is not None:
            raise Invalid(f"table {place.path} does not exist, so it has no version {version}")
        return Snapshot(place=place, version=-1, root=folder.url)

    def evolve(self, base: Snapshot, columns: Sequence[Column]) -> Snapshot:
        """Add missing columns; see `seams.TableStore`. They are quiet until `create` is told otherwise."""
        _same_types(base, columns)
        have = {column.name for column in base.columns}
        if not (new := [column for column in columns if column.name not in have]):
            return base
        table.add_columns(base, new)
        return self.snapshot(base.place, base.version + 1)

    def staging(self, place: Place) -> str:
        """A fresh local folder on the tables' disk; see `seams.TableStore`."""
        return files.new_staging(self.ground.local, files.checked_place(place.path))

    def sequence(self, base: Snapshot, app: str) -> tuple[int, str] | None:
        """Newest app transaction and its run; see `seams.TableStore`. The run is '' when a commit of others set it."""
        sequence = None if base.version < 0 else base.handle.table.transaction_version(app)
        if sequence is None or sequence < 0:  # a restore sets those to -1 that its version did not know
            return None
        told, run = log.runs(base.handle.folder, base.version).get(app, (-1, ""))
        return sequence, run if told == sequence else ""

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        """Commit on top of exactly that snapshot; see `seams.TableStore`.

        Raises:
            Conflict: also when the app transaction's sequence number is committed already.
        """
        gone = _removed(base, commit)
        folder = base.handle.folder
        apps = log.runs(folder, base.version)
        changes: dict[str, int] = {}
        if done := commit.transaction:
            _check_sequence(done, self.sequence(base, done.app))
            apps[done.app], changes[done.app] = (done.sequence, commit.run), done.sequence
        information = {**commit.metadata, **table.information(commit.run, commit.operation, apps)}
        with files.lock(self.ground.local, base.place.path):
            _check_files(self.ground.local, base, commit.add)
            failpoint("store.before_move")
            moved = folder.adopt(commit.add, base.version + 1)
            failpoint("store.after_move")
            come = [file.model_copy(update={"path": name}) for name, file in zip(moved, commit.add, strict=True)]
            try:
                table.write(base, come, gone, changes, information)
            except table.Unclear:
                raise
            except WeftError:  # raised only when nothing was committed
                folder.give_back(moved)
                raise
        failpoint("store.after_commit")
        table.settle(base, moved)
        files.clear_staging(moved.values())
        return self.snapshot(base.place, base.version + 1)

    def restore(self, base: Snapshot, version: int, run: str) -> Snapshot:
        """Files and app transactions of `version` again, in one commit; see `seams.TableStore`. Added columns stay."""
        folder = base.handle.folder
        with files.lock(self.ground.local, base.place.path):
            old = self.snapshot(base.place, version)
            here, there = ({file.path for file in snapshot.files} for snapshot in (base, old))
            apps = log.runs(folder, version)
            changes = dict.fromkeys(log.runs(folder, base.version), -1)
            changes |= {app: sequence for app, (sequence, _) in apps.items()}
            information = {"weft.restored": str(version), **table.information(run, "RESTORE", apps)}
            come = [file for file in old.files if file.path not in here]
            table.write(base, come, [file for file in base.files if file.path not in there], changes, information)
        table.settle(base, {})
        return self.snapshot(base.place, base.version + 1)

    def vacuum(self, place: Place, keep_versions: Collection[int], *, older_than: float = 0.0) -> int:
        """Delete what no kept version lists; see `seams.TableStore`.

        A file that a commit removed counts its age from that commit, so that a reader who has just begun keeps it.
        Old commits are cleared away too, unless a kept version needs them.
        """
        folder = _folder(self.ground, place)
        count = files.sweep_staging(self.ground.local, place.path, older_than)
        if not log.exists(folder):
            return count
        with files.lock(self.ground.local, place.path, alone=True):
            edge = time.time() - older_than
            old = [name for name, found in folder.data().items() if found.modified <= edge]
            aged = table.log_is_old(folder)
            if not (old or aged):
                return count  # most often, and no version was read for it
            newest = table.opened(place, folder, None)
            keep = set(table.paths(newest))
            for version in keep_versions:
                keep.update(table.paths(table.opened(place, folder, version)))
            keep |= log.removed_since(folder, newest.version(), edge)
            gone = [name for name in old if name not in keep]
            folder.remove(gone)
            if aged:
                table.clear_log(newest, folder, keep_versions)
        return count + len(gone)

    def history(self, place: Place, limit: int = 100) -> tuple[dict[str, Any], ...]:
        """Commits, newest first; see `seams.TableStore`."""
        folder = _folder(self.ground, place)
        commits = log.down(folder, log.newest(folder))
        return tuple(table.told(version, found) for (version, found), _ in zip(commits, range(limit), strict=False))

    def places(self) -> tuple[Place, ...]:
        """Every table of the store, by path."""
        return tuple(
            Place(name=TableName(domain=domain, product=product, table=name, major=int(major[1:])), part=part)
            for domain, product, name, major, part in self.ground.tables()
            if major[1:].isdigit() and part in PARTS
            if log.exists(self.ground.folder(f"{domain}/{product}/{name}/{major}/{part}"))
        )

    def drop(self, place: Place) -> None:
        """Delete the table with all its versions and its staging."""
        path = files.checked_place(place.path)
        with files.lock(self.ground.local, path, alone=True):
            self.ground.discard(path)


def _folder(ground: Ground, place: Place) -> Folder:
    return ground.folder(files.checked_place(place.path))


def _check_sequence(wanted: Transaction, last: tuple[int, str] | None) -> None:
    if last and last[0] >= wanted.sequence:
        raise Conflict(
            f"sequence {wanted.sequence} of {wanted.app} is committed already (up to {last[0]}, by run {last[1]})",
            hint="Load the table again and go on behind what it holds.",
        )


def _check_files(root: Path, base: Snapshot, added: Sequence[DataFile]) -> None:
    for file in added:
        if not files.in_staging(root, base.place.path, file.path):
            raise Invalid(f"'{Path(file.path).name}' does not lie in the staging folder of table {base.place.path}")
        table.check_footer(base, file)


def _same_types(base: Snapshot, columns: Sequence[Column]) -> None:
    """Refuse columns that the table has with another type, or in another spelling."""
    have = {column.name.lower(): column for column in base.columns}
    for column in columns:
        old = have.get(column.name.lower())
        if old and (old.name != column.name or not table.same(old.type, column.type)):
            raise Invalid(
                f"column {column.name} of table {base.place.path} is {old.name} {old.type}, not {column.type}",
                hint="A column keeps its name and type; anything else is a new major version of the contract.",
            )


def _removed(base: Snapshot, commit: Commit) -> list[DataFile]:
    """Files of the base that the commit takes away."""
    if base.version < 0:
        raise Invalid(f"table {base.place.path} does not exist", hint="Create it before the first commit.")
    if base.place != commit.place:
        raise Invalid(f"a commit to {commit.place.path} cannot stand on a snapshot of {base.place.path}")
    if commit.mode == "overwrite":
        return list(base.files)
    have = {file.path: file for file in base.files}
    if unknown := [file.path for file in commit.remove if file.path not in have]:
        raise Invalid(f"version {base.version} of table {base.place.path} has no file {unknown[0]} that could go")
    return [have[file.path] for file in commit.remove]
