"""A registry in memory: fulfils every protocol of `seams.registry`, and is simple enough to be believed."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.model import Document, Event, Findable, Publication, Sealed


@dataclass
class _State:
    """All that is kept. A writer works on a copy, which takes the place of the old one when it commits."""

    applied: dict[str, Document] = field(default_factory=dict)
    history: dict[str, tuple[tuple[int, str, str, Document | None], ...]] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    events: list[Event] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    publications: dict[tuple[str, bool], Publication] = field(default_factory=dict)
    cursors: dict[tuple[str, int, str], str] = field(default_factory=dict)
    leases: dict[str, tuple[str, float]] = field(default_factory=dict)
    projections: dict[str, dict[str, str]] = field(default_factory=dict)
    bookmarks: dict[str, int] = field(default_factory=dict)
    things: dict[str, Findable] = field(default_factory=dict)
    secrets: dict[str, Sealed] = field(default_factory=dict)

    def copy(self) -> _State:
        """A copy whose containers are its own."""
        own = {name: value.copy() for name, value in vars(self).items() if name not in {"revision", "projections"}}
        rows = {name: rows.copy() for name, rows in self.projections.items()}
        return replace(self, projections=rows, **own)


@dataclass(frozen=True)
class _Part:
    state: _State
    write: bool

    def writing(self) -> _State:
        if not self.write:
            raise RuntimeError("this transaction was opened for reading; open it with write=True")
        return self.state


class _Documents(_Part):
    def all(self) -> tuple[Document, ...]:
        return tuple(document for _, document in sorted(self.state.applied.items()))

    def below(self, folders: Iterable[str]) -> tuple[Document, ...]:
        wanted = tuple(folders)
        return tuple(d for d in self.all() if any(d.path == f or d.path.startswith(f"{f}/") for f in wanted))

    def put(self, document: Document, *, at: str, actor: str) -> int:
        self.writing().applied[document.path] = document
        return self._add(document.path, at, actor, document)

    def retire(self, path: str, *, at: str, actor: str) -> None:
        if self.writing().applied.pop(path, None) is not None:
            self._add(path, at, actor, None)
            del self.state.states[path]

    def states(self) -> dict[str, int]:
        return self.state.states.copy()

    def history(self, path: str) -> tuple[tuple[int, str, str, Document | None], ...]:
        return self.state.history.get(path, ())

    def revision(self) -> int:
        return self.state.revision

    def _add(self, path: str, at: str, actor: str, document: Document | None) -> int:
        before = self.history(path)
        self.state.history[path] = (*before, (len(before) + 1, at, actor, document))
        self.state.revision += 1
        self.state.states[path] = self.state.revision
        return len(before) + 1


class _Journal(_Part):
    def append(self, new: Iterable[Event]) -> int:
        events, before = self.writing().events, len(self.state.events)
        for event in new:
            if event.id in self.state.ids:
                continue
            told = event.model_copy(update={"data": json.loads(_text(event.data)), "sequence": len(events) + 1})
            events.append(told.model_copy(update={"hash": _link(self.head()[1], told)}))
            self.state.ids.add(event.id)
        return len(events) - before

    def read(
        self, after: int = 0, *, types: Sequence[str] = (), subject: str = "", limit: int = 1000, newest: bool = False
    ) -> tuple[Event, ...]:
        wanted = [
            e.model_copy(deep=True)
            for e in (self.state.events[: after - 1 if after else None] if newest else self.state.events[after:])
            if (not types or e.type in types) and (not subject or e.subject == subject)
        ]
        return tuple((wanted[::-1] if newest else wanted)[:limit])

    def head(self) -> tuple[int, str]:
        events = self.state.events
        return (events[-1].sequence, events[-1].hash) if events else (0, "")

    def verify(self) -> int:
        digest = ""
        for event in self.state.events:
            digest = _link(digest, event)
            if digest != event.hash:
                raise Broken(f"event {event.sequence} ('{event.id}') of the journal is not the one that was written")
        return len(self.state.events)


class _Publications(_Part):
    def get(self, table: str) -> Publication | None:
        return self.state.publications.get((table, False))

    def held(self, table: str) -> Publication | None:
        return self.state.publications.get((table, True))

    def put(self, publication: Publication) -> None:
        self.drop(publication.table.key, held=True)
        self.state.publications[publication.table.key, publication.held] = publication

    def drop(self, table: str, *, held: bool = False) -> None:
        self.writing().publications.pop((table, held), None)

    def all(self) -> tuple[Publication, ...]:
        return tuple(publication for _, publication in sorted(self.state.publications.items()))


class _Cursors(_Part):
    def intend(self, app: str, sequence: int, run: str, cursor: dict[str, Any]) -> None:
        self.writing().cursors[app, sequence, run] = _text(cursor)

    def find(self, app: str, sequence: int, run: str) -> dict[str, Any] | None:
        text = self.state.cursors.get((app, sequence, run))
        found: dict[str, Any] | None = None if text is None else json.loads(text)
        return found

    def prune(self, app: str, below: int) -> None:
        for key in [key for key in self.writing().cursors if key[0] == app and key[1] < below]:
            del self.state.cursors[key]


class _Leases(_Part):
    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        held = self.holder(name)
        if held is not None and held[0] != owner:
            return False
        self.writing().leases[name] = (owner, time.monotonic() + seconds)
        return True

    def release(self, name: str, owner: str) -> None:
        if self.writing().leases.get(name, ("", 0.0))[0] == owner:
            del self.state.leases[name]

    def holder(self, name: str) -> tuple[str, float] | None:
        owner, until = self.state.leases.get(name, ("", 0.0))
        left = until - time.monotonic()
        return (owner, left) if owner and left > 0 else None


class _Projections(_Part):
    def bookmark(self, name: str) -> int:
        return self.state.bookmarks.get(name, 0)

    def get(self, name: str, key: str) -> Any:
        text = self.state.projections.get(name, {}).get(key)
        return None if text is None else json.loads(text)

    def some(self, name: str, keys: Iterable[str]) -> dict[str, Any]:
        return {key: self.get(name, key) for key in keys}

    def rows(self, name: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        wanted = sorted(item for item in self.state.projections.get(name, {}).items() if item[0].startswith(prefix))
        return ((key, json.loads(text)) for key, text in wanted)

    def put(self, name: str, rows: dict[str, Any], bookmark: int) -> None:
        kept = self.writing().projections.setdefault(name, {})
        for key, value in rows.items():
            kept.pop(key, None)
            if value is not None:
                kept[key] = _text(value)
        self.state.bookmarks[name] = bookmark

    def drop(self, name: str) -> None:
        self.writing().projections.pop(name, None)
        self.state.bookmarks.pop(name, None)


class _Search(_Part):
    def bookmark(self) -> int:
        return self.state.bookmarks.get("search", 0)

    def signatures(self) -> dict[str, str]:
        return {key: thing.signature for key, thing in self.state.things.items()}

    def put(self, things: Iterable[Findable], gone: Iterable[str], state: int) -> None:
        for key in gone:
            self.writing().things.pop(key, None)
        self.writing().things.update((thing.key, thing) for thing in things)
        self.state.bookmarks["search"] = state

    def drop(self) -> None:
        self.writing().things.clear()
        self.state.bookmarks.pop("search", None)

    def words(self) -> list[str]:
        return sorted({word for thing in self.state.things.values() for word in thing.words})

    def named(self, name: str) -> list[str]:
        wanted = name.casefold()
        found = {key: thing.name.casefold() for key, thing in self.state.things.items()}
        return sorted(key for key, one in found.items() if wanted in {one, one.rpartition(".")[2]})

    def match(self, groups: Sequence[Sequence[str]]) -> list[str]:
        found = [t for t in self.state.things.values() if all(any(_has(t, word) for word in g) for g in groups)]
        return [thing.key for thing in sorted(found, key=lambda t: (t.name, t.kind))]

    def get(self, keys: Sequence[str]) -> list[Findable]:
        return [self.state.things[key] for key in keys if key in self.state.things]


class _Secrets(_Part):
    def get(self, name: str) -> Sealed | None:
        return self.state.secrets.get(name)

    def all(self) -> tuple[Sealed, ...]:
        return tuple(sealed for _, sealed in sorted(self.state.secrets.items()))

    def put(self, sealed: Sealed) -> None:
        self.writing().secrets[sealed.name] = sealed

    def drop(self, name: str) -> None:
        self.writing().secrets.pop(name, None)


def _has(thing: Findable, word: str) -> bool:
    return any(w.startswith(word[:-1]) for w in thing.words) if word.endswith("*") else word in thing.words


@dataclass(frozen=True)
class MemoryUnit:
    """One transaction: the parts of `seams.Unit` over one state."""

    documents: _Documents
    journal: _Journal
    publications: _Publications
    cursors: _Cursors
    leases: _Leases
    projections: _Projections
    search: _Search
    secrets: _Secrets


class MemoryRegistry:
    """A registry that is gone with its process.

    Args:
        wait: seconds that a writer waits for others.
    """

    def __init__(self, wait: float = 30.0) -> None:
        self._state = _State()
        self._wait = wait
        self._gate = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[MemoryUnit]:
        """One transaction; readers see the state at its begin."""
        if not write:
            yield _unit(self._state, write=False)
            return
        if self._writer == threading.get_ident():
            raise RuntimeError("a thread opens one write transaction at a time")
        if not self._gate.acquire(timeout=self._wait):
            raise Unavailable(f"the registry is being written by another thread for more than {self._wait:g} seconds")
        try:
            self._writer = threading.get_ident()
            state = self._state.copy()
            yield _unit(state, write=True)
            self._state = state
        finally:
            self._writer = None
            self._gate.release()

    def close(self) -> None:
        """Nothing is held."""


def _unit(state: _State, *, write: bool) -> MemoryUnit:
    parts = (_Documents, _Journal, _Publications, _Cursors, _Leases, _Projections, _Search, _Secrets)
    return MemoryUnit(*(part(state, write) for part in parts))  # type: ignore[arg-type]


def _text(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Invalid("a value is not JSON") from error


def _link(before: str, event: Event) -> str:
    return hashlib.sha256((before + _text(event.model_dump(exclude={"hash"}))).encode()).hexdigest()
