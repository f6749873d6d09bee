"""Tables as Delta Lake tables in local folders.

The engine writes the Parquet files, delta-rs commits them: one commit is a set of files that go and a set that come,
on top of exactly the version that was read (`docs/decisions/0001-commit.md`). Layout below the root:

    <domain>/<product>/<table>/v<major>/<part>/       a Delta table
    .staging/<the same>/<id>/                         files that are written but not committed
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Conflict, Invalid, WeftError
from weft.model import Place, Snapshot, TableName
from weft.seams.failpoint import failpoint
from weft.stores import files, log, table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.model import Column, Commit, DataFile, Transaction


class DeltaStore:
    """`seams.TableStore` on Delta tables in folders below `root`.

    Args:
        root: local folder; made when the first table is.

    Raises:
        Invalid: when delta-rs cannot work below that path.
    """

    def __init__(self, root: str) -> None:
        self.root = files.checked_root(root)

    def create(self, place: Place, columns: Sequence[Column], *, quiet: Collection[str] = ()) -> Snapshot:
        """Make the table if it is missing; see `seams.TableStore`.

        When it exists and other columns are quiet now, that is set (one commit); statistics of older files stay.
        """
        found = self.snapshot(place)
        if found.version < 0:
            table.create(found.root, columns, quiet)
            found = self.snapshot(place)
        _same_types(found, columns)
        return self.snapshot(place) if table.hush(found, columns, quiet) else found

    def snapshot(self, place: Place, version: int | None = None) -> Snapshot:
        """That version, or the newest; see `seams.TableStore`. Files are in the order of their commits."""
        root = _folder(self.root, place)
        if log.exists(root):
            return table.load(place, root, version)
        if files.data_files(root):
            raise Broken(
                f"the log of table {place.path} is gone, its data files are there",
                hint="Bring its _delta_log folder back from a backup, or drop the table and load it anew.",
            )
        if version is not None:
            raise Invalid(f"table {place.path} does not exist, so it has no version {version}")
        return Snapshot(place=place, version=-1, root=root)

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
        return files.new_staging(self.root, files.checked_place(place.path))

    def sequence(self, base: Snapshot, app: str) -> tuple[int, str] | None:
        """Newest app transaction and its run; see `seams.TableStore`. The run is '' when a commit of others set it."""
        sequence = None if base.version < 0 else base.handle.transaction_version(app)
        if sequence is None or sequence < 0:  # a restore sets those to -1 that its version did not know
            return None
        told, run = log.runs(base.root, base.version).get(app, (-1, ""))
        return sequence, run if told == sequence else ""

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        """Commit on top of exactly that snapshot; see `seams.TableStore`.

        Raises:
            Conflict: also when the app transaction's sequence number is committed already.
        """
        gone = _removed(base, commit)
        apps = log.runs(base.root, base.version)
        changes: dict[str, int] = {}
        if done := commit.transaction:
            _check_sequence(done, self.sequence(base, done.app))
            apps[done.app], changes[done.app] = (done.sequence, commit.run), done.sequence
        information = {**commit.metadata, **table.information(commit.run, commit.operation, apps)}
        with files.lock(self.root, base.place.path):
            _check_files(self.root, base, commit.add)
            failpoint("store.before_move")
            moved = files.adopt(commit.add, base.root, base.version + 1)
            failpoint("store.after_move")
            come = [file.model_copy(update={"path": name}) for name, file in zip(moved, commit.add, strict=True)]
            try:
                table.write(base, come, gone, changes, information)
            except WeftError:  # raised only when nothing was committed
                files.give_back(moved, base.root)
                raise
        failpoint("store.after_commit")
        table.settle(base)
        files.clear_staging(moved.values())
        return self.snapshot(base.place, base.version + 1)

    def restore(self, base: Snapshot, version: int, run: str) -> Snapshot:
        """Files and app transactions of `version` again, in one commit; see `seams.TableStore`. Added columns stay."""
        with files.lock(self.root, base.place.path):
            old = self.snapshot(base.place, version)
            here, there = ({file.path for file in snapshot.files} for snapshot in (base, old))
            apps = log.runs(base.root, version)
            changes = dict.fromkeys(log.runs(base.root, base.version), -1)
            changes |= {app: sequence for app, (sequence, _) in apps.items()}
            information = {"weft.restored": str(version), **table.information(run, "RESTORE", apps)}
            come = [file for file in old.files if file.path not in here]
            table.write(base, come, [file for file in base.files if file.path not in there], changes, information)
        table.settle(base)
        return self.snapshot(base.place, base.version + 1)

    def vacuum(self, place: Place, keep_versions: Collection[int], *, older_than: float = 0.0) -> int:
        """Delete what no kept version lists; see `seams.TableStore`.

        A file that a commit removed counts its age from that commit, so that a reader who has just begun keeps it.
        Old commits are cleared away too, unless a kept version needs them.
        """
        root = _folder(self.root, place)
        count = files.sweep_staging(self.root, place.path, older_than)
        if not log.exists(root):
            return count
        with files.lock(self.root, place.path, alone=True):
            newest = table.opened(place, root, None)
            keep = set(table.paths(newest))
            for version in keep_versions:
                keep.update(table.paths(table.opened(place, root, version)))
            keep |= log.removed_since(root, newest.version(), time.time() - older_than)
            count += files.sweep_table(files.data_files(root), keep, older_than)
            table.clear_log(newest, root, keep_versions)
        return count

    def history(self, place: Place, limit: int = 100) -> tuple[dict[str, Any], ...]:
        """Commits, newest first; see `seams.TableStore`."""
        root = _folder(self.root, place)
        commits = log.down(root, log.newest(root))
        return tuple(table.told(version, found) for (version, found), _ in zip(commits, range(limit), strict=False))

    def places(self) -> tuple[Place, ...]:
        """Every table of the store, by path."""
        logs = sorted(self.root.glob("[!.]*/*/*/v*/*/_delta_log"))
        found = [path.parent.relative_to(self.root).parts for path in logs if log.exists(str(path.parent))]
        return tuple(
            Place(name=TableName(domain=domain, product=product, table=name, major=int(major[1:])), part=part)
            for domain, product, name, major, part in found
            if major[1:].isdigit() and part in ("table", "log", "quarantine")
        )

    def drop(self, place: Place) -> None:
        """Delete the table with all its versions and its staging."""
        path = files.checked_place(place.path)
        with files.lock(self.root, path, alone=True):
            files.discard(self.root, path)


def _folder(root: Path, place: Place) -> str:
    return str(root / files.checked_place(place.path))


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
