"""Who calls: tokens of people and of service accounts, apps with rotating refresh tokens, and nobody."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LIFE = 3600
"""Seconds that an access token lives."""
PLAIN = "Client must be authenticated to access this resource."
FAILED = {"X_Seraph_LoginReason": "AUTHENTICATED_FAILED"}
CLASSIC = frozenset({"read:jira-work", "read:jira-user", "offline_access"})
GRANULAR = frozenset(
    {
        "read:board-scope:jira-software",
        "read:sprint:jira-software",
        "read:issue-details:jira",
        "read:project:jira",
        "read:page:confluence",
        "read:space:confluence",
    }
)


@dataclass(frozen=True)
class Caller:
    """Who a credential stands for."""

    name: str
    """Empty = nobody."""
    scopes: frozenset[str] | None = None
    """None = all that the person may."""
    gateway: bool = False
    """Only through the gateway."""
    metered: bool = False
    """An app whose calls cost points."""
    expires: datetime | None = None


NOBODY = Caller("")


@dataclass
class Door:
    """The credentials of one site."""

    now: Callable[[], datetime]
    email: str
    client: str = ""
    secret: str = ""
    basic: dict[str, Caller] = field(default_factory=dict)
    bearer: dict[str, Caller] = field(default_factory=dict)
    refreshes: dict[str, frozenset[str]] = field(default_factory=dict)
    codes: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def api_token(self, scopes: frozenset[str] | None = None, days: int = 365) -> str:
        """A person's token: classic, or with scopes and so for the gateway alone."""
        token = f"ATATT3x{secrets.token_hex(20)}"
        expires = self.now() + timedelta(days=days)
        self.basic[token] = Caller(self.email, scopes, gateway=scopes is not None, expires=expires)
        return token

    def service_token(self, scopes: frozenset[str] = CLASSIC | GRANULAR) -> str:
        """A service account's token."""
        token = f"ATSTT3x{secrets.token_hex(20)}"
        self.bearer[token] = Caller("service", scopes, gateway=True, expires=self.now() + timedelta(days=365))
        return token

    def refresh_token(self, scopes: frozenset[str] = CLASSIC | GRANULAR) -> str:
        """One that was given out before."""
        token = f"eyJr{secrets.token_hex(24)}"
        self.refreshes[token] = scopes
        return token

    def code(self, redirect: str, scopes: frozenset[str]) -> str:
        """An authorisation code, as after somebody's consent."""
        code = secrets.token_hex(8)
        self.codes[code] = (redirect, scopes)
        return code

    def revoke(self, token: str) -> None:
        """A token of any sort is worth nothing from now on."""
        self.basic.pop(token, None)
        self.bearer.pop(token, None)
        self.refreshes.pop(token, None)

    def caller(self, header: str | None, *, gateway: bool) -> Caller:
        """Who the `Authorization` header stands for; nobody when it is wrong on the site's own address.

        Raises:
            Refused: 401 by the gateway, or for a token of an app on the site's own address.
        """
        kind, _, value = (header or "").partition(" ")
        found = self._basic(value) if kind == "Basic" else self.bearer.get(value) if kind == "Bearer" else None
        fits = found is not None and (found.expires is None or found.expires > self.now())
        if found is None or not fits or found.gateway is not gateway:
            if gateway or kind == "Bearer":
                raise Refused(401, {"code": 401, "message": "Unauthorized"})
            return NOBODY
        return found

    def grant(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """What the token endpoint answers."""
        known = hmac.compare_digest(str(form.get("client_secret", "")), self.secret)
        if form.get("client_id") != self.client or not known:
            raise Refused(401, {"error": "access_denied", "error_description": "Unauthorized"})
        kind = form.get("grant_type")
        if kind == "client_credentials":
            return self._tokens(CLASSIC | GRANULAR, metered=False)
        if kind == "refresh_token":
            scopes = self.refreshes.pop(str(form.get("refresh_token")), None)  # each is good once
            if scopes is None:
                raise Refused(403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."})
            return self._tokens(scopes, metered=True)
        redirect, scopes = self.codes.pop(str(form.get("code")), ("", frozenset()))
        if kind != "authorization_code" or not redirect or form.get("redirect_uri") != redirect:
            raise Refused(403, {"error": "invalid_grant", "error_description": "Invalid authorization code"})
        return self._tokens(scopes, metered=True)

    def _tokens(self, scopes: frozenset[str], *, metered: bool) -> dict[str, Any]:
        access = f"eyJa{secrets.token_hex(24)}"
        self.bearer[access] = Caller(
            "app", scopes, gateway=True, metered=metered, expires=self.now() + timedelta(seconds=LIFE)
        )
        told = {"access_token": access, "expires_in": LIFE, "scope": " ".join(sorted(scopes)), "token_type": "Bearer"}
        again = metered and "offline_access" in scopes
        return {**told, "refresh_token": self.refresh_token(scopes)} if again else told

    def _basic(self, value: str) -> Caller | None:
        try:
            email, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self.basic.get(token) if email == self.email else None


def allow(caller: Caller, *scopes: str) -> None:
    """Any of these scopes opens it; the gateway says 401, not 403."""
    if caller.scopes is not None and scopes and not caller.scopes & set(scopes):
        raise Refused(401, {"code": 401, "message": "Unauthorized; scope does not match"})
