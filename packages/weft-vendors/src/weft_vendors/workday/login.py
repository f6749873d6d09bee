"""Who asks: OAuth 2.0 (refresh token, JWT bearer, authorization code), Basic for reports, WS-Security for SOAP."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from weft_vendors.core import Refused, answer
from weft_vendors.core.signed import Key

if TYPE_CHECKING:
    from random import Random
    from xml.etree import ElementTree as ET

    from starlette.responses import Response

    from weft_vendors.core import Call, Clock

LIFE = timedelta(hours=1)
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"


@dataclass
class Login:
    """The tenant's API client and integration user, and the tokens given out."""

    tenant: str
    clock: Clock
    random: Random
    scopes: frozenset[str] = frozenset({"Staffing", "Contact Information", "Organizations and Roles", "System"})
    """Functional areas of the API client."""
    rotates: bool = True
    """A refresh gives a new refresh token and voids the old one."""
    tells_expiry: bool = True
    certificate: Key = field(default_factory=Key)
    tokens: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user, self.password = "ISU_Weave", _secret(self.random, 16)
        self.client, self.secret = _secret(self.random, 32), _secret(self.random, 48)
        self.refresh = _secret(self.random, 48)

    def credentials(self) -> dict[str, Any]:
        """All of them; the refresh token is the one that holds now."""
        return {
            "tenant": self.tenant,
            "user": self.user,
            "password": self.password,
            "client_id": self.client,
            "client_secret": self.secret,
            "refresh_token": self.refresh,
            "private_key": self.certificate.pem,
        }

    # --- tokens

    def give(self, call: Call) -> Response:
        """`POST /ccx/oauth2/TENANT/token`."""
        grants = {"refresh_token": _by_refresh, BEARER: _by_assertion, "authorization_code": _by_code}
        kind = call.form.get("grant_type", "")
        if kind not in grants:
            raise _no("unsupported_grant_type", f"grant type {kind} is not supported")
        more = grants[kind](self, call)
        token = _secret(self.random, 64)
        self.tokens[token] = self.clock.now() + LIFE
        expiry = {"expires_in": int(LIFE.total_seconds())} if self.tells_expiry else {}
        return answer({"access_token": token, "token_type": "Bearer", **expiry, **more})

    def authorize(self, call: Call) -> Response:
        """`GET /TENANT/authorize`: the user says yes."""
        asked = dict(call.query)
        if asked.get("client_id") != self.client or asked.get("response_type") != "code":
            raise _no("invalid_client", "unknown client")
        code = _secret(self.random, 32)
        self.codes[code] = asked
        back = urlencode({"state": asked.get("state", ""), "code": code})
        return answer(status=302, Location=f"{asked.get('redirect_uri', '')}?{back}")

    def bearer(self, call: Call, scope: str = "") -> None:
        """Lets a REST or WQL request in.

        Raises:
            Refused: 401 for a bad token, 403 for a functional area that the client lacks.
        """
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        ends = self.tokens.get(value.strip()) if kind.lower() == "bearer" else None
        if ends is None or ends <= self.clock.now():
            raise Refused(401, {"error": "invalid_token"}, WWW_Authenticate='Bearer error="invalid_token"')
        if scope and scope not in self.scopes:
            raise Refused(403, {"error": "permission denied"})

    def for_wql(self, call: Call) -> None:
        """Lets a WQL request in: its scope is System."""
        self.bearer(call, "System")

    def report(self, call: Call) -> None:
        """Lets a report request in: Basic or bearer."""
        header = call.headers.get("authorization", "")
        if header.lower().startswith("bearer"):
            self.bearer(call)
        elif _basic(header) not in {(self.user, self.password), (f"{self.user}@{self.tenant}", self.password)}:
            page = "<html><body><h1>401 Unauthorized</h1></body></html>"
            raise Refused(401, page, content_type="text/html", WWW_Authenticate=f'Basic realm="{self.tenant}"')

    def wss(self, envelope: ET.Element) -> bool:
        """Whether a SOAP envelope's UsernameToken is right."""
        user = envelope.findtext(f".//{_WSSE}Username")
        return user == f"{self.user}@{self.tenant}" and envelope.findtext(f".//{_WSSE}Password") == self.password


def _secret(random: Random, length: int) -> str:
    return f"{random.getrandbits(4 * length):0{length}x}"


def _basic(header: str) -> tuple[str, str] | None:
    if not header.startswith("Basic "):
        return None
    try:
        user, _, password = b64decode(header[6:]).decode().partition(":")
    except ValueError:
        return None
    return user, password


def _no(error: str, description: str) -> Refused:
    return Refused(401 if error == "invalid_client" else 400, {"error": error, "error_description": description})


def _client(login: Login, call: Call) -> None:
    basic = _basic(call.headers.get("authorization", ""))
    told = basic or (call.form.get("client_id", ""), call.form.get("client_secret", ""))
    if told != (login.client, login.secret):
        raise _no("invalid_client", "client authentication failed")


def _by_refresh(login: Login, call: Call) -> dict[str, Any]:
    _client(login, call)
    if call.form.get("refresh_token") != login.refresh:
        raise _no("invalid_grant", "refresh token is invalid")
    return _renewed(login)


def _renewed(login: Login) -> dict[str, Any]:
    if not login.rotates:
        return {"refresh_token": login.refresh}
    login.refresh = _secret(login.random, 48)
    return {"refresh_token": login.refresh}


def _by_assertion(login: Login, call: Call) -> dict[str, Any]:
    try:
        claims = login.certificate.claims(call.form.get("assertion", ""))
    except (ValueError, TypeError) as wrong:
        raise _no("invalid_grant", "assertion is invalid") from wrong
    fits = (claims.get("iss"), claims.get("sub"), claims.get("aud")) == (login.client, login.user, "wd")
    left = claims.get("exp", 0) - login.clock.now().timestamp()
    if not fits or not 0 < left <= 300:  # noqa: PLR2004  (five minutes)
        raise _no("invalid_grant", "assertion is invalid")
    return {}


def _by_code(login: Login, call: Call) -> dict[str, Any]:
    _client(login, call)
    asked = login.codes.pop(call.form.get("code", ""), None)
    proof = urlsafe_b64encode(sha256(call.form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if asked is None or asked.get("code_challenge", proof) != proof:
        raise _no("invalid_grant", "code is invalid")
    return _renewed(login)


# --- requests
