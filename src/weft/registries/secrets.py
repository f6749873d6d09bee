"""The envelopes of the vault, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import delete, insert, select

from weft.model import Sealed
from weft.registries.schema import secrets

if TYPE_CHECKING:
    from sqlalchemy import Row

    from weft.registries.session import Session


class SqlSecrets(Struct, frozen=True):
    """Fulfils `seams.Secrets`."""

    session: Session

    def get(self, name: str) -> Sealed | None:
        """One of them."""
        row = self.session.connection.execute(select(secrets).where(secrets.c.name == name)).one_or_none()
        return _sealed(row) if row else None

    def all(self) -> tuple[Sealed, ...]:
        """All, by name."""
        return tuple(map(_sealed, self.session.connection.execute(select(secrets).order_by(secrets.c.name))))

    def put(self, sealed: Sealed) -> None:
        """Replace."""
        self.drop(sealed.name)
        self.session.connection.execute(insert(secrets).values(**sealed.model_dump()))

    def drop(self, name: str) -> None:
        """Forget."""
        self.session.writing().execute(delete(secrets).where(secrets.c.name == name))


def _sealed(row: Row[*tuple[Any, ...]]) -> Sealed:
    found = row._asdict()
    return Sealed(**found | {"wrapped": bytes(found["wrapped"]), "sealed": bytes(found["sealed"])})
