"""`seams.TableStore` whose log is in memory; the files lie in a folder. For tests of what stands on a store."""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from weft.errors import Broken, Conflict, Invalid, Unavailable
from weft.model import HIDDEN, Column, DataFile, Snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.model import Commit, Place


@dataclass(frozen=True)
class _Version:
    """One version of a table: everything, not the difference."""

    columns: tuple[Column, ...] = ()
    files: tuple[DataFile, ...] = ()
    apps: dict[str, tuple[int, str]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    time: float = 0.0


class _Shelf:
    """What the store holds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tables: dict[Place, list[_Version]] = {}
        self.quiet: dict[Place, set[str]] = {}
        self.lock = threading.RLock()

    def folder(self, place: Place) -> Path:
        return self.root / place.path

    def newest(self, base: Snapshot) -> _Version:
        """The newest version, which must be the base."""
        versions = self.tables[base.place]
        if len(versions) - 1 != base.version:
            raise Conflict(f"version {base.version + 1} was committed meanwhile", hint="Load the table again.")
        return versions[-1]

    def put(self, base: Snapshot, version: _Version) -> None:
        self.tables[base.place].append(version)

    def adopt(self, base: Snapshot, number: int, file: DataFile) -> DataFile:
        """Move a staged file into the table's folder, under a name that sorts in the order of commits."""
        name = f"part-{base.version + 1:010d}-{number:05d}-{uuid.uuid4().hex}.parquet"
        shutil.move(file.path, self.folder(base.place) / name)
        (self.folder(base.place) / name).touch()
        quiet = self.quiet[base.place]
        bounds = {
            part: {column: value for column, value in getattr(file, part).items() if column not in quiet}
            for part in ("minimum", "maximum", "nulls")
        }
        return file.model_copy(update={"path": name, **bounds})


class MemoryStore:
    """Tables as lists of versions; safe for threads of one process.

    Args:
        root: folder for the data files.
    """

    def __init__(self, root: str) -> None:
        self._shelf = _Shelf(Path(root))

    def create(self, place: Place, columns: Sequence[Column], *, quiet: Collection[str] = ()) -> Snapshot:
        """See `seams.TableStore`."""
        with self._shelf.lock:
            self._shelf.quiet[place] = set(quiet)
            if place not in self._shelf.tables:
                _no_twins(columns)
                self._shelf.folder(place).mkdir(parents=True)
                self._shelf.tables[place] = [_Version(tuple(columns), told=_told("CREATE", ""), time=time.time())]
            found = self.snapshot(place)
        _same_types(found, columns)
        return found

    def snapshot(self, place: Place, version: int | None = None) -> Snapshot:
        """See `seams.TableStore`."""
        versions = self._shelf.tables.get(place, [])
        number = len(versions) - 1 if version is None else version
        if version is not None and not 0 <= version < len(versions):
            raise Invalid(f"table {place.path} has no version {version}; the newest is {len(versions) - 1}")
        root = self._shelf.folder(place)
        if number < 0:
            return Snapshot(place=place, version=-1, root=str(root))
        found = versions[number]
        gone = [f.path for f in found.files if not (root / f.path).exists()]
        if gone:
            raise Broken(f"data files of table {place.path} are missing: {gone[0]}", hint="Take another version.")
        return Snapshot(place=place, version=number, columns=found.columns, files=found.files, root=str(root))

    def evolve(self, base: Snapshot, columns: Sequence[Column]) -> Snapshot:
        """See `seams.TableStore`."""
        _same_types(base, columns)
        have = {column.name for column in base.columns}
        new = tuple(column for column in columns if column.name not in have)
        if not new:
            return base
        _no_twins(new)
        with self._shelf.lock:
            old, told = self._shelf.newest(base), _told("EVOLVE", "")
            told["metadata"]["weft.columns"] = json.dumps([column.name for column in new])
            self._shelf.quiet[base.place] |= {column.name for column in new}
            self._shelf.put(base, _Version(old.columns + new, old.files, old.apps, told, time.time()))
            return self.snapshot(base.place)

    def staging(self, place: Place) -> str:
        """See `seams.TableStore`."""
        folder = self._shelf.root / ".staging" / place.path / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return str(folder)

    def sequence(self, base: Snapshot, app: str) -> tuple[int, str] | None:
        """See `seams.TableStore`."""
        return None if base.version < 0 else self._shelf.tables[base.place][base.version].apps.get(app)

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        """See `seams.TableStore`."""
        kept = _kept(base, commit)
        for file in commit.add:
            _check(base, file, self._shelf.root / ".staging" / base.place.path)
        with self._shelf.lock:
            old = self._shelf.newest(base)
            apps = dict(old.apps)
            if done := commit.transaction:
                if apps.get(done.app, (0, ""))[0] >= done.sequence:
                    raise Conflict(f"sequence {done.sequence} of {done.app} is committed already")
                apps[done.app] = (done.sequence, commit.run)
            come = tuple(self._shelf.adopt(base, number, file) for number, file in enumerate(commit.add))
            told = {**_told(commit.operation, commit.run), "metadata": {**commit.metadata, "weft.run": commit.run}}
            self._shelf.put(base, _Version(old.columns, kept + come, apps, told, time.time()))
            return self.snapshot(base.place)

    def restore(self, base: Snapshot, version: int, run: str) -> Snapshot:
        """See `seams.TableStore`."""
        with self._shelf.lock:
            then, now = self.snapshot(base.place, version), self._shelf.newest(base)
            apps = self._shelf.tables[base.place][version].apps
            told = {**_told("RESTORE", run), "metadata": {"weft.restored": str(version), "weft.run": run}}
            self._shelf.put(base, _Version(now.columns, then.files, apps, told, time.time()))
            return self.snapshot(base.place)

    def vacuum(self, place: Place, keep_versions: Collection[int], *, older_than: float = 0.0) -> int:
        """See `seams.TableStore`."""
        with self._shelf.lock:
            versions, edge = self._shelf.tables.get(place, []), time.time() - older_than
            for version in keep_versions:
                if not 0 <= version < len(versions):
                    raise Invalid(f"table {place.path} has no version {version}")
            listed = {f.path for v in (*keep_versions, -1) if versions for f in versions[v].files}
            for old, new in pairwise(versions):
                listed |= {f.path for f in old.files if new.time > edge}
            staged = (self._shelf.root / ".staging" / place.path).rglob("*.parquet")
            old_files = [p for p in self._shelf.folder(place).glob("*.parquet") if p.name not in listed]
            gone = [path for path in (*old_files, *staged) if path.stat().st_mtime <= edge]
            for path in gone:
                path.unlink()
            return len(gone)

    def history(self, place: Place, limit: int = 100) -> tuple[dict[str, Any], ...]:
        """See `seams.TableStore`."""
        versions = list(enumerate(self._shelf.tables.get(place, [])))
        return tuple({"version": number, **version.told} for number, version in reversed(versions[-limit:]))

    def places(self) -> tuple[Place, ...]:
        """See `seams.TableStore`."""
        return tuple(sorted(self._shelf.tables, key=lambda place: place.path))

    def drop(self, place: Place) -> None:
        """See `seams.TableStore`."""
        with self._shelf.lock:
            self._shelf.tables.pop(place, None)
            shutil.rmtree(self._shelf.folder(place), ignore_errors=True)
            shutil.rmtree(self._shelf.root / ".staging" / place.path, ignore_errors=True)


def _told(operation: str, run: str) -> dict[str, Any]:
    metadata = {"weft.run": run}
    return {"at": datetime.now(UTC).isoformat(), "operation": operation, "run": run, "metadata": metadata}


def _same_types(base: Snapshot, columns: Sequence[Column]) -> None:
    have = {column.name: column.type for column in base.columns}
    for column in columns:
        if column.name in have and have[column.name] != column.type:
            raise Invalid(f"column {column.name} of table {base.place.path} is {have[column.name]}, not {column.type}")
    _no_twins((*base.columns, *(column for column in columns if column.name not in have)))


def _no_twins(columns: Sequence[Column]) -> None:
    lower = [column.name.lower() for column in columns]
    if twice := [name for name in lower if lower.count(name) > 1]:
        raise Invalid(f"column {twice[0]} is there twice", hint="Names that differ only in case are one name.")


def _kept(base: Snapshot, commit: Commit) -> tuple[DataFile, ...]:
    """Files of the base that stay."""
    if base.version < 0:
        raise Invalid(f"table {base.place.path} does not exist", hint="Create it before the first commit.")
    if base.place != commit.place:
        raise Invalid(f"a commit to {commit.place.path} cannot stand on a snapshot of {base.place.path}")
    if commit.mode == "overwrite":
        return ()
    gone = {file.path for file in commit.remove}
    if unknown := gone - {file.path for file in base.files}:
        raise Invalid(f"version {base.version} of table {base.place.path} has no file {min(unknown)} that could go")
    return tuple(file for file in base.files if file.path not in gone)


def _check(base: Snapshot, file: DataFile, staging: Path) -> None:
    """Refuse a staged file that is not what it is said to be."""
    path = Path(file.path)
    if not path.resolve().is_relative_to(staging.resolve()):
        raise Invalid(f"'{path.name}' does not lie in the staging folder of table {base.place.path}")
    if not path.exists():
        raise Unavailable(f"staged file {path.name} of table {base.place.path} is gone", hint="Run it again.")
    wants = {column.name: column.type for column in base.columns}
    try:
        with duckdb.connect() as engine:
            found = engine.execute("DESCRIBE FROM read_parquet(?)", [file.path]).fetchall()
            ((rows,),) = engine.execute("SELECT count(*) FROM read_parquet(?)", [file.path]).fetchall()
    except duckdb.Error as error:
        raise Invalid(f"staged file {path.name} of table {base.place.path} is not a Parquet file") from error
    has = {str(name): str(kind) for name, kind, *_ in found}
    visible = {name for name in wants if not name.startswith(HIDDEN)}
    if visible - set(has) or any(wants.get(name) != kind for name, kind in has.items()):
        raise Invalid(f"staged file {path.name} does not fit table {base.place.path}: {has}, not {wants}")
    if (rows, path.stat().st_size) != (file.rows, file.bytes):
        raise Invalid(f"staged file {path.name} has {rows} rows, told were {file.rows}")
