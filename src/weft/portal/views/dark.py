"""Dark data: look, ask who knows it, adopt it, retire it and take that back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel
from starlette.responses import Response

from weft.flow import dark as deeds
from weft.flow.views.dark import PAGE, DarkView, Wanted, dark
from weft.model import DarkKind
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes

router = routes()


class Asked(BaseModel):
    """The address of a page of dark data."""

    kind: DarkKind | None = None
    domain: str = ""
    retired: bool = False
    offset: int = 0


@page(router, "/dark", "dark.html")
def listed(look: Looking, asked: Annotated[Asked, Query()]) -> Shown:
    """What nobody covers, reads or answers for; what matters most first."""
    said = asked.model_dump()
    view: DarkView = dark(look.world, look.viewer, Wanted(**said))
    return Shown(view, {"asked": said, "size": PAGE})


@router.post("/dark/ask", response_model=None)
def ask(look: Looking) -> Response:
    """Ask people what it is."""
    to = [who for who in look.form.get("to", "").replace(",", " ").split() if who]
    deeds.ask(look.world, _subject(look), look.viewer.actor, to, look.form.get("text", ""))
    return _done(look, look.reader.words.gettext("They are asked; their answer will stand here."))


@router.post("/dark/answer", response_model=None)
def answer(look: Looking) -> Response:
    """Say what one knows."""
    deeds.answer(look.world, _subject(look), look.viewer.actor, look.form.get("text", ""))
    return _done(look, look.reader.words.gettext("Thank you: what you know stays."))


@router.post("/dark/adopt", response_model=None)
def adopt(look: Looking) -> Response:
    """Draft a product over it."""
    product = look.form.get("product", "")
    deeds.adopt(look.world, _subject(look), look.viewer.actor, product)
    told = look.reader.words.gettext("Drafted: fill the documents of %(product)s in, then apply them.")
    return _done(look, told % {"product": product})


@router.post("/dark/retire", response_model=None)
def retire(look: Looking) -> Response:
    """Decide that nobody needs it."""
    deeds.retire(look.world, _subject(look), look.viewer.actor, look.form.get("text", ""))
    return _done(look, look.reader.words.gettext("Retired; you can take it back for 30 days."))


@router.post("/dark/restore", response_model=None)
def restore(look: Looking) -> Response:
    """Take a retirement back."""
    deeds.restore(look.world, _subject(look), look.viewer.actor)
    return _done(look, look.reader.words.gettext("It is back."))


def _subject(look: Look) -> str:
    return look.form.get("subject", "")


def _done(look: Look, told: str) -> Response:
    return look.done("/dark", told)
