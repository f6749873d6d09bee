"""One of several, as the configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.parts import Part
from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.connectors.rest.http.authenticator import Certificate
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session


class SelectiveAuthenticator(Credentials):
    """The authenticator that a field of the source's configuration names."""

    authenticator_selection_path: tuple[str, ...] = Field(min_length=1)
    """Where in the configuration its name stands: `[credentials, auth_type]`."""
    authenticators: dict[str, Annotated[Any, Part("auth")]] = Field(min_length=1)
    """By name."""

    def apply(self, request: Request, session: Session) -> Request:
        """As the chosen one does."""
        return self.within(session).apply(request, session)

    def refused(self, session: Session, answer: Answer) -> bool:
        """As the chosen one does."""
        return self.within(session).refused(session, answer)

    def certificate(self, session: Session) -> Certificate | None:
        """As the chosen one does."""
        return self.within(session).certificate(session)

    def within(self, session: Session) -> Credentials:
        """The one that the configuration names.

        Raises:
            Invalid: it names none of them.
        """
        found: Any = session.config
        for key in self.authenticator_selection_path:
            found = found.get(key) if isinstance(found, Mapping) else None
        chosen = self.authenticators.get(str(found)) if found is not None else None
        if chosen is None:
            path, known = ".".join(self.authenticator_selection_path), ", ".join(sorted(self.authenticators))
            what = "is not said" if found is None else "is none of those that are known"
            raise Invalid(f"the way to authenticate, '{path}' of the source, {what}", hint=f"Allowed are {known}.")
        return chosen  # type: ignore[no-any-return]  # `Part` builds kinds of the slot
