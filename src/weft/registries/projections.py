"""Rows computed from the journal, in SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from weft.registries.schema import bookmarks, projections
from weft.registries.session import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.registries.session import Session

_PAGE = 1000
_VALUE = select(projections.c.value).where(
    projections.c.name == bindparam("of"), projections.c.key == bindparam("which")
)
_DELETE = delete(projections).where(projections.c.name == bindparam("of"), projections.c.key == bindparam("which"))


@dataclass(frozen=True)
class SqlProjections:
    """Fulfils `seams.Projections`."""

    session: Session

    def bookmark(self, name: str) -> int:
        """Last event that it holds."""
        wanted = select(bookmarks.c.sequence).where(bookmarks.c.name == name)
        return self.session.connection.execute(wanted).scalar() or 0

    def get(self, name: str, key: str) -> Any:
        """Value of a key, or none."""
        text = self.session.connection.execute(_VALUE, {"of": name, "which": key}).scalar()
        return None if text is None else json.loads(text)

    def rows(self, name: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Keys that start so, page by page: what is put meanwhile disturbs nothing."""
        wanted = select(projections.c.key, projections.c.value).where(
            projections.c.name == name, projections.c.key >= prefix
        )
        end = after(prefix)
        if end is not None:
            wanted = wanted.where(projections.c.key < end)
        wanted = wanted.order_by(projections.c.key).limit(_PAGE)
        page = self.session.connection.execute(wanted).all()
        while page:
            yield from ((key, json.loads(value)) for key, value in page)
            page = self.session.connection.execute(wanted.where(projections.c.key > page[-1][0])).all()

    def put(self, name: str, rows: dict[str, Any], bookmark: int) -> None:
        """Set keys (None deletes) and the bookmark."""
        connection = self.session.writing()
        if rows:
            connection.execute(_DELETE, [{"of": name, "which": key} for key in rows])
        kept = [
            {"name": name, "key": key, "value": canonical(value, f"row '{key}' of projection '{name}'")}
            for key, value in rows.items()
            if value is not None
        ]
        if kept:
            connection.execute(insert(projections), kept)
        connection.execute(delete(bookmarks).where(bookmarks.c.name == name))
        connection.execute(insert(bookmarks).values(name=name, sequence=bookmark))

    def drop(self, name: str) -> None:
        """Forget it."""
        for table in (projections, bookmarks):
            self.session.writing().execute(delete(table).where(table.c.name == name))


def after(prefix: str) -> str | None:
    """The smallest text, by code points, behind all that start with `prefix`; none when there is no such text."""
    kept = prefix.rstrip(chr(0x10FFFF))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)  # noqa: PLR2004 - surrogates are no characters
