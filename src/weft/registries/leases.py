"""Leases, in SQL, by the database's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import delete, insert, select

from weft.registries.clock import Seconds
from weft.registries.schema import leases

if TYPE_CHECKING:
    from weft.registries.session import Session


class SqlLeases(Struct, frozen=True):
    """Fulfils `seams.Leases`. Writers come one after the other, so that looking and taking are one step."""

    session: Session

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take it if it is free, expired or ours."""
        connection = self.session.writing()
        held = self.holder(name)
        if held is not None and held[0] != owner:
            return False
        connection.execute(delete(leases).where(leases.c.name == name))
        connection.execute(insert(leases).values(name=name, owner=owner, until=Seconds() + seconds))
        return True

    def release(self, name: str, owner: str) -> None:
        """Give it back."""
        self.session.writing().execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))

    def holder(self, name: str) -> tuple[str, float] | None:
        """(owner, seconds left), or none."""
        wanted = select(leases.c.owner, leases.c.until - Seconds()).where(leases.c.name == name)
        row = self.session.connection.execute(wanted).one_or_none()
        return (row[0], float(row[1])) if row and row[1] > 0 else None
