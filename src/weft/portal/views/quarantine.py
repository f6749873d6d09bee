"""Bad rows and held versions: look, and decide."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from msgspec import Struct
from starlette.responses import Response

from weft.flow import deeds
from weft.flow.views.quarantine import QuarantineView, TableQuarantine, quarantine, table_quarantine
from weft.portal.look import Looking
from weft.portal.pages import page, routes

router = routes()
_TABLE = "/quarantine/{domain}/{product}/{table}"


class Which(Struct, frozen=True):
    """A table."""

    domain: str
    product: str
    table: str

    @property
    def name(self) -> str:
        """domain.product.table."""
        return f"{self.domain}.{self.product}.{self.table}"

    @property
    def page(self) -> str:
        """Its tab of rules, where what is held is told."""
        return f"/p/{self.domain}/{self.product}/quality?table={self.table}"


Named = Annotated[Which, Depends()]


@page(router, "/quarantine", "quarantines.html")
def all_waiting(look: Looking, domain: str = "") -> QuarantineView:
    """Tables with rows in quarantine."""
    return quarantine(look.world, look.viewer, domain)


@page(router, _TABLE, "quarantine.html")
def waiting(look: Looking, which: Named) -> TableQuarantine:
    """What waits of one table, and why."""
    return table_quarantine(look.world, look.viewer, which.name)


@router.post(_TABLE + "/replay", response_model=None)
def replay(look: Looking, which: Named) -> Response:
    """Send the rows through the contract as it is now."""
    result = deeds.replay(look.world, which.name, look.viewer.actor)
    told = look.reader.words.ngettext(
        "%(good)s row went through, %(bad)s are still bad.",
        "%(good)s rows went through, %(bad)s are still bad.",
        result.rows,
    )
    numbers = {"good": look.reader.number(result.rows), "bad": look.reader.number(result.quarantined)}
    return look.done(f"/quarantine/{which.name.replace('.', '/')}", told % numbers)


@router.post("/p/{domain}/{product}/{table}/publish", response_model=None)
def publish(look: Looking, which: Named) -> Response:
    """Publish what is held in spite of its findings."""
    deeds.force(look.world, which.name, look.viewer.actor, look.form.get("reason", ""))
    return look.done(which.page, look.reader.words.gettext("It is published; your reason stands in its history."))


@router.post("/p/{domain}/{product}/{table}/discard", response_model=None)
def discard(look: Looking, which: Named) -> Response:
    """Drop what is held."""
    deeds.discard(look.world, which.name, look.viewer.actor)
    return look.done(which.page, look.reader.words.gettext("It is discarded; its rows will be read again."))
