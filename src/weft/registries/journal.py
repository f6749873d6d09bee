"""The journal in SQL: an append-only chain of hashes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from pydantic_core import from_json
from sqlalchemy import insert, select, true, union_all

from weft.errors import Broken
from weft.model import Event
from weft.registries.schema import events
from weft.registries.session import CHUNK, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weft.registries.session import Session

_PAGE = 5000
_OTHERS = ("sequence", "id", "type", "at", "actor", "subject", "hash")
_COLUMNS = (events.c.data, *(events.c[name] for name in _OTHERS))
_FIELDS = ("actor", "at", "id", "subject", "type")


class SqlJournal(Struct, frozen=True):
    """Fulfils `seams.Journal`. The write transaction holds the registry's one lock: no two appends interleave."""

    session: Session

    def append(self, new: Iterable[Event]) -> int:
        """Append those whose id is not there yet."""
        connection = self.session.writing()
        wanted = tuple(new)
        told = self._known([e.id for e in wanted])
        sequence, digest = self.head()
        rows: list[dict[str, Any]] = []
        for event in wanted:
            if event.id in told:
                continue
            told.add(event.id)
            sequence += 1
            row: dict[str, Any] = {f: getattr(event, f) for f in _FIELDS}
            row |= {"sequence": sequence, "data": canonical(event.data, f"the data of event '{event.id}'")}
            digest = row["hash"] = link(digest, row)
            rows.append(row)
        if not rows:
            return 0
        connection.execute(insert(events), rows)
        self.session.move("journal", sequence, digest)
        return len(rows)

    def read(
        self, after: int = 0, *, types: Sequence[str] = (), subject: str = "", limit: int = 1000, newest: bool = False
    ) -> tuple[Event, ...]:
        """Events after a sequence number, or before it."""
        order = events.c.sequence.desc() if newest else events.c.sequence
        there = (events.c.sequence < after if newest else events.c.sequence > after) if after else true()
        wanted = select(*_COLUMNS).where(there).order_by(order).limit(limit)
        if subject:
            wanted = wanted.where(events.c.subject == subject)
        if types and (subject or len(types) == 1):
            wanted = wanted.where(events.c.type.in_(tuple(types)))
        elif types:
            # Each by its own index: databases would sort all that comes after, for one page.
            numbers = select(events.c.sequence).where(there).order_by(order).limit(limit)
            each = (numbers.where(events.c.type == kind).subquery() for kind in types)
            wanted = wanted.where(events.c.sequence.in_(union_all(*(select(one.c.sequence) for one in each))))
        return tuple(_event(*row) for row in self.session.connection.execute(wanted))

    def head(self) -> tuple[int, str]:
        """Last event's number and hash."""
        return self.session.head("journal")

    def verify(self) -> int:
        """Recompute the chain."""
        checked, digest = 0, ""
        for row in self._rows():
            if row["sequence"] != checked + 1:
                raise _broken(f"event {checked + 1} of the journal is missing; after it comes '{row['id']}'")
            digest = link(digest, row)
            if digest != row["hash"]:
                raise _broken(f"event {row['sequence']} ('{row['id']}') of the journal is not the one that was written")
            checked += 1
        if (checked, digest) != self.head():
            raise _broken(f"the journal ends with event {checked}, but {self.head()[0]} were written")
        return checked

    def _known(self, ids: list[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            wanted = select(events.c.id).where(events.c.id.in_(ids[start : start + CHUNK]))
            found.update(self.session.connection.execute(wanted).scalars())
        return found

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        after = 0
        while True:
            wanted = select(events).where(events.c.sequence > after).order_by(events.c.sequence).limit(_PAGE)
            rows = self.session.connection.execute(wanted).mappings().all()
            yield from (dict(row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["sequence"]


def _event(data: str, *values: Any) -> Event:
    return Event.model_validate(dict(zip(_OTHERS, values, strict=True), data=from_json(data)))


def link(before: str, row: Mapping[str, Any]) -> str:
    """Hash of an event: SHA-256 over the hash before it and its canonical JSON; hexadecimal.

    Args:
        before: hash of the event before; empty for the first.
        row: a row of the table; `data` is JSON text.
    """
    head = canonical({f: row[f] for f in ("actor", "at")}, "an event")[:-1]
    tail = canonical({f: row[f] for f in ("id", "sequence", "subject", "type")}, "an event")[1:]
    return hashlib.sha256(f'{before}{head},"data":{row["data"]},{tail}'.encode()).hexdigest()


def _broken(message: str) -> Broken:
    return Broken(
        message,
        hint="The registry was changed by other means than weft: compare it with a backup, and keep both for audit.",
    )
