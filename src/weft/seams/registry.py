"""The registry: what is declared and what was observed, behind one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from weft.model import Document, Event, Findable, Publication, Sealed


class Documents(Protocol):
    """The applied documents and their history."""

    def all(self) -> tuple[Document, ...]:
        """Every document that is applied now, by path."""

    def below(self, folders: Iterable[str]) -> tuple[Document, ...]:
        """Those that lie in one of these folders, or have one of these paths; by path."""

    def put(self, document: Document, *, at: str, actor: str) -> int:
        """Make it the applied one of its path; returns its revision from 1, the old one stays in the history."""

    def retire(self, path: str, *, at: str, actor: str) -> None:
        """No longer applied; its history stays."""

    def history(self, path: str) -> tuple[tuple[int, str, str, Document | None], ...]:
        """(revision, at, actor, document or none when retired), oldest first."""

    def revision(self) -> int:
        """Grows with every put and retire: names the state of all documents."""

    def states(self) -> dict[str, int]:
        """By path of each applied document, the revision of all documents at which it became what it is."""


class Journal(Protocol):
    """The append-only hash chain of events. Their sequence is the order of commits: it is given under one lock."""

    def append(self, events: Iterable[Event]) -> int:
        """Append those whose id is not there yet; returns how many were new."""

    def read(
        self, after: int = 0, *, types: Sequence[str] = (), subject: str = "", limit: int = 1000, newest: bool = False
    ) -> tuple[Event, ...]:
        """Events after that sequence number, oldest first, at most `limit`.

        With `newest` the other way: newest first, those before that number, or from the head when it is 0.
        """

    def head(self) -> tuple[int, str]:
        """Sequence number and hash of the last event; (0, '') when empty."""

    def verify(self) -> int:
        """Recompute the chain; returns how many events were checked.

        Raises:
            Broken: names the first event whose hash does not fit.
        """


class Publications(Protocol):
    """Which version of each table consumers see, and which candidate is held."""

    def get(self, table: str) -> Publication | None:
        """The published one of a table's key (`a.b.c@1`), or none."""

    def held(self, table: str) -> Publication | None:
        """The held candidate, or none."""

    def put(self, publication: Publication) -> None:
        """Replace the published (or, with `held`, the held) one of its table. Publishing takes the held one away."""

    def drop(self, table: str, *, held: bool = False) -> None:
        """Forget it."""

    def all(self) -> tuple[Publication, ...]:
        """Published and held ones."""


class Cursors(Protocol):
    """Which cursor goes with which commit. Written before the commit; the table's app transaction decides."""

    def intend(self, app: str, sequence: int, run: str, cursor: dict[str, Any]) -> None:
        """If (app, sequence) is committed by that run, this cursor holds."""

    def find(self, app: str, sequence: int, run: str) -> dict[str, Any] | None:
        """The cursor of a commit, or none when the registry never heard of it."""

    def prune(self, app: str, below: int) -> None:
        """Forget intents with smaller sequence numbers."""


class Leases(Protocol):
    """Who works on what; by the registry's time."""

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take it if free, expired or already ours; returns whether it is ours now."""

    def release(self, name: str, owner: str) -> None:
        """Give it back; nothing happens when it is not ours."""

    def holder(self, name: str) -> tuple[str, float] | None:
        """(owner, seconds left) of a live lease, or none."""


class Projections(Protocol):
    """Rows computed from the journal: each projection has a bookmark and can be dropped and rebuilt."""

    def bookmark(self, name: str) -> int:
        """Sequence number of the last event that it holds; 0 when it is new."""

    def get(self, name: str, key: str) -> Any:
        """JSON value of a key, or none."""

    def some(self, name: str, keys: Iterable[str]) -> dict[str, Any]:
        """JSON values of many keys at once, none for what is not there."""

    def rows(self, name: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Keys that start so and their values, in key order."""

    def put(self, name: str, rows: dict[str, Any], bookmark: int) -> None:
        """Set these keys (None deletes) and the bookmark."""

    def drop(self, name: str) -> None:
        """Forget all its rows and its bookmark."""


class Search(Protocol):
    """Full text over what documents declare: computed from them, can be dropped and filled again.

    It finds things by whole words and by beginnings of words; what words are alike is decided above.
    """

    def bookmark(self) -> int:
        """Revision of the documents that it was filled from; 0 when it is new."""

    def signatures(self) -> dict[str, str]:
        """Signature of each thing by its key."""

    def put(self, things: Iterable[Findable], gone: Iterable[str], state: int) -> None:
        """Add or replace things, take away those of the keys in `gone`, and set the state."""

    def drop(self) -> None:
        """Forget everything."""

    def words(self) -> list[str]:
        """Every word that leads to something, once, sorted."""

    def named(self, name: str) -> list[str]:
        """Keys of things whose whole name, or its last part, is that; case is ignored."""

    def match(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """Keys of the things that have a word of every group, likely ones first; without groups, all by name.

        A word that ends with `*` stands for all that begin so.
        """

    def get(self, keys: Sequence[str]) -> list[Findable]:
        """Those things, in the order of the keys; what is not there is left out."""


class Secrets(Protocol):
    """The envelopes of the mesh's own vault."""

    def get(self, name: str) -> Sealed | None:
        """That one, or none."""

    def all(self) -> tuple[Sealed, ...]:
        """All of them, by name."""

    def put(self, sealed: Sealed) -> None:
        """Replace the one of that name."""

    def drop(self, name: str) -> None:
        """Forget it."""


class Unit(Protocol):
    """One transaction of the registry."""

    @property
    def documents(self) -> Documents:
        """See `Documents`."""

    @property
    def journal(self) -> Journal:
        """See `Journal`."""

    @property
    def publications(self) -> Publications:
        """See `Publications`."""

    @property
    def cursors(self) -> Cursors:
        """See `Cursors`."""

    @property
    def leases(self) -> Leases:
        """See `Leases`."""

    @property
    def projections(self) -> Projections:
        """See `Projections`."""

    @property
    def search(self) -> Search:
        """See `Search`."""

    @property
    def secrets(self) -> Secrets:
        """See `Secrets`."""


class Registry(Protocol):
    """Opens transactions. Safe for threads; several processes may share one registry."""

    def transaction(self, *, write: bool = False) -> AbstractContextManager[Unit]:
        """One transaction: all of it or nothing. A writer waits for other writers (Unavailable after a while).

        Writing in a transaction that was not opened with `write` is a programming error.
        """

    def close(self) -> None:
        """Release what is held."""
