"""From a connector to a product, in steps."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from weft.errors import WeftError
from weft.flow import connecting
from weft.flow.views import connectors as views
from weft.flow.views.connectors import ConnectorsView, DraftedStep, StreamsStep
from weft.portal.look import Look, Looking
from weft.portal.pages import Shown, page, routes
from weft.portal.views.login import ask, way_back
from weft.web import status_of, wants_json

router = routes()
_GIVEN, _STREAM, _CURSOR = "set.", "stream.", "cursor."
"""How fields of the forms begin that the connector, or the source, names."""
_STEP = "/connect/{domain}/{source}"


@page(router, "/connectors", "connectors.html")
def connectors(look: Looking) -> ConnectorsView:
    """What can be connected."""
    return views.connectors(look.world, look.viewer)


@page(router, "/connectors/{name}", "connector.html")
def connector(look: Looking, name: str) -> Shown:
    """One connector, and the form of a source."""
    return Shown(views.connector(look.world, look.viewer, name), {"error": None, "given": {}})


@router.post("/connectors/{name}", response_model=None)
def begin(look: Looking, name: str) -> Response:
    """Try what was filled in; when it does not work the form comes again, without what is secret."""
    given = {key.removeprefix(_GIVEN): value for key, value in look.form.items() if key.startswith(_GIVEN)}
    domain, source = look.form.get("domain", ""), look.form.get("name", "").strip()
    filled = connecting.Filled(connector=name, domain=domain, name=source, values=given)
    try:
        if "login" in look.form:
            return ask(look, *connecting.login(look.world, look.viewer.actor, filled, way_back(look)))
        connecting.begin(look.world, look.viewer.actor, filled)
    except WeftError as error:
        return _again(look, filled, error)
    return look.done(f"/connect/{domain}/{source}", look.reader.words.gettext("It answers. Choose what to read."))


@page(router, _STEP, "connect_streams.html")
def streams(look: Looking, domain: str, source: str) -> StreamsStep:
    """What the source offers."""
    return views.streams(look.world, look.viewer, f"{domain}.{source}")


@router.post(_STEP, response_model=None)
def choose(look: Looking, domain: str, source: str) -> Response:
    """Go on with the chosen streams."""
    chosen = [key.removeprefix(_STREAM) for key in look.form if key.startswith(_STREAM)]
    cursors = {name: look.form.get(_CURSOR + name, "") for name in chosen}
    connecting.choose(look.world, look.viewer.actor, f"{domain}.{source}", cursors)
    query = urlencode([("stream", name) for name in chosen])
    return RedirectResponse(f"/connect/{domain}/{source}/preview?{query}", 303)


@page(router, _STEP + "/preview", "connect_preview.html")
def preview(look: Looking, domain: str, source: str, stream: Annotated[list[str], Query()]) -> Shown:
    """What would come of them."""
    return Shown(views.preview(look.world, look.viewer, f"{domain}.{source}", stream))


@router.post(_STEP + "/draft", response_model=None)
def draft(look: Looking, domain: str, source: str) -> Response:
    """Draft a product over them."""
    chosen = [key.removeprefix(_STREAM) for key in look.form if key.startswith(_STREAM)]
    name, actor = look.form.get("product", "").strip(), look.viewer.actor
    found = connecting.source_of(look.world, actor, f"{domain}.{source}")
    connecting.product(look.world, actor, found, chosen, name)
    return look.done(f"/connect/{domain}/{source}/draft/{name}", look.reader.words.gettext("Drafted: look it through."))


@page(router, _STEP + "/draft/{product}", "connect_draft.html")
def drafted(look: Looking, domain: str, source: str, product: str) -> DraftedStep:
    """The draft, before it counts."""
    return views.drafted(look.world, look.viewer, f"{domain}.{source}", product)


@router.post(_STEP + "/draft/{product}", response_model=None)
def apply(look: Looking, domain: str, source: str, product: str) -> Response:
    """Apply source and product."""
    actor = look.viewer.actor
    found = connecting.source_of(look.world, actor, f"{domain}.{source}")
    connecting.apply(look.world, actor, found, product)
    told = look.reader.words.gettext("It is applied. Run it, and its tables are there.")
    return look.done(f"/p/{domain}/{product}", told)


def _again(look: Look, filled: connecting.Filled, error: WeftError) -> Response:
    if wants_json(look.request):
        raise error
    view = views.connector(look.world, look.viewer, filled.connector)
    given = connecting.shown_again(view.fields, filled)
    return look.page("connector.html", status_of(error), view=view, error=error, given=given)
