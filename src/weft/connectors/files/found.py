"""Which files are there: walking a folder safely, keys, endings, patterns, names of streams."""

from __future__ import annotations

import glob
import math
import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from weft.connectors.files.archive import Limits, members
from weft.connectors.files.ranged import Ranged
from weft.connectors.files.scratch import writing
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ENDINGS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".psv": "pipe", ".pipe": "pipe", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xml": "xml", ".orc": "orc", ".avro": "avro",
}  # fmt: skip
_WILD = re.compile(r"[*?\[]")


class Away(Struct, frozen=True):
    """How a file that lies elsewhere comes here."""

    fetch: Callable[[Path], None]
    """Writes all of it to a local file, as it was listed or not at all."""
    part: Callable[[int, int], bytes]
    """The bytes from a start, so many."""


class Place(Protocol):
    """Where a source's files lie."""

    @property
    def pattern(self) -> str:
        """What of it belongs to the source; empty = everything."""

    def files(self) -> Iterator[Found]:
        """Every file that is not hidden; archives as they are.

        Raises:
            FileNotFoundError: the place itself is not there.
        """


class Found(Struct, frozen=True):
    """One file, or one member of an archive, as it lies there."""

    key: str
    """Path below the source's folder; the member's name after `!` in a zip."""
    path: Path
    """Where it lies, or will lie once it is brought here."""
    shown: str
    """How people know it: the source's path and the key."""
    bytes: int
    modified: str
    """When, or as what, it was written: changes with the content; of the archive for a member. Empty = not told."""
    member: str = ""
    crc: str = ""
    """Checksum that an archive gives for its member."""
    away: Away | None = None
    """Set when it lies elsewhere."""

    @property
    def zipped(self) -> bool:
        """Whether its bytes are packed by gzip."""
        return not self.member and self.key.lower().endswith(".gz")

    @property
    def ending(self) -> str:
        """Format by the ending; empty when it tells none."""
        return ENDINGS.get(PurePosixPath(_unzipped(self.member or self.key)).suffix.lower(), "")

    def here(self) -> Path:
        """The local file or archive, brought here when that was not done yet."""
        if self.away is not None and not self.path.exists():
            with writing(self.path):
                self.away.fetch(self.path)
        return self.path

    def drop(self) -> None:
        """What was brought here is needed no more."""
        if self.away is not None:
            self.path.unlink(missing_ok=True)


class Root(Struct, frozen=True):
    """Where a source's files lie."""

    folder: Path
    """Keys are relative to it."""
    pattern: str
    """What of it belongs to the source; empty = everything."""
    given: str
    """The folder as the document gives it, for messages."""

    def files(self) -> Iterator[Found]:
        """Every file that is not hidden. Links to folders are not followed.

        Raises:
            FileNotFoundError: there is no such folder.
            Invalid: a link that leaves the folder.
            Unavailable: what may not be read.
        """
        if not self.folder.is_dir():
            raise FileNotFoundError(self.given)
        for key, path in _plain(self):
            status = path.stat()
            shown = str(PurePosixPath(self.given) / key)
            yield Found(key, path, shown, status.st_size, str(status.st_mtime_ns))


def root(folder: Path, path: str) -> Root:
    """A source's path: a folder, a file or a pattern below the mesh's folder."""
    full = folder / path
    if full.is_file():
        return Root(full.parent, glob.escape(full.name), str(PurePosixPath(path).parent))
    base, pattern = ("", "") if full.is_dir() else split(path)
    return Root(folder / base, pattern, base) if pattern else Root(full, "", path)


def split(path: str) -> tuple[str, str]:
    """The folder of a path and the pattern below it; no pattern when the path has none."""
    parts = PurePosixPath(path).parts
    wild = next((n for n, part in enumerate(parts) if _WILD.search(part)), len(parts))
    return str(PurePosixPath(*parts[:wild])), "/".join(parts[wild:])


def depth(text: str) -> float:
    """How many folders below its own a pattern looks into."""
    return math.inf if not text or "**" in text else text.count("/")


def walk(where: Place, limits: Limits) -> tuple[Found, ...]:
    """Every file of the source, members of archives opened up, by key.

    Raises:
        FileNotFoundError: the place is not there.
        Invalid: an archive that must not be opened, a link that leaves the source's folder.
        Unavailable: what may not be read.
    """
    matcher = pattern(where.pattern) if where.pattern else None
    found: list[Found] = []
    for file in where.files():
        if matcher is None or matcher.fullmatch(file.key):
            found += _opened(file, limits)
    return tuple(sorted(found, key=lambda f: f.key))


