"""Full text over what is declared: SQLite's FTS5, PostgreSQL's tsvector.

Its tables are no part of the schema that migrations lead to: they are computed from documents, so they are made when
they are first filled. Words come cut and folded, and no database cuts them again; so all find the same things.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Column, Index, MetaData, Table, Text, bindparam, delete, insert, or_, select, text

from weft.model import Findable
from weft.registries.schema import NAME, NUMBER, bookmarks
from weft.registries.session import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.registries.session import Session

_NAME = "search.1"
"""Of its bookmark; the number is raised when the meaning of its rows changes, and everything fills itself anew."""
_CHUNK = 500
_BEST, _GOOD, _FAIR = 20.0, 9.0, 6.0
"""Weights from which on a word counts as of the first, second, third class; all others are of the fourth."""

things = Table(
    "weft_search_things",
    MetaData(),
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("key", NAME, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("part", NAME, nullable=False),
    Column("signature", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_weft_search_things_name", "name"),
    Index("ix_weft_search_things_part", "part"),
)
"""`name` and `part` (the last one of the name) are folded for case."""

_SQLITE = (
    "CREATE VIRTUAL TABLE weft_search_text USING fts5(a, b, c, d, tokenize = 'unicode61 remove_diacritics 0')",
    "CREATE VIRTUAL TABLE weft_search_words USING fts5vocab('weft_search_text', 'row')",
)
_POSTGRES = (
    "CREATE TABLE weft_search_text (id bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX ix_weft_search_text_words ON weft_search_text USING gin (words)",
)


class SqlSearch(Struct, frozen=True):
    """Fulfils `seams.Search`."""

    session: Session

    def bookmark(self) -> int:
        """Revision of the documents that it holds."""
        wanted = select(bookmarks.c.sequence).where(bookmarks.c.name == _NAME)
        return self.session.connection.execute(wanted).scalar() or 0

    def signatures(self) -> dict[str, str]:
        """By key."""
        if not self.bookmark():
            return {}
        return {
            row.key: row.signature for row in self.session.connection.execute(select(things.c.key, things.c.signature))
        }

    def put(self, things: Iterable[Findable], gone: Iterable[str], state: int) -> None:
        """Replace, take away, set the state."""
        self._made()
        self._take(list(gone))
        chunk: list[Findable] = []
        for thing in things:
            chunk.append(thing)
            if len(chunk) == _CHUNK:
                self._put(chunk)
                chunk = []
        self._put(chunk)
        self.session.writing().execute(delete(bookmarks).where(bookmarks.c.name == _NAME))
        self.session.writing().execute(insert(bookmarks).values(name=_NAME, sequence=state))

    def drop(self) -> None:
        """Forget everything, the tables too."""
        self.session.writing().execute(delete(bookmarks).where(bookmarks.c.name == _NAME))
        for name in ("weft_search_words", "weft_search_text", things.name):
            self.session.connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")

    def words(self) -> list[str]:
        """All of them."""
        if not self.bookmark():
            return []
        return sorted(word for (word,) in self.session.connection.exec_driver_sql(self._text.words))

    def named(self, name: str) -> list[str]:
        """By whole name or last part."""
        if not self.bookmark():
            return []
        wanted = name.casefold()
        found = select(things.c.key).where(or_(things.c.name == wanted, things.c.part == wanted))
        return list(self.session.connection.execute(found.order_by(things.c.key)).scalars())

    def match(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """Likely ones first."""
        if not self.bookmark():
            return []
        if not groups:
            return list(
                self.session.connection.execute(select(things.c.key).order_by(things.c.name, things.c.key)).scalars()
            )
        found = self.session.connection.execute(text(self._text.match), {"query": self._text.query(groups)})
        return list(found.scalars())

    def get(self, keys: Sequence[str]) -> list[Findable]:
        """In that order."""
        if not self.bookmark() or not keys:
            return []
        wanted = select(things.c.key, things.c.body).where(things.c.key.in_(keys))
        found = {key: Findable.model_validate_json(body) for key, body in self.session.connection.execute(wanted)}
        return [found[key] for key in keys if key in found]

    @property
    def _text(self) -> _Fts5 | _Tsvector:
        return _Fts5() if self.session.connection.dialect.name == "sqlite" else _Tsvector()

    def _made(self) -> None:
        connection = self.session.writing()
        if self.bookmark():
            return
        self.drop()
        things.create(connection)
        for statement in self._text.tables:
            connection.exec_driver_sql(statement)

    def _take(self, keys: list[str]) -> None:
        for start in range(0, len(keys), _CHUNK):
            wanted = select(things.c.id).where(things.c.key.in_(keys[start : start + _CHUNK]))
            ids = list(self.session.connection.execute(wanted).scalars())
            if ids:
                self.session.writing().execute(text(self._text.delete), [{"id": n} for n in ids])
                self.session.connection.execute(delete(things).where(things.c.id.in_(ids)))

    def _put(self, found: list[Findable]) -> None:
        if not found:
            return
        self._take([thing.key for thing in found])
        rows = [_row(thing) for thing in found]
        self.session.writing().execute(insert(things), rows)
        wanted = select(things.c.key, things.c.id).where(things.c.key.in_([row["key"] for row in rows]))
        ids = {row.key: row.id for row in self.session.connection.execute(wanted)}
        texts = [{"id": ids[thing.key], **self._text.of(_classes(thing))} for thing in found]
        self.session.connection.execute(text(self._text.insert).bindparams(*map(bindparam, texts[0])), texts)


class _Fts5:
    """SQLite's way."""

    tables = _SQLITE
    insert = "INSERT INTO weft_search_text(rowid, a, b, c, d) VALUES (:id, :a, :b, :c, :d)"
    delete = "DELETE FROM weft_search_text WHERE rowid = :id"
    words = "SELECT term FROM weft_search_words"
    match = (
        "SELECT t.key FROM weft_search_text x JOIN weft_search_things t ON t.id = x.rowid "
        "WHERE weft_search_text MATCH :query ORDER BY bm25(weft_search_text, 20, 10, 7, 3), t.name, t.key"
    )

    @staticmethod
    def of(classes: dict[str, list[str]]) -> dict[str, str]:
        return {name: " ".join(classes[name]) for name in "abcd"}

    @staticmethod
    def query(groups: Sequence[Sequence[str]]) -> str:
        def one(word: str) -> str:
            return f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"'

        return " AND ".join(f"({' OR '.join(map(one, group))})" for group in groups)


