"""Intents: which cursor goes with which commit, in SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import and_, delete, insert, select

from weft.registries.schema import cursors
from weft.registries.session import canonical

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from weft.registries.session import Session


class SqlCursors(Struct, frozen=True):
    """Fulfils `seams.Cursors`."""

    session: Session

    def intend(self, app: str, sequence: int, run: str, cursor: dict[str, Any]) -> None:
        """Write the intent, or replace that of the same run."""
        text = canonical(cursor, f"the cursor of '{app}'")
        self.session.writing().execute(delete(cursors).where(_one(app, sequence, run)))
        row = {"app": app, "sequence": sequence, "run": run, "cursor": text}
        self.session.connection.execute(insert(cursors), row)

    def find(self, app: str, sequence: int, run: str) -> dict[str, Any] | None:
        """The cursor, or none."""
        text = self.session.connection.execute(select(cursors.c.cursor).where(_one(app, sequence, run))).scalar()
        found: dict[str, Any] | None = None if text is None else json.loads(text)
        return found

    def prune(self, app: str, below: int) -> None:
        """Forget older ones."""
        self.session.writing().execute(delete(cursors).where(cursors.c.app == app, cursors.c.sequence < below))


def _one(app: str, sequence: int, run: str) -> ColumnElement[bool]:
    return and_(cursors.c.app == app, cursors.c.sequence == sequence, cursors.c.run == run)
