"""What a request brings: the open mesh, who looks, the form."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from concurrent.futures import Future
from functools import cached_property
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from msgspec import Struct

from weft.errors import understood
from weft.flow.views.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import HTTPConnection

    from weft.model import Consent
    from weft.seams import World

AS, FOR = "Weft-As", "Weft-For"
"""Headers by which a program says as whom it asks, and for which purpose."""

WORK, WORKS = "weft work", 2
"""Name of the threads of long works, and how many work at the same time."""
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


def _do(slots: Semaphore, work: Callable[[], T], begun: Future[T]) -> None:
    with slots:
        try:
            begun.set_result(work())
        except Exception as error:  # noqa: BLE001 - it is given to who asks for the result
            _LOG.error("a work in the background failed: %s", understood(error).message)
            begun.set_exception(error)


class Site(Struct, frozen=True, dict=True):
    """A mesh as it is served."""

    world: World
    looking_as: str
    """Id of whom a reader looks as who has not picked anybody."""

    @cached_property
    def slots(self) -> Semaphore:
        """Places of the works that are done at the same time."""
        return Semaphore(WORKS)

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Begin what takes longer than an answer may, or let it wait for its turn; what goes wrong is logged.

        The process does not wait for it when it stops: a run that is cut off is mended by the next one.
        """
        begun: Future[T] = Future()
        Thread(target=_do, args=(self.slots, work, begun), name=WORK, daemon=True).start()
        return begun

    @cached_property
    def logins(self) -> dict[str, tuple[str, str, Consent]]:
        """Logins to outside systems that wait for their way back, by their state: who, source, what was asked."""
        return {}

    @cached_property
    def key(self) -> bytes:
        """Key of the tokens in forms: forms stay good when the server starts again."""
        return hmac.digest(self.world.mask_key, b"tokens of forms", hashlib.sha256)

    def token(self, nonce: str) -> str:
        """The token that belongs to a browser's nonce; who can set its cookies cannot guess it."""
        return hmac.digest(self.key, nonce.encode(), hashlib.sha256).hex()


class Cookies(Struct, frozen=True):
    """Names of the cookies: browsers do not keep those of different ports apart."""

    who: str
    purpose: str
    nonce: str
    language: str
    flash: str


def cookies(request: HTTPConnection) -> Cookies:
    """Names of this server's cookies."""
    port = (request.scope.get("server") or ("", 0))[1]
    return Cookies(
        who=f"weft_as_{port}",
        purpose=f"weft_for_{port}",
        nonce=f"weft_form_{port}",
        language=f"weft_in_{port}",
        flash=f"weft_told_{port}",
    )


def site_of(request: HTTPConnection) -> Site:
    """The mesh that this request asks."""
    found: Site = request.state.site
    return found


def viewer_of(request: HTTPConnection) -> Viewer:
    """Who looks: a program says it in headers, a reader picked somebody, else whom the server was started as."""
    names, headers, picked = cookies(request), request.headers, request.cookies
    actor = _text(headers.get(AS, "")) or unquote(picked.get(names.who, "")) or site_of(request).looking_as
    return Viewer(actor=actor, purpose=_text(headers.get(FOR, "")) or unquote(picked.get(names.purpose, "")))


def form_of(request: HTTPConnection) -> Mapping[str, str]:
    """The fields of the form that was sent; the guards have read it."""
    found: dict[str, str] = request.state.form
    return found


def csrf_token(request: HTTPConnection) -> str:
    """What a form of this answer carries in the field `csrf`; the guards set the cookie that belongs to it."""
    state = request.scope["state"]
    if "nonce" not in state:
        state["nonce"] = request.cookies.get(cookies(request).nonce) or secrets.token_urlsafe(18)
    return site_of(request).token(state["nonce"])


def _text(header: str) -> str:
    """A header's value: names may hold any letter, headers come as Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