class _Tsvector:
    """PostgreSQL's way; texts are given as it writes them itself, so that its parsers never see a word."""

    tables = _POSTGRES
    insert = "INSERT INTO weft_search_text(id, words) VALUES (:id, CAST(:words AS tsvector))"
    delete = "DELETE FROM weft_search_text WHERE id = :id"
    words = "SELECT DISTINCT unnest(tsvector_to_array(words)) FROM weft_search_text"
    match = (
        "SELECT t.key FROM weft_search_text x JOIN weft_search_things t ON t.id = x.id, CAST(:query AS tsquery) q "
        "WHERE x.words @@ q ORDER BY ts_rank('{0.15, 0.35, 0.5, 1.0}', x.words, q) DESC, t.name, t.key"
    )

    @staticmethod
    def of(classes: dict[str, list[str]]) -> dict[str, str]:
        marked = [f"'{word}':1{name.upper()}" for name in "abcd" for word in classes[name]]
        return {"words": " ".join(marked)}

    @staticmethod
    def query(groups: Sequence[Sequence[str]]) -> str:
        def one(word: str) -> str:
            return f"'{word[:-1]}':*" if word.endswith("*") else f"'{word}'"

        return " & ".join(f"({' | '.join(map(one, group))})" for group in groups)


def _classes(thing: Findable) -> dict[str, list[str]]:
    """Its words by how much they weigh."""
    found: dict[str, list[str]] = defaultdict(list)
    for word, (weight, _) in thing.words.items():
        found["a" if weight >= _BEST else "b" if weight >= _GOOD else "c" if weight >= _FAIR else "d"].append(word)
    return found


def _row(thing: Findable) -> dict[str, Any]:
    name = thing.name.casefold()
    body = canonical(thing.model_dump(mode="json"), f"'{thing.key}' of the search")
    return {"key": thing.key, "name": name, "part": name.rpartition(".")[2], "signature": thing.signature, "body": body}
