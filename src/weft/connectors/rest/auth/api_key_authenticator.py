"""A key in a place of the system's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from weft.connectors.rest.auth.placing import placed
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.manifest.option import MaybeOption

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session


class ApiKeyAuthenticator(Credentials):
    """A key in a header, a parameter, or a field of the body."""

    api_token: Template
    """The key."""
    header: Template | None = None
    """Name of the header that takes it."""
    inject_into: MaybeOption = None
    """Where it goes, if not into a header: `{injectInto: request_parameter, fieldName: api_key}`."""

    @model_validator(mode="after")
    def _one(self) -> ApiKeyAuthenticator:
        if (self.header is None) == (self.inject_into is None):
            raise ValueError("give 'header' or 'injectInto', one of them")
        return self

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the key."""
        if self.inject_into is not None:
            return placed(request, self.inject_into, session.text(self.api_token), session)
        return request.headed(session.text(self.header), session.text(self.api_token))
