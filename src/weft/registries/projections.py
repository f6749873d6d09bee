"""Rows computed from the journal, in SQL."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from pydantic_core import from_json
from sqlalchemy import bindparam, delete, insert, select

from weft.registries.schema import bookmarks, projections
from weft.registries.session import CHUNK, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.registries.session import Session

_PAGE = 1000
_BOOKMARK = select(bookmarks.c.sequence).where(bookmarks.c.name == bindparam("of"))
_VALUE = select(projections.c.value).where(
    projections.c.name == bindparam("of"), projections.c.key == bindparam("which")
)
_SOME = select(projections.c.key, projections.c.value).where(
    projections.c.name == bindparam("of"), projections.c.key.in_(bindparam("which", expanding=True))
)
_DELETE = delete(projections).where(projections.c.name == bindparam("of"), projections.c.key == bindparam("which"))


class SqlProjections(Struct, frozen=True):
    """Fulfils `seams.Projections`."""

    session: Session

    def bookmark(self, name: str) -> int:
        """Last event that it holds."""
        return self.session.connection.execute(_BOOKMARK, {"of": name}).scalar() or 0

    def get(self, name: str, key: str) -> Any:
        """Value of a key, or none."""
        text = self.session.connection.execute(_VALUE, {"of": name, "which": key}).scalar()
        return None if text is None else from_json(text)

    def some(self, name: str, keys: Iterable[str]) -> dict[str, Any]:
        """Values of many keys."""
        found: dict[str, Any] = dict.fromkeys(keys)
        wanted = list(found)
        for start in range(0, len(wanted), CHUNK):
            piece = {"of": name, "which": wanted[start : start + CHUNK]}
            found |= {key: from_json(value) for key, value in self.session.connection.execute(_SOME, piece)}
        return found

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
            yield from ((key, from_json(value)) for key, value in page)
            page = self.session.connection.execute(wanted.where(projections.c.key > page[-1][0])).all()

    def put(self, name: str, rows: dict[str, Any], bookmark: int) -> None:
        """Set keys (None deletes) and the bookmark."""
        connection = self.session.writing()
        gone = [{"of": name, "which": key} for key, value in rows.items() if value is None]
        if gone:
            connection.execute(_DELETE, gone)
        kept = [
            {"name": name, "key": key, "value": canonical(value, f"row '{key}' of projection '{name}'")}
            for key, value in rows.items()
            if value is not None
        ]
        if kept:
            connection.execute(_put(connection.dialect.name), kept)
        connection.execute(delete(bookmarks).where(bookmarks.c.name == name))
        connection.execute(insert(bookmarks).values(name=name, sequence=bookmark))

    def drop(self, name: str) -> None:
        """Forget it."""
        for table in (projections, bookmarks):
            self.session.writing().execute(delete(table).where(table.c.name == name))


@cache
def _put(dialect: str) -> Any:
    put = importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert(projections)
    return put.on_conflict_do_update(index_elements=["name", "key"], set_={"value": put.excluded.value})


def after(prefix: str) -> str | None:
    """The smallest text, by code points, behind all that start with `prefix`; none when there is no such text."""
    kept = prefix.rstrip(chr(0x10FFFF))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)  # noqa: PLR2004 - surrogates are no characters
