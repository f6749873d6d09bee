"""Who calls: service keys, legacy tokens, OAuth with tokens that live half an hour; scopes and refusals."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused
from weft_vendors.hubspot.wire import error, iso

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LIFE = 1800
"""Seconds that an access token lives."""
_NOT_FOUND = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
_WELL_FORMED = re.compile(r"[\w.~+/=-]+")
SCOPES_PAGE = "https://developers.hubspot.com/scopes"


@dataclass(frozen=True)
class Caller:
    """Who a token stands for."""

    app: str
    scopes: frozenset[str]
    oauth: bool = False
    expires: datetime | None = None


@dataclass
class Door:
    """The tokens of one portal."""

    now: Callable[[], datetime]
    portal: int
    scopes: frozenset[str]
    client: str = ""
    secret: str = ""
    tokens: dict[str, Caller] = field(default_factory=dict)
    refreshes: dict[str, frozenset[str]] = field(default_factory=dict)
    codes: dict[str, tuple[str, frozenset[str], str]] = field(default_factory=dict)
    """Code to redirect address, scopes and PKCE challenge; good once."""

    def key(self, app: str, scopes: frozenset[str] | None = None) -> str:
        """A token that does not expire: of a service key or a legacy private app."""
        token = f"{app}-{secrets.token_hex(16)}"
        self.tokens[token] = Caller(app, self.scopes if scopes is None else scopes)
        return token

    def code(self, redirect: str, scopes: frozenset[str], challenge: str = "") -> str:
        """An authorisation code, as after somebody's consent."""
        code = secrets.token_hex(8)
        self.codes[code] = (redirect, scopes or self.scopes, challenge)
        return code

    def refresh_token(self) -> str:
        """One that was given out before."""
        token = f"eu1-{secrets.token_hex(12)}"
        self.refreshes[token] = self.scopes
        return token

    def revoke(self, token: str) -> None:
        """A token, of either sort, is worth nothing from now on."""
        self.tokens.pop(token, None)
        self.refreshes.pop(token, None)

    def caller(self, header: str | None) -> Caller:
        """Who the `Authorization` header stands for, or 401, or 530 when the edge already refuses it."""
        if not header or not header.startswith("Bearer "):
            raise Refused(401, error(_NOT_FOUND, "INVALID_AUTHENTICATION"))
        token = header.removeprefix("Bearer ")
        if not _WELL_FORMED.fullmatch(token):
            raise Refused(530, "error code: 1016")
        caller = self.tokens.get(token)
        if caller is None:
            raise Refused(401, error(_NOT_FOUND, "INVALID_AUTHENTICATION"))
        if caller.expires and caller.expires <= self.now():
            ago = int((self.now() - caller.expires).total_seconds())
            message = f"The OAuth token used to make this call expired {ago} second(s) ago."
            raise Refused(401, error(message, "EXPIRED_AUTHENTICATION", context={"expire time": [iso(caller.expires)]}))
        return caller

    def grant(self, form: Mapping[str, str], *, dated: bool) -> dict[str, Any]:
        """What the token endpoint answers."""
        if form.get("client_id") != self.client:
            raise _bad("BAD_CLIENT_ID", "missing or unknown client id")
        if not hmac.compare_digest(form.get("client_secret", ""), self.secret):
            raise _bad("BAD_CLIENT_SECRET", "missing or invalid client secret")
        grants = {
            "refresh_token": self._renewed,
            "authorization_code": self._first,
            "client_credentials": self._own,
        }
        kind = form.get("grant_type", "")
        if kind not in grants or (kind == "client_credentials" and not dated):
            raise _bad("BAD_GRANT_TYPE", "missing or unknown grant type")
        refresh, scopes = grants[kind](form)
        access = f"CN{secrets.token_hex(20)}"
        self.tokens[access] = Caller(self.client, scopes, oauth=True, expires=self.now() + timedelta(seconds=LIFE))
        answer: dict[str, Any] = {"token_type": "bearer", "access_token": access, "expires_in": LIFE}
        answer |= {"refresh_token": refresh} if refresh else {}
        use = "access_token" if refresh else "client_credentials"
        return answer if not dated else {**answer, "token_use": use, "hub_id": self.portal, "scopes": sorted(scopes)}

    def introspect(self, form: Mapping[str, str]) -> dict[str, Any]:
        """What a token is, to the app that it was given to."""
        caller = self.tokens.get(form.get("token", ""))
        if caller is None or (caller.expires and caller.expires <= self.now()):
            return {"active": False}
        left = int((caller.expires - self.now()).total_seconds()) if caller.expires else 0
        return {
            "active": True,
            "token_use": "access_token",
            "hub_id": self.portal,
            "client_id": self.client,
            "scopes": sorted(caller.scopes),
            "expires_in": left,
            "token_type": "bearer",
        }

    def _renewed(self, form: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        token = form.get("refresh_token", "")
        if token not in self.refreshes:
            raise _bad("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        return token, self.refreshes[token]  # comes back unchanged

    def _first(self, form: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        code = form.get("code", "")
        if code not in self.codes:
            raise _bad("BAD_AUTH_CODE", "missing or unknown auth code")
        redirect, scopes, challenge = self.codes.pop(code)
        if form.get("redirect_uri") != redirect:
            raise _bad("BAD_REDIRECT_URI", "missing or invalid redirect uri")
        if challenge and _challenge(form.get("code_verifier", "")) != challenge:
            raise _bad("BAD_AUTH_CODE", "code verifier does not match")
        token = self.refresh_token()
        self.refreshes[token] = scopes
        return token, scopes

    def _own(self, form: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        asked = frozenset(form.get("scope", "").split())
        return "", asked & self.scopes or self.scopes


def allow(caller: Caller, scopes: tuple[str, ...]) -> None:
    """Any of these scopes opens it, or 403."""
    if scopes and not caller.scopes & set(scopes):
        needed = [
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredScopes": list(scopes)},
            }
        ]
        message = (
            "This app hasn't been granted all required scopes to make this call. "
            f"Read more about required scopes here: {SCOPES_PAGE}."
        )
        raise Refused(403, error(message, "MISSING_SCOPES", errors=needed, links={"scopes": SCOPES_PAGE}))


def _challenge(verifier: str) -> str:
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _bad(status: str, message: str) -> Refused:
    return Refused(400, {**error(message), "status": status})