def _plain(where: Root) -> Iterator[tuple[str, Path]]:
    top = where.folder.resolve()

    def refuse(error: OSError) -> None:
        raise Unavailable(f"the folder '{where.given}' cannot be read: {error.strerror}") from None

    for base, folders, names in os.walk(where.folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(base) / name
            if name.startswith(".") or not path.is_file():
                continue  # hidden, a device, a pipe, or a link to nothing
            key = path.relative_to(where.folder).as_posix()
            if path.is_symlink() and not path.resolve().is_relative_to(top):
                raise Invalid(
                    f"'{where.given}/{key}' is a link that leaves the source's folder",
                    hint="Put the file itself there, or take the link away.",
                )
            yield key, path


def _opened(file: Found, limits: Limits) -> Iterator[Found]:
    if not file.key.lower().endswith(".zip"):
        yield file
        return
    away = file.away
    for one in members(file.path if away is None else Ranged(away.part, file.bytes), file.shown, limits):
        name = one.filename
        yield replace(
            file,
            key=f"{file.key}!{name}",
            shown=f"{file.shown}!{name}",
            bytes=one.file_size,
            member=name,
            crc=f"{one.CRC:08x}",
        )


def pattern(text: str) -> re.Pattern[str]:
    """A pattern as expression: `*` and `?` stay inside one name, `**/` goes through folders."""
    out, rest = "", text.removeprefix("./").rstrip("/")
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:[^/!]+/)*", rest[3:]
        elif rest.startswith("**"):
            out, rest = out + ".*", rest[2:]
        elif (group := re.match(r"\[([!^]?)([^\]]+)\]", rest)) is not None:
            inside = group[2].replace("\\", "\\\\").replace("[", "\\[")
            out += f"[{'^' if group[1] else ''}{inside}]"
            rest = rest[group.end() :]
        else:
            out += {"*": "[^/!]*", "?": "[^/!]"}.get(rest[0], re.escape(rest[0]))
            rest = rest[1:]
    return re.compile(out)


def choose(files: Sequence[Found], stream: str, path: str) -> tuple[Found, ...]:
    """The files of one stream: those its `path` names, else those whose stem or folder is the stream's name.

    Raises:
        Invalid: a path that leaves the source, or two files that would share one name.
    """
    if path:
        _inside(stream, path)
        exact = {f.key for f in files if path in (f.key, f.member)}
        wanted = pattern(path)
        return tuple(
            f
            for f in files
            if f.key in exact
            or wanted.fullmatch(f.key)
            or wanted.fullmatch(f.key.partition("!")[0])
            or (f.ending and f.key.startswith(path.removeprefix("./").rstrip("/") + "/"))
        )
    return by_name(files).get(stream, ())


def by_name(files: Sequence[Found]) -> dict[str, tuple[Found, ...]]:
    """Streams of a source that declares none: every file, archive or sub folder is one, named by its stem.

    Raises:
        Invalid: two files of one stem.
    """
    found: dict[str, dict[str, list[Found]]] = {}
    for file in files:
        if file.ending:
            owner, name = _owner(file)
            found.setdefault(name, {}).setdefault(owner, []).append(file)
    for name, owners in found.items():
        if len(owners) > 1:
            raise Invalid(
                f"{' and '.join(repr(o) for o in sorted(owners))} would both be the stream '{name}'",
                hint="List the streams of this source and give each its 'path'.",
            )
    return {name: tuple(file for group in owners.values() for file in group) for name, owners in found.items()}


def left_over(files: Sequence[Found], chosen: Mapping[str, Sequence[Found]]) -> dict[str, tuple[Found, ...]]:
    """What no declared stream reads, as `by_name` would name it; by its whole name where that is taken."""
    used = {file.key for some in chosen.values() for file in some}
    owners: dict[str, list[Found]] = {}
    names: dict[str, set[str]] = {}
    for file in files:
        if file.ending and file.key not in used:
            owner, name = _owner(file)
            owners.setdefault(owner, []).append(file)
            names.setdefault(name, set()).add(owner)
    free = {owner: name for name, some in names.items() if len(some) == 1 and name not in chosen for owner in some}
    return {free.get(owner, f"{owner}/" if owner in chosen else owner): tuple(some) for owner, some in owners.items()}


def _owner(file: Found) -> tuple[str, str]:
    """The file, archive or sub folder of the source that it belongs to, and the stream's name that follows."""
    first, _, inner = file.key.partition("/")
    owner = first.partition("!")[0]
    return owner, owner if inner and "!" not in first else _stem(owner)


def _inside(stream: str, path: str) -> None:
    windows, posix = PureWindowsPath(path), PurePosixPath(path)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts or "\0" in path:
        raise Invalid(
            f"the path '{path}' of the stream '{stream}' leaves the source's folder",
            hint="Paths of streams are relative to the source's 'path' and hold no '..'.",
        )


def _unzipped(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


def _stem(name: str) -> str:
    plain = PurePosixPath(_unzipped(name))
    return plain.stem if plain.suffix.lower() in (*ENDINGS, ".zip") else plain.name
