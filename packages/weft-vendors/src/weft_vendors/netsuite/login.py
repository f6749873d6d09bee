"""Who asks: OAuth 2.0 (client credentials with a certificate, authorization code) and token-based authentication."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from weft_vendors.core import Refused, answer
from weft_vendors.core.signed import Key
from weft_vendors.netsuite.errors import bad_login

if TYPE_CHECKING:
    from random import Random

    from starlette.responses import Response

    from weft_vendors.core import Call, Clock

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105  (a path)
SKEW = timedelta(minutes=5)
LIFE = 3600
REFRESH_LIFE = timedelta(days=7)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = {"restlets", "rest_webservices", "suite_analytics"}
NONCE = 6


@dataclass
class Grant:
    """A token that was given out."""

    ends: datetime
    scopes: frozenset[str]


def _hex(random: Random, length: int = 64) -> str:
    return f"{random.getrandbits(4 * length):0{length}x}"


def signature(method: str, url: str, parameters: list[tuple[str, str]], key: str) -> str:
    """HMAC-SHA256 of RFC 5849 over method, address without query, and all parameters (3.4.1)."""
    pairs = sorted((quote(k, safe="~"), quote(v, safe="~")) for k, v in parameters)
    normalised = "&".join(f"{k}={v}" for k, v in pairs)
    base = "&".join(quote(part, safe="~") for part in (method.upper(), url, normalised))
    return b64encode(hmac.digest(key.encode(), base.encode(), sha256)).decode()


@dataclass
class Login:
    """The account's integration record with its secrets, and the tokens it gave out."""

    account: str
    clock: Clock
    random: Random
    certificate: Key = field(default_factory=lambda: Key("PS256"))
    tokens: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.client, self.secret, self.kid = _hex(self.random), _hex(self.random), _hex(self.random, 40)
        self.consumer, self.consumer_secret = _hex(self.random), _hex(self.random)
        self.token, self.token_secret = _hex(self.random), _hex(self.random)

    def credentials(self) -> dict[str, Any]:
        """All of them."""
        return {
            "account": self.account,
            "client_id": self.client,
            "client_secret": self.secret,
            "certificate_id": self.kid,
            "private_key": self.certificate.pem,
            "consumer_key": self.consumer,
            "consumer_secret": self.consumer_secret,
            "token_id": self.token,
            "token_secret": self.token_secret,
        }

    def revoke(self) -> None:
        """Ends every access token, as a refresh of a sandbox does."""
        self.tokens.clear()

    def check(self, call: Call, scope: str = "rest_webservices") -> None:
        """Lets the request in.

        Raises:
            Refused: with NetSuite's words.
        """
        kind, _, value = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "oauth":
            self._signed(call, value)
            return
        if kind.lower() != "bearer" or not value.strip():
            raise bad_login(self.account, "invalid_request" if kind else "invalid_token")
        grant = self.tokens.get(value.strip())
        if grant is None or grant.ends <= self.clock.now() or scope not in grant.scopes:
            raise bad_login(self.account)

    def _signed(self, call: Call, header: str) -> None:
        told = {}
        for part in header.split(","):
            name, _, value = part.strip().partition("=")
            told[name] = unquote(value.strip('"'))
        given = told.pop("oauth_signature", "")
        realm = told.pop("realm", "")
        fits = (
            realm == self.account
            and told.get("oauth_consumer_key") == self.consumer
            and told.get("oauth_token") == self.token
            and told.get("oauth_signature_method") == "HMAC-SHA256"
            and len(told.get("oauth_nonce", "")) >= NONCE
            and _fresh(self, told)
        )
        url = str(call.request.url.replace(query=""))
        query = parse_qsl(call.request.url.query, keep_blank_values=True)
        expected = signature(
            call.request.method,
            url.rstrip("?"),
            query + list(told.items()),
            f"{self.consumer_secret}&{self.token_secret}",
        )
        if not fits or not hmac.compare_digest(expected, given):
            raise bad_login(self.account)

    def authorize(self, call: Call) -> Response:
        """`GET /app/login/oauth2/authorize.nl`: the user says yes."""
        asked = dict(call.query)
        if asked.get("client_id") != self.client or asked.get("response_type") != "code":
            raise Refused(400, {"error": "invalid_request"})
        code = _hex(self.random)
        self.codes[code] = asked
        back = urlencode({"state": asked.get("state", ""), "company": self.account, "code": code})
        return answer(status=302, Location=f"{asked.get('redirect_uri', '')}?{back}")

    def give(self, call: Call) -> Response:
        """`POST .../token`."""
        grants = {
            "client_credentials": _by_certificate,
            "authorization_code": _by_code,
            "refresh_token": _by_refresh,
        }
        kind = call.form.get("grant_type", "")
        if kind not in grants:
            raise Refused(400, {"error": "unsupported_grant_type" if kind else "invalid_request"})
        scopes, more = grants[kind](self, call)
        token = _hex(self.random, 128)
        self.tokens[token] = Grant(self.clock.now() + timedelta(seconds=LIFE), frozenset(scopes))
        return answer({"access_token": token, **more, "expires_in": str(LIFE), "token_type": "Bearer"})


