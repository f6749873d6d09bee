"""A connector from a description: where it is, what was made of it, and what a person decides."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from weft.errors import Invalid, WeftError
from weft.flow import describing
from weft.flow.views.describing import ReviewView
from weft.flow.views.describing import review as view_review
from weft.mesh import drafting
from weft.portal.look import Look, Looking
from weft.portal.pages import page, routes
from weft.web import status_of, wants_json

router = routes()
_STREAM, _RECORDS, _KEY = "stream.", "records.", "key."


@router.get("/describe", response_model=None)
def asked(look: Looking) -> Response:
    """Where the description is."""
    return look.page("describe.html", error=None, given={})


@router.post("/describe", response_model=None)
def draft(look: Looking) -> Response:
    """Draft a connector from it."""
    name = look.form.get("name", "").strip()
    try:
        describing.may(look.world, look.viewer.actor)
        made = _drafted(look, name)
        describing.keep(look.world, look.viewer.actor, name, made.files)
    except WeftError as error:
        if wants_json(look.request):
            raise
        return look.page("describe.html", status_of(error), error=error, given=look.form)
    return look.done(f"/describe/{name}", look.reader.words.gettext("Drafted: look each decision through."))


@page(router, "/describe/{name}", "described.html")
def review(look: Looking, name: str) -> ReviewView:
    """What was made of it."""
    return view_review(look.world, look.viewer, name)


@router.post("/describe/{name}", response_model=None)
def decide(look: Looking, name: str) -> Response:
    """Apply what was decided."""
    form = look.form
    chosen = {
        stream: describing.Choice(records=form.get(_RECORDS + stream, ""), key=form.get(_KEY + stream, ""))
        for stream in (key.removeprefix(_STREAM) for key in form if key.startswith(_STREAM))
    }
    describing.decide(look.world, look.viewer.actor, name, chosen)
    return look.done(f"/connectors/{name}", look.reader.words.gettext("It is there: connect a source to try it."))


def _drafted(look: Look, name: str) -> drafting.Drafted:
    """From an address of the web, or from the text itself; never from a file of this machine."""
    address, text = look.form.get("place", "").strip(), look.form.get("text", "")
    if bool(address) == bool(text.strip()) or (address and not address.startswith(("http://", "https://"))):
        raise Invalid(
            "give either the address of the description, or its text", hint="An address begins with https://."
        )
    if address:
        return drafting.from_openapi(name, address)
    with TemporaryDirectory(dir=look.world.scratch, prefix="described-") as folder:
        file = Path(folder, "description.yaml")
        file.write_text(text, encoding="utf-8")
        return drafting.from_openapi(name, str(file))
