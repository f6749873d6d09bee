"""Published and held versions, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import bindparam, delete, insert, select

from weft.model import Publication
from weft.registries.schema import publications

if TYPE_CHECKING:
    from weft.registries.session import Session

_ONE = select(publications.c.body).where(
    publications.c.table == bindparam("of"), publications.c.held == bindparam("which")
)
_ALL = select(publications.c.body).order_by(publications.c.table, publications.c.held)


class SqlPublications(Struct, frozen=True):
    """Fulfils `seams.Publications`."""

    session: Session

    def get(self, table: str) -> Publication | None:
        """The published one."""
        return self._find(table, held=False)

    def held(self, table: str) -> Publication | None:
        """The held one."""
        return self._find(table, held=True)

    def put(self, publication: Publication) -> None:
        """Replace; publishing takes the held one away."""
        table, held = publication.table.key, publication.held
        self.drop(table, held=True)
        if not held:
            self.drop(table)
        row = {"table": table, "held": held, "body": publication.model_dump_json()}
        self.session.writing().execute(insert(publications), row)

    def drop(self, table: str, *, held: bool = False) -> None:
        """Forget."""
        gone = delete(publications).where(publications.c.table == table, publications.c.held == held)
        self.session.writing().execute(gone)

    def all(self) -> tuple[Publication, ...]:
        """Published and held ones, by table, the published one first."""
        found = self.session.connection.execute(_ALL).scalars()
        return tuple(Publication.model_validate_json(body) for body in found)

    def _find(self, table: str, *, held: bool) -> Publication | None:
        body = self.session.connection.execute(_ONE, {"of": table, "which": held}).scalar()
        return None if body is None else Publication.model_validate_json(body)
