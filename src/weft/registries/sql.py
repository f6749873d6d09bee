"""The registry over a SQL database."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from weft.errors import Unavailable
from weft.registries.cursors import SqlCursors
from weft.registries.documents import SqlDocuments
from weft.registries.failures import away, told
from weft.registries.journal import SqlJournal
from weft.registries.leases import SqlLeases
from weft.registries.projections import SqlProjections
from weft.registries.publications import SqlPublications
from weft.registries.search import SqlSearch
from weft.registries.secrets import SqlSecrets
from weft.registries.session import Session
from weft.seams.failpoint import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_PAUSE = 0.1
"""Seconds between two tries to reach a database."""


class SqlUnit(Struct, frozen=True, dict=True):
    """Fulfils `seams.Unit`."""

    session: Session

    @cached_property
    def documents(self) -> SqlDocuments:
        """Applied documents."""
        return SqlDocuments(self.session)

    @cached_property
    def journal(self) -> SqlJournal:
        """Events."""
        return SqlJournal(self.session)

    @cached_property
    def publications(self) -> SqlPublications:
        """What consumers see."""
        return SqlPublications(self.session)

    @cached_property
    def cursors(self) -> SqlCursors:
        """Intents."""
        return SqlCursors(self.session)

    @cached_property
    def leases(self) -> SqlLeases:
        """Leases."""
        return SqlLeases(self.session)

    @cached_property
    def projections(self) -> SqlProjections:
        """Computed rows."""
        return SqlProjections(self.session)

    @cached_property
    def search(self) -> SqlSearch:
        """Full text."""
        return SqlSearch(self.session)

    @cached_property
    def secrets(self) -> SqlSecrets:
        """Envelopes of the vault."""
        return SqlSecrets(self.session)


class SqlRegistry:
    """Fulfils `seams.Registry`. Made by `open_registry`.

    Args:
        engine: begins a transaction for writing when the execution option `weft_write` is set.
        wait: seconds that a writer waits for others.
    """

    def __init__(self, engine: Engine, wait: float) -> None:
        self._engine = engine
        self._wait = wait
        self._gate = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[SqlUnit]:
        """One transaction.

        Raises:
            Unavailable: other writers took longer than `wait`, the disk is full, the database is not there.
            Broken: the database's files are damaged.
        """
        if not write:
            with self._unit(write=False) as unit:
                yield unit
            return
        with self._alone(), self._unit(write=True) as unit:
            yield unit
        failpoint("registry.after_commit")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _unit(self, *, write: bool) -> Iterator[SqlUnit]:
        with told(self._wait), self._begun(write=write) as connection:
            yield SqlUnit(Session(connection, write))
            if write:
                failpoint("registry.before_commit")
            connection.commit()

    @contextmanager
    def _begun(self, *, write: bool) -> Iterator[Connection]:
        """A connection with a transaction, rolled back at the end unless it was committed.

        A server that restarts is waited for: nothing has happened yet, so trying again is safe.
        """
        until = time.monotonic() + self._wait
        while True:
            connection = None
            try:
                connection = self._engine.connect().execution_options(weft_write=write)
                connection.begin()
                break
            except DBAPIError as error:
                if connection is not None:
                    connection.close()
                if not away(error) or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
        with connection:
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Threads of this process queue here, in fair order; the database's own lock is polled and is not fair."""
        me = threading.get_ident()
        if self._writer == me:
            raise RuntimeError("a thread opens one write transaction at a time")
        if not self._gate.acquire(timeout=self._wait):
            raise Unavailable(
                f"the registry is being written by another thread for more than {self._wait:g} seconds",
                hint="Try again.",
            )
        try:
            self._writer = me
            yield
        finally:
            self._writer = None
            self._gate.release()
