"""A certificate of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Certificate, Credentials
from weft.connectors.rest.parts import Part

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session


class MutualTlsAuthenticator(Credentials):
    """Shows a certificate of the client in TLS, and does what another authenticator does besides."""

    client_certificate: Template
    """Certificate and what stands between it and its authority, in PEM."""
    client_key: Template
    """Its key, in PEM."""
    passphrase: Template | None = None
    """What opens a locked key."""
    authenticator: Annotated[Any, Part("auth")] = None
    """Who asks within the connection."""

    def within(self, session: Session) -> Credentials:
        """The other authenticator."""
        return self if self.authenticator is None else self.authenticator

    def apply(self, request: Request, session: Session) -> Request:
        """As the other authenticator does."""
        return request if self.authenticator is None else self.authenticator.apply(request, session)

    def refused(self, session: Session, answer: Answer) -> bool:
        """As the other authenticator does."""
        return self.authenticator is not None and bool(self.authenticator.refused(session, answer))

    def certificate(self, session: Session) -> Certificate:
        """What is shown."""
        key, phrase = session.text(self.client_key), session.text(self.passphrase)
        return Certificate(_pem(session.text(self.client_certificate)), _pem(key), phrase)


def _pem(text: str) -> str:
    """Environments hold PEM in one line, with its ends of line written out."""
    return text.replace("\\n", "\n")
