"""Guards over every face: any page in a browser can send requests to loopback, so this machine's address is no trust.

Checked, in this order: the Host names this machine and our port (a name that was rebound to 127.0.0.1 does not); what a
browser sends from another site is refused, but for following a link; a change carries the form's token, or, sent by a
program to the API, a header that no other site can add without asking first, which nobody here answers.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response

from weft.errors import Denied, Invalid, WeftError
from weft.web.errors import problem, status_of
from weft.web.loopback import NAMES
from weft.web.negotiate import wants_json
from weft.web.site import AS, cookies

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from weft.web.site import Site

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROGRAMS = "/api/"
"""Below it a change is known by its header, not by a form's token."""
FORM = "application/x-www-form-urlencoded"
FORM_BYTES, FORM_FIELDS = 1_000_000, 20_000
"""Of the largest form: each of a thousand streams has a dozen fields when a drafted connector is reviewed."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guards:
    """ASGI middleware around all faces of a site."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self.site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request, hand it on with the site and the form in its state, or refuse it."""
        if scope["type"] != "http":
            return  # no face speaks anything else
        scope.setdefault("state", {}).update(site=self.site, form={})
        request = HTTPConnection(scope)
        answer = _with_headers(request, send)
        try:
            _same_host(request)
            _same_site(request)
            if scope["method"] not in SAFE:
                await _meant(request, receive)
        except WeftError as error:
            await _refused(request, error)(scope, receive, answer)
            return
        await self._app(scope, receive, answer)


def _same_host(request: HTTPConnection) -> None:
    port = (request.scope.get("server") or ("", 0))[1]
    name, _, said = request.headers.get("host", "").rpartition(":")
    if name not in NAMES or said != str(port):
        raise Denied("this server answers to the name of this machine alone", hint=f"Open http://127.0.0.1:{port}/")


def _same_site(request: HTTPConnection) -> None:
    """What another site made the browser send is refused; following a link from there is a reader's own act."""
    told, origin = request.headers.get("sec-fetch-site", "none"), request.headers.get("origin")
    safe = request.scope["method"] in SAFE
    followed = safe and request.headers.get("sec-fetch-mode") == "navigate"
    foreign = told not in {"same-origin", "none"} and not followed
    if foreign or (origin is not None and not safe and origin != f"http://{request.headers['host']}"):
        raise Denied("another site sent this request", hint="Open the page here and do it from there.")


async def _meant(request: HTTPConnection, receive: Receive) -> None:
    """Refuse a change that its sender need not have meant."""
    if request.scope["path"].startswith(PROGRAMS):
        if AS not in request.headers:
            raise Denied(f"a change names who makes it in the header {AS}", hint=f"Send {AS}: you@company.example.")
        return
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Invalid("a change of a page is sent as a form", hint=f"Programs use the API below {PROGRAMS}v1.")
    form = _fields(await _body(receive))
    nonce = request.cookies.get(cookies(request).nonce, "")
    token = request.headers.get("x-csrf-token") or form.pop("csrf", "")
    if not nonce or not hmac.compare_digest(token.encode(), request.state.site.token(nonce).encode()):
        raise Denied(
            "this form is not of this browser, or its cookies were cleared",
            hint="Load the page again and send it anew.",
        )
    request.state.form = form


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("the form was not sent to its end")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > FORM_BYTES:
            raise Invalid(f"a form has at most {FORM_BYTES:,} bytes")
    return body


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS))
    except ValueError:
        raise Invalid(f"the form cannot be read: UTF-8 and at most {FORM_FIELDS} fields are allowed") from None


def _refused(request: HTTPConnection, error: WeftError) -> Response:
    """Said in plain words: the faces' own pages lie behind the guards."""
    status = status_of(error)
    if wants_json(request) or request.scope["path"].startswith(PROGRAMS):
        return Response(json.dumps(problem(error)), status, media_type="application/problem+json")
    return Response(f"{error}\n", status, media_type="text/plain")


def _with_headers(request: HTTPConnection, send: Send) -> Send:
    """Answers carry the headers of safety, and the nonce that a form was made with."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            nonce, name = request.scope["state"].get("nonce"), cookies(request).nonce
            if nonce and request.cookies.get(name) != nonce:
                headers.append("Set-Cookie", f"{name}={nonce}; Path=/; HttpOnly; SameSite=Strict")
        await send(message)

    return sending
