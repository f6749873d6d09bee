"""Tokens of OAuth 2.0: what a token endpoint answers, and how it is kept (RFC 6749)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from weft.connectors import waits
from weft.connectors.rest.http import failing
from weft.connectors.rest.http.session import Token, usable
from weft.errors import Broken, Invalid

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer

_PLAIN = re.compile(r"[A-Za-z '_/.,:-]{3,100}")
"""A description without figures and addresses: no id, no person."""
_HINTS = {
    "invalid_grant": "The refresh token, code or assertion is expired, revoked or was used already: log in anew by "
    "'weft source login SOURCE', or mend what the secret:// references lead to.",
    "BAD_REFRESH_TOKEN": "The refresh token is none any more: log in anew by 'weft source login SOURCE'.",
    "invalid_client": "Client id and client secret do not belong together, or the client's key is not known there.",
    "invalid_client_id": "The client id is not known there.",
    "unauthorized_client": "The client may not get tokens in this way: allow the grant in the system's settings.",
    "unsupported_grant_type": "The system gives no tokens in this way: look at 'grantType' of the connector.",
    "invalid_scope": "A scope is unknown, or not allowed to this client: look at 'scopes'.",
}


@dataclass(frozen=True, repr=False)
class Names:
    """What fields of an answer are called."""

    access: str = "access_token"
    expires: str = "expires_in"
    refresh: str = "refresh_token"


@dataclass(frozen=True, repr=False)
class Kept:
    """A refresh token as the vault keeps it, with the access token that came last.

    So another process that finds it need not ask again.
    """

    refresh: str
    access: str = ""
    until: datetime | None = None

    @staticmethod
    def read(text: str) -> Kept:
        """From the vault: this form, or the bare refresh token that somebody put there."""
        try:
            found = json.loads(text)
        except ValueError:
            return Kept(text)
        if not isinstance(found, dict) or not isinstance(found.get("refresh_token"), str):
            return Kept(text)
        return Kept(
            found["refresh_token"], str(found.get("access_token", "")), waits.moment(str(found.get("until", "")))
        )

    @property
    def text(self) -> str:
        """For the vault."""
        until = self.until.isoformat() if self.until else ""
        return json.dumps({"refresh_token": self.refresh, "access_token": self.access, "until": until})

    @property
    def token(self) -> Token:
        """The access token."""
        return Token(self.access, self.until)


def kept(answer: Answer, names: Names, before: str, now: datetime) -> Kept:
    """What a token endpoint gave.

    Args:
        answer: of the endpoint.
        names: of its fields.
        before: the refresh token that was used; it stays unless a new one comes.
        now: the time.

    Raises:
        Invalid: it says no.
        Broken: it gives no token.
    """
    found = answer.json
    if not answer.good or (isinstance(found, dict) and "error" in found and names.access not in found):
        raise _refused(answer)
    access = found.get(names.access) if isinstance(found, dict) else None
    if not access or not isinstance(access, str):
        raise Broken(
            f"the token endpoint {answer.sent.path} answers {answer.status} with no '{names.access}'",
            hint="Look at the address of the token endpoint.",
        )
    refresh = found.get(names.refresh)
    return Kept(
        refresh if isinstance(refresh, str) and refresh else before, access, _until(found.get(names.expires), now)
    )


def _until(told: Any, now: datetime) -> datetime | None:
    seconds = waits.span(str(told), now) if isinstance(told, str | int | float) else None
    return None if seconds is None else usable(now, min(seconds, 10**9))


def _refused(answer: Answer) -> Invalid:
    code = failing.code(answer)
    found = answer.json.get("error_description") if isinstance(answer.json, dict) else None
    why = found if isinstance(found, str) and _PLAIN.fullmatch(found) else ""
    told = f" ({': '.join(part for part in (code, why) if part)})" if code else ""
    if code == "unauthorized_client" and "refresh" in why:  # so some say it of a token that is used up
        code = "invalid_grant"
    hint = _HINTS.get(code) or "Look at client id, client secret and what else the source names for it."
    return Invalid(f"the token endpoint {answer.sent.path} answers {answer.status}{told} and gives no token", hint=hint)