def _unknown(login: Login) -> Refused:
    return Refused(401, {"error": "invalid_client"}, WWW_Authenticate=f'Basic realm="{login.account}"')


def _client(login: Login, call: Call) -> None:
    try:
        pair = b64decode(call.headers.get("authorization", "").removeprefix("Basic ")).decode()
    except ValueError:
        pair = ""
    if pair != f"{login.client}:{login.secret}":
        raise _unknown(login)


def _fresh(login: Login, told: dict[str, str]) -> bool:
    once = (told.get("oauth_timestamp", ""), told["oauth_nonce"])
    if once in login.seen or not once[0].isdigit():
        return False
    login.seen.add(once)
    return abs(int(once[0]) - login.clock.now().timestamp()) <= SKEW.total_seconds()


def _by_certificate(login: Login, call: Call) -> tuple[set[str], dict[str, str]]:
    if call.form.get("client_assertion_type") != ASSERTION or "client_assertion" not in call.form:
        raise Refused(400, {"error": "invalid_request"})
    assertion = call.form["client_assertion"]
    try:
        head = json.loads(urlsafe_b64decode(assertion.partition(".")[0] + "=="))
        claims = login.certificate.claims(assertion)
    except (ValueError, TypeError) as wrong:
        raise _unknown(login) from wrong
    if head.get("kid") != login.kid:
        raise _unknown(login)
    if claims.get("iss") != login.client or not str(claims.get("aud", "")).endswith(TOKEN_PATH):
        raise _unknown(login)
    begin, end, now = claims.get("iat", 0), claims.get("exp", 0), login.clock.now().timestamp()
    if not begin <= now + SKEW.total_seconds() or not now < end or end - begin >= LIFE:
        raise Refused(400, {"error": "invalid_grant"})
    scope = claims.get("scope", [])
    scopes = {s.strip() for s in (scope.split(",") if isinstance(scope, str) else scope)}
    if not scopes or not scopes <= SCOPES:
        raise Refused(400, {"error": "invalid_scope"})
    return scopes, {}


def _by_code(login: Login, call: Call) -> tuple[set[str], dict[str, str]]:
    _client(login, call)
    asked = login.codes.pop(call.form.get("code", ""), None)
    if asked is None or asked.get("redirect_uri") != call.form.get("redirect_uri"):
        raise Refused(400, {"error": "invalid_grant"})
    proof = urlsafe_b64encode(sha256(call.form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if "code_challenge" in asked and proof != asked["code_challenge"]:
        raise Refused(400, {"error": "invalid_grant"})
    refresh = _hex(login.random, 128)
    login.refresh[refresh] = login.clock.now() + REFRESH_LIFE
    return set(asked.get("scope", "rest_webservices").split()), {"refresh_token": refresh}


def _by_refresh(login: Login, call: Call) -> tuple[set[str], dict[str, str]]:
    _client(login, call)
    ends = login.refresh.get(call.form.get("refresh_token", ""))
    if ends is None or ends <= login.clock.now():
        raise Refused(400, {"error": "invalid_grant"})
    return {"rest_webservices", "restlets"}, {}
