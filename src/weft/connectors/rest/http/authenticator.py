"""What authenticators have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session


class Certificate(Struct, frozen=True):
    """What a client shows of itself in TLS."""

    chain: str
    """PEM."""
    key: str
    """PEM."""
    passphrase: str = ""

    __repr__ = object.__repr__  # it holds secrets


class Credentials(Kind):
    """The base of the slot `auth`: nothing is told, nothing can be renewed, nothing is shown in TLS."""

    def within(self, session: Session) -> Credentials:
        """Who does it, when that is another one that this one holds."""
        return self

    def apply(self, request: Request, session: Session) -> Request:
        """The request with what tells who asks; with a token, `token` of it says which."""
        return request

    def refused(self, session: Session, answer: Answer) -> bool:
        """An answer says that the credentials are none: whether there are new ones now, and it is worth another try.

        `answer.sent.token` is the one that was refused.
        """
        return False

    def certificate(self, session: Session) -> Certificate | None:
        """What is shown in TLS."""
        return None
