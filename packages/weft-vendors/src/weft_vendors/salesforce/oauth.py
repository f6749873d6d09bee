"""OAuth 2.0 of an org: client credentials (on My Domain alone), refresh with rotation, JWT bearer, code with PKCE."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from weft_vendors.core import Refused, answer
from weft_vendors.core.signed import Key
from weft_vendors.salesforce.gate import here

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.salesforce.app import Salesforce

SESSION = timedelta(hours=2)
"""How long a session lives after it was used last."""
LONGEST_ASSERTION = 300
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ORG, USER = "00D5e000000AbCdEAK", "0055e000001SvogAAC"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")


def denied(error: str, description: str) -> Refused:
    """A refusal by the token endpoint: an object, not an array."""
    return Refused(400, {"error": error, "error_description": description})


@dataclass
class Code:
    """An authorization code that waits to be exchanged."""

    redirect: str
    challenge: str
    refresh: bool


class Login:
    """Who is let in."""

    def __init__(self, org: Salesforce, *, rotate: bool = False) -> None:
        self.org = org
        self.rotate = rotate
        """Whether a refresh gives a new refresh token and ends the old one."""
        self.client_id = f"3MVG9{secrets.token_urlsafe(24)}"
        self.client_secret = secrets.token_hex(32).upper()
        self.username = "integration@example.org"
        self.refresh_tokens = [_refresh_token()]
        self.sessions: dict[str, datetime] = {}
        """Access token -> last use."""
        self._codes: dict[str, Code] = {}

    @cached_property
    def key(self) -> Key:
        """What the client signs assertions with; made when it is first wanted, since that takes its time."""
        return Key("RS256")

    def credentials(self) -> dict[str, str]:
        """For each flow what it takes."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": (self.refresh_tokens or [""])[-1],
            "username": self.username,
            "private_key": self.key.pem,
        }

    def token(self, call: Call) -> Response:
        """`POST /services/oauth2/token`."""
        form = dict(call.form)
        scheme, _, pair = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            form["client_id"], _, form["client_secret"] = b64decode(pair).decode().partition(":")
        flows = {
            "client_credentials": self._client,
            "refresh_token": self._refresh,
            "authorization_code": self._exchange,
            JWT: self._assertion,
        }
        grant = form.get("grant_type")
        if not grant:
            raise denied("invalid_request", "grant type is missing")
        if grant == "password":
            raise denied("invalid_grant", "authentication failure")
        if grant not in flows:
            raise denied("unsupported_grant_type", "grant type not supported")
        return answer(_session(self, flows[grant](form, call)))

    def authorize(self, call: Call) -> Response:
        """`GET /services/oauth2/authorize`: the user agrees at once."""
        query = call.query
        self._is_client({"client_id": query.get("client_id", "")})
        if query.get("response_type") != "code" or not query.get("redirect_uri"):
            raise denied("invalid_request", "redirect_uri and response_type=code are needed")
        if query.get("code_challenge") and query.get("code_challenge_method", "plain") != "S256":
            raise denied("invalid_request", "only S256 is supported")
        code = f"aPrx{secrets.token_urlsafe(24)}"
        refresh = bool({"refresh_token", "offline_access"} & set(query.get("scope", "").split()))
        self._codes[code] = Code(query["redirect_uri"], query.get("code_challenge", ""), refresh)
        back = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        return answer(None, 302, Location=f"{query['redirect_uri']}?{urlencode(back)}")

    def revoke(self, call: Call) -> Response:
        """`POST /services/oauth2/revoke`."""
        token = call.form.get("token", "")
        self.sessions.pop(token, None)
        self.refresh_tokens = [t for t in self.refresh_tokens if t != token]
        return answer()

    def alive(self, token: str) -> bool:
        """Whether a session is one; using it keeps it alive."""
        now, used = self.org.clock.now(), self.sessions.get(token)
        if used is None or now - used > SESSION:
            return False
        self.sessions[token] = now
        return True

    def _client(self, form: dict[str, str], call: Call) -> dict[str, str]:
        if not here(call):
            raise denied("invalid_grant", "request not supported on this domain")
        self._is_client(form, secret=True)
        return {}

    def _refresh(self, form: dict[str, str], call: Call) -> dict[str, str]:
        self._is_client(form, secret="client_secret" in form)
        old = form.get("refresh_token", "")
        if old not in self.refresh_tokens:
            raise denied("invalid_grant", "expired access/refresh token")
        if not self.rotate:
            return {}
        self.refresh_tokens.remove(old)
        return _offline(self)

    def _exchange(self, form: dict[str, str], call: Call) -> dict[str, str]:
        code = self._codes.pop(form.get("code", ""), None)
        self._is_client(form, secret="client_secret" in form or not (code and code.challenge))
        if code is None or form.get("redirect_uri") != code.redirect:
            raise denied("invalid_grant", "invalid authorization code")
        proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if code.challenge and proof != code.challenge:
            raise denied("invalid_grant", "invalid code verifier")
        return _offline(self) if code.refresh else {}

    def _assertion(self, form: dict[str, str], call: Call) -> dict[str, str]:
        try:
            claims = self.key.claims(form.get("assertion", ""))
        except (ValueError, TypeError):
            raise denied("invalid_grant", "invalid assertion") from None
        self._is_client({"client_id": str(claims.get("iss", ""))})
        if claims.get("aud") not in {*AUDIENCES, self.org.login_url, self.org.url}:
            raise denied("invalid_grant", "audience is invalid")
        left = float(claims.get("exp", 0)) - self.org.clock.now().timestamp()
        if not 0 < left <= LONGEST_ASSERTION:
            raise denied("invalid_grant", "expired authorization code" if left <= 0 else "invalid assertion")
        if claims.get("sub") != self.username:
            raise denied("invalid_grant", "user hasn't approved this consumer")
        return {}

    def _is_client(self, form: dict[str, str], *, secret: bool = False) -> None:
        if form.get("client_id") != self.client_id:
            raise denied("invalid_client_id", "client identifier invalid")
        if secret and form.get("client_secret") != self.client_secret:
            raise denied("invalid_client", "invalid client credentials")


def _offline(login: Login) -> dict[str, str]:
    login.refresh_tokens.append(_refresh_token())
    return {"refresh_token": login.refresh_tokens[-1]}


def _refresh_token() -> str:
    return f"5Aep{secrets.token_urlsafe(48)}"


def _session(login: Login, more: dict[str, str]) -> dict[str, Any]:
    org, token = login.org, f"{ORG[:15]}!AQ{secrets.token_urlsafe(48)}"
    login.sessions[token] = org.clock.now()
    issued, who = str(int(org.clock.now().timestamp() * 1000)), f"{org.login_url}/id/{ORG}/{USER}"
    return {
        "access_token": token,
        "signature": b64encode(digest(login.client_secret.encode(), (who + issued).encode(), "sha256")).decode(),
        "scope": "api refresh_token" if more else "api",
        "instance_url": org.url,
        "id": who,
        "token_type": "Bearer",
        "issued_at": issued,
        "api_instance_url": "https://api.salesforce.com",
        **more,
    }
