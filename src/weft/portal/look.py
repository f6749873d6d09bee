"""One look at a page: the open mesh, who looks, how they read; and what pages do with them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from msgspec import Struct
from starlette.responses import HTMLResponse, RedirectResponse, Response

from weft import policy
from weft.errors import WeftError, understood
from weft.flow import base
from weft.flow.views.viewer import follow
from weft.portal.reader import Reader, reader_of
from weft.portal.render import environment
from weft.web import Cookies, cookies, csrf_token, form_of, site_of, viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.flow.views.viewer import Viewer
    from weft.model import Person
    from weft.seams import World

_MARK = 16
"""Letters of the mark of a message: it is ours."""


class Part(Struct, frozen=True):
    """A part of a page; when it fails, the others stand."""

    view: Any = None
    error: WeftError | None = None


class Look(Struct, frozen=True, dict=True):
    """One request of a reader."""

    request: Request

    @cached_property
    def world(self) -> World:
        """The open mesh."""
        return site_of(self.request).world

    @cached_property
    def viewer(self) -> Viewer:
        """Who looks, for what."""
        return viewer_of(self.request)

    @cached_property
    def reader(self) -> Reader:
        """How they read."""
        return reader_of(self.request)

    @cached_property
    def person(self) -> Person | None:
        """Who looks, as the documents know them; none = a stranger without roles."""
        try:
            found = base.declared(self.world).people.get(self.viewer.actor)
        except WeftError:
            return None  # nothing is applied yet
        return found if found and found.active else None

    @property
    def address(self) -> str:
        """URL of this portal, as the reader called it."""
        return str(self.request.base_url)

    @cached_property
    def sources(self) -> frozenset[str]:
        """Names of the sources, to tell a stream from a table."""
        return frozenset(base.declared(self.world).sources)

    def answers(self, domain: str) -> bool:
        """Whether who looks answers for a domain: what is offered then is decided once more by the flow."""
        roles = policy.actor(base.declared(self.world), self.viewer.actor).domains.get(domain, ())
        return bool({"owner", "steward"} & set(roles))

    @property
    def named(self) -> Cookies:
        """Names of the cookies."""
        return cookies(self.request)

    @property
    def form(self) -> Mapping[str, str]:
        """Fields of the form that was sent."""
        return form_of(self.request)

    def part(self, view: Callable[[], Any]) -> Part:
        """What a part of the page shows, or what went wrong in it."""
        try:
            return Part(view=view())
        except Exception as error:  # noqa: BLE001 - a failed part fails alone
            return Part(error=understood(error))

    def page(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """A page, with what all pages show around it."""
        told = _told(self.request)
        html = (
            environment(self.reader.locale)
            .get_template(template)
            .render(look=self, csrf=lambda: csrf_token(self.request), told=told, **context)
        )
        headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept, Accept-Language, Weft-As"}
        answer = HTMLResponse(html, status, headers=headers)
        if told:
            answer.delete_cookie(self.named.flash)
        return answer

    def done(self, address: str, message: str = "") -> Response:
        """After a change: go there, see it, and be told once what happened."""
        follow(self.world)
        answer = RedirectResponse(address, 303)
        if message:
            mark = site_of(self.request).token(message)[:_MARK]
            answer.set_cookie(self.named.flash, mark + quote(message), max_age=60, httponly=True, samesite="strict")
        return answer


def _told(request: Request) -> str:
    """What happened, from the answer before; a message that is not ours is not shown."""
    kept = request.cookies.get(cookies(request).flash, "")
    message = unquote(kept[_MARK:])
    return message if kept and kept[:_MARK] == site_of(request).token(message)[:_MARK] else ""


def _look(request: Request) -> Look:
    return Look(request)


Looking = Annotated[Look, Depends(_look)]
"""The parameter of a page's function that gets the look."""
