"""A token that a login gives."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from weft.connectors.rest.auth.placing import placed
from weft.connectors.rest.http import failing
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.http.session import Token, usable
from weft.connectors.rest.manifest.option import MaybeOption
from weft.connectors.rest.manifest.requester import Requester
from weft.errors import Broken, Invalid
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session


class RequestAuthentication(Kind):
    """How a request takes the token."""

    kind: Literal["Bearer", "ApiKey"] = "Bearer"
    """Bearer: the header `Authorization: Bearer ...`; ApiKey: where `injectInto` says."""
    inject_into: MaybeOption = None
    """Where it goes."""
    prefix: str = ""
    """What stands before it there."""

    @model_validator(mode="after")
    def _placed(self) -> RequestAuthentication:
        if (self.kind == "ApiKey") != (self.inject_into is not None):
            raise ValueError("'injectInto' goes with 'kind: ApiKey', and that with it")
        return self


class SessionTokenAuthenticator(Credentials):
    """A login gives a token, which the other requests take."""

    login_requester: Requester
    """The login: path or address, body, its own credentials."""
    session_token_path: tuple[str, ...] = Field(min_length=1)
    """Where in the login's answer the token stands: `[data, token]`."""
    expiration_duration: timedelta | None = None
    """How long it lasts, where that is known: `PT1H`."""
    request_authentication: RequestAuthentication = RequestAuthentication()
    """How the other requests take it."""

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the token."""
        token = session.token(self._key(session), lambda: self._login(session))
        way = self.request_authentication
        if way.inject_into is None:
            return request.signed("Authorization", f"Bearer {token}", token)
        return placed(request, way.inject_into, f"{way.prefix}{token}", session).carrying(token)

    def refused(self, session: Session, answer: Answer) -> bool:
        """Log in again, unless somebody has."""
        return session.renewed(self._key(session), lambda: self._login(session), answer)

    def _key(self, session: Session) -> str:
        request = session.built(self.login_requester)
        said = (request.method, request.whole_url, sorted(request.headers.items()), request.body)
        return f"session {hashlib.sha256(repr(said).encode()).hexdigest()}"

    def _login(self, session: Session) -> Token:
        found = token_in(session.send(session.built(self.login_requester)), self.session_token_path)
        lasts = self.expiration_duration
        return Token(found, None if lasts is None else usable(session.clock.now(), lasts.total_seconds()))


def token_in(answer: Answer, path: tuple[str, ...]) -> str:
    """The token in a login's answer.

    Raises:
        Invalid: it says no.
        Broken: there is none.
    """
    if not answer.good:
        code = failing.code(answer)
        raise Invalid(
            f"the login {answer.sent.path} answers {answer.status}{f' ({code})' if code else ''} and gives no token",
            hint="User or password are wrong, expired or locked: look at what the source's references lead to.",
        )
    found: Any = answer.json
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise Broken(
            f"the login {answer.sent.path} answers {answer.status}, and at '{'.'.join(path)}' there is no token",
            hint="Look at the login's address and at 'sessionTokenPath' of the connector.",
        )
    return found
