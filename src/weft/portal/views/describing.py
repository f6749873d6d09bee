"""A connector from a description: where it is, what was made of it, and what a person decides."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from starlette.responses import Response

from weft.errors import Denied, Invalid, Unknown, WeftError
from weft.flow import describing
from weft.flow.views.describing import review as view_review
from weft.flow.views.describing import tried as view_tried
from weft.mesh import drafting
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.web import status_of, wants_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.flow.decisions import Choice
    from weft.model import Noun

router = routes()
_STREAM, _GIVEN = "stream.", "set."
"""How fields of the form begin that a stream, or the connector, names."""


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
def review(look: Looking, name: str) -> Shown:
    """What was made of it."""
    view = view_review(look.world, look.viewer, name)
    return Shown(view, {"error": None, "given": {}, "part": None, "trying": ""})


@router.post("/describe/{name}", response_model=None)
def decide(look: Looking, name: str) -> Response:
    """Apply what was decided, or show what rows would come of it."""
    form = look.form
    drafted = view_review(look.world, look.viewer, name).streams
    said = {one.name: _choice(form, one.name, one.choice) for one in drafted}
    chosen = {stream: choice for stream, choice in said.items() if _STREAM + stream in form}
    if "try" in form:
        return _tried(look, name, said, chosen)
    try:
        describing.decide(look.world, look.viewer.actor, name, chosen)
    except WeftError as error:
        if wants_json(look.request) or isinstance(error, Denied | Unknown):
            raise
        view = view_review(look.world, look.viewer, name, said, said.keys() - chosen)
        return look.page("described.html", status_of(error), view=view, error=error, given={}, part=None, trying="")
    return look.done(f"/connectors/{name}", look.reader.words.gettext("It is there: connect a source to try it."))


def _tried(look: Look, name: str, said: dict[str, Choice], chosen: dict[str, Choice]) -> Response:
    """The page as it was filled in, with the rows of one stream, or what stands in their way."""
    form = look.form
    trying = form.get("try", "")
    given = {key.removeprefix(_GIVEN): value for key, value in form.items() if key.startswith(_GIVEN)}
    attempt = describing.Attempt(decided=said, stream=trying, given=given)
    if wants_json(look.request):
        return Response(
            view_tried(look.world, look.viewer, name, attempt).model_dump_json(), media_type="application/json"
        )
    view = view_review(look.world, look.viewer, name, said, said.keys() - chosen)
    part = look.part(lambda: view_tried(look.world, look.viewer, name, attempt))
    hidden = {field.name for field in view.fields if field.asks == "secret"}
    shown = {key: value for key, value in given.items() if key not in hidden}
    return look.page("described.html", view=view, error=None, given=shown, part=part, trying=trying)


def _choice(form: Mapping[str, str], stream: str, before: Choice) -> Choice:
    """What the form says of a stream; what it does not ask stays as it was recognised."""

    def told(prefix: str, noun: Noun) -> dict[str, str]:
        names = {name: f"{prefix}{name}.{stream}" for name in type(noun).model_fields}
        return {name: form[sent].strip() for name, sent in names.items() if sent in form}

    pages = before.pages.model_copy(update=told("pages_", before.pages))
    return before.model_copy(update={**told("", before), "pages": pages})


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
