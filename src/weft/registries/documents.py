"""Applied documents and their history, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import and_, delete, func, insert, or_, select

from weft.model import Document
from weft.registries.schema import documents, revisions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy import Row

    from weft.registries.session import Session

_ALL = (
    select(revisions.c.path, revisions.c.kind, revisions.c.id, revisions.c.content)
    .join_from(documents, revisions)
    .order_by(documents.c.path)
)
_FOLDERS = 4
"""Folders that are looked into with one statement; of more SQLite thinks that reading all documents is cheaper."""
_AFTER = chr(ord("/") + 1)


class SqlDocuments(Struct, frozen=True):
    """Fulfils `seams.Documents`."""

    session: Session

    def all(self) -> tuple[Document, ...]:
        """Every applied document, by path."""
        return tuple(_document(row) for row in self.session.connection.execute(_ALL))

    def below(self, folders: Iterable[str]) -> tuple[Document, ...]:
        """Those in some folders."""
        wanted = list(dict.fromkeys(folders))
        found: dict[str, Document] = {}
        for start in range(0, len(wanted), _FOLDERS):
            path = documents.c.path
            each = (
                or_(path == f, and_(path >= f"{f}/", path < f"{f}{_AFTER}")) for f in wanted[start : start + _FOLDERS]
            )
            rows = self.session.connection.execute(_ALL.where(or_(*each)))
            found |= {row.path: _document(row) for row in rows}
        return tuple(found[path] for path in sorted(found))

    def put(self, document: Document, *, at: str, actor: str) -> int:
        """Apply; returns its revision."""
        parts = {"kind": document.kind, "id": document.id, "content": document.content}
        state, revision = self._add(document.path, {"at": at, "actor": actor, **parts})
        self._forget(document.path)
        self.session.connection.execute(insert(documents).values(path=document.path, state=state))
        return revision

    def retire(self, path: str, *, at: str, actor: str) -> None:
        """Take it away; nothing happens when it is not applied."""
        if self._forget(path):
            self._add(path, {"at": at, "actor": actor})

    def history(self, path: str) -> tuple[tuple[int, str, str, Document | None], ...]:
        """Revisions of a path, oldest first."""
        wanted = select(revisions).where(revisions.c.path == path).order_by(revisions.c.revision)
        return tuple(
            (row.revision, row.at, row.actor, None if row.content is None else _document(row))
            for row in self.session.connection.execute(wanted)
        )

    def revision(self) -> int:
        """State of all documents."""
        return self.session.head("documents")[0]

    def states(self) -> dict[str, int]:
        """When each became what it is."""
        found = self.session.connection.execute(select(documents.c.path, documents.c.state))
        return {row.path: row.state for row in found}

    def _add(self, path: str, values: dict[str, Any]) -> tuple[int, int]:
        connection = self.session.writing()
        state = self.revision() + 1
        newest = select(func.max(revisions.c.revision)).where(revisions.c.path == path)
        revision: int = (connection.execute(newest).scalar() or 0) + 1
        connection.execute(insert(revisions).values(state=state, path=path, revision=revision, **values))
        self.session.move("documents", state)
        return state, revision

    def _forget(self, path: str) -> bool:
        return bool(self.session.writing().execute(delete(documents).where(documents.c.path == path)).rowcount)


def _document(row: Row[*tuple[Any, ...]]) -> Document:
    return Document(path=row.path, kind=row.kind, id=row.id, content=bytes(row.content))
