"""A token that a login with user and password gives, in an older form."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from weft.connectors.rest.auth.session_token_authenticator import token_in
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.http.session import Token

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session


class LegacySessionTokenAuthenticator(Credentials):
    """User and password as JSON to a login; its token in a header. For new connectors: SessionTokenAuthenticator."""

    header: Template
    """The header that takes the token."""
    login_url: Template
    """Address of the login, or its path from the base URL."""
    session_token_response_key: Template
    """Field of its answer."""
    username: Template | None = None
    """The user."""
    password: Template | None = None
    """The password."""
    session_token: Template | None = None
    """A token that is there already; then nobody logs in until it is refused."""
    validate_session_url: Template | None = None
    """Not needed: a token that does not do is renewed when it is refused."""

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the token."""
        token = session.token(self._key(session), lambda: self._first(session))
        return request.signed(session.text(self.header), token, token)

    def refused(self, session: Session, answer: Answer) -> bool:
        """Log in again, unless somebody has."""
        return self.username is not None and session.renewed(self._key(session), lambda: self._login(session), answer)

    def _key(self, session: Session) -> str:
        said = [session.text(t) for t in (self.login_url, self.username, self.password, self.session_token)]
        return f"session {hashlib.sha256(json.dumps(said).encode()).hexdigest()}"

    def _first(self, session: Session) -> Token:
        known = session.text(self.session_token)
        return Token(known) if known else self._login(session)

    def _login(self, session: Session) -> Token:
        body = json.dumps({"username": session.text(self.username), "password": session.text(self.password)}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = session.below(session.text(self.login_url))
        answer = session.send(Request("POST", url, headers=headers, body=body, repeatable=True))
        return Token(token_in(answer, (session.text(self.session_token_response_key),)))
