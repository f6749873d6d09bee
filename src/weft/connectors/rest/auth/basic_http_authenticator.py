"""User and password."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session


class BasicHttpAuthenticator(Credentials):
    """User and password in the header `Authorization: Basic ...` (RFC 7617)."""

    username: Template
    """The user, or whatever the system wants in its place."""
    password: Template | None = None
    """The password, or whatever the system wants in its place."""

    def apply(self, request: Request, session: Session) -> Request:
        """The request with user and password."""
        return request.headed("Authorization", basic(session, self.username, self.password))


def basic(session: Session, user: Template, password: Template | None) -> str:
    """The header of user and password."""
    pair = f"{session.text(user)}:{session.text(password)}"
    return f"Basic {session.hide(base64.b64encode(pair.encode()).decode())}"
