"""Nobody is told who asks."""

from __future__ import annotations

from weft.connectors.rest.http.authenticator import Credentials


class NoAuth(Credentials):
    """The system wants no credentials."""
