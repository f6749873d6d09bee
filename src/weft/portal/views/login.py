"""A person lets weft into an outside system with the browser: there, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weft.errors import Invalid
from weft.flow import base, connecting
from weft.portal.look import Look, Looking
from weft.portal.pages import routes
from weft.web import site_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft.model import Consent, Source

router = routes()
_LOGINS = 100
"""That wait for their way back."""


def way_back(look: Look) -> str:
    """Where the system sends the browser back to."""
    return f"{look.address}login"


def ask(look: Look, source: Source, asked: Consent) -> Response:
    """Where to go: a link, since forms of the portal lead to nobody else."""
    waiting = site_of(look.request).logins
    while len(waiting) >= _LOGINS:
        waiting.pop(next(iter(waiting)))
    waiting[asked.state] = (look.viewer.actor, str(source), asked)
    return look.page("login.html", name=str(source), asked=asked, host=urlsplit(asked.address).netloc)


@router.post("/sources/{domain}/{source}/login", response_model=None)
def again(look: Looking, domain: str, source: str) -> Response:
    """Log a source in once more: its login ran out, or was taken back."""
    return ask(look, *connecting.login_again(look.world, look.viewer.actor, f"{domain}.{source}", way_back(look)))


@router.get("/login", response_model=None)
def logged_in(look: Looking) -> Response:
    """The way back from a system that a person has let weft into; whose login it is is told by its state alone.

    A page, not a redirect: the browser sends our cookies again only when the reader goes on from here.
    """
    answered = dict(look.request.query_params)
    begun = site_of(look.request).logins.pop(answered.get("state", ""), None)
    if begun is None:
        raise Invalid("nobody waits for this login", hint="Begin again: logins are forgotten when weft stops.")
    actor, name, asked = begun
    connecting.logged_in(look.world, actor, name, asked, answered)
    return look.page("login.html", name=name, asked=None, applied=name in base.declared(look.world).sources)
