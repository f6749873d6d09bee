"""A token that lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session


class BearerAuthenticator(Credentials):
    """A token in the header `Authorization: Bearer ...` (RFC 6750)."""

    api_token: Template
    """The token."""

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the token."""
        return request.headed("Authorization", f"Bearer {session.text(self.api_token)}")
