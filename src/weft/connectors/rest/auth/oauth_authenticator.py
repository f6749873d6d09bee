"""OAuth 2.0."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import model_validator

from weft.connectors.rest.auth.basic_http_authenticator import basic
from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.http.grants import Kept, Names, kept
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.parts import Part
from weft.errors import Unavailable
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.http.session import Session, Token

_ROUNDS = 3
_VAULT = "secret://vault/"
_REFRESH = "refresh_token"
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class RefreshTokenUpdater(Kind):
    """Each use of the refresh token gives a new one and ends the old one: it is kept in the vault."""

    refresh_token_name: str = _REFRESH
    """Its field in the answer."""


class OAuthAuthenticator(Credentials):
    """OAuth 2.0: an access token for client credentials, a refresh token or a signed assertion (RFC 6749, RFC 7523).

    It is asked for anew before it ends, and when it is refused.
    """

    token_refresh_endpoint: Template
    """Address of the token endpoint."""
    grant_type: Template = Template(_REFRESH)
    """refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:jwt-bearer, ..."""
    client_id: Template | None = None
    """Id of the client."""
    client_secret: Template | None = None
    """Secret of the client."""
    refresh_token: Template | None = None
    """The refresh token; where each use makes a new one, it lies in the vault: secret://vault/NAME."""
    refresh_token_updater: RefreshTokenUpdater | None = None
    """Said where each use of the refresh token makes a new one."""
    scopes: tuple[Template, ...] = ()
    """What is asked for."""
    scopes_joiner: str = " "
    """What stands between scopes."""
    profile_assertion: Annotated[Any, Part("auth", "JwtAuthenticator")] = None
    """A token that the client signs: the grant itself with jwt-bearer, else in place of the client's secret."""
    client_authentication: Literal["body", "basic"] = "body"
    """Whether id and secret go as fields of the body, or as user and password."""
    request_format: Literal["form", "json"] = "form"
    """How the body is written."""
    refresh_request_body: dict[str, Tree] = {}
    """Further fields of the body."""
    refresh_request_headers: dict[str, Tree] = {}
    """Further headers."""
    grant_type_name: str = "grant_type"
    client_id_name: str = "client_id"
    client_secret_name: str = "client_secret"  # noqa: S105 - the name of a field
    refresh_token_name: str = _REFRESH
    access_token_name: str = "access_token"  # noqa: S105
    """Fields in the answer: the token."""
    expires_in_name: str = "expires_in"
    """And when it ends: seconds, or a point in time; where none is told, a refusal tells."""
    authorize_endpoint: Template | None = None
    """Address where a person allows it, for 'weft source login'."""
    authorize_params: dict[str, Tree] = {}
    """Further parameters of that address."""
    header: str = "Authorization"
    """The header that takes the token."""
    header_prefix: str = "Bearer"
    """What stands before it."""

    @model_validator(mode="after")
    def _fits(self) -> OAuthAuthenticator:
        if self.grant_type == Template(_REFRESH) and self.refresh_token is None:
            raise ValueError("the grant 'refresh_token' wants a 'refreshToken'")
        if self.grant_type == Template(_BEARER) and self.profile_assertion is None:
            raise ValueError("the grant 'jwt-bearer' wants a 'profileAssertion'")
        return self

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the access token."""
        token = session.token(self._key(session), lambda: self._token(session, ""))
        return request.signed(self.header, f"{self.header_prefix} {token}".strip(), token)

    def refused(self, session: Session, answer: Answer) -> bool:
        """Ask for another token, unless somebody has one already."""
        return session.renewed(self._key(session), lambda: self._token(session, answer.sent.token), answer)

    def _key(self, session: Session) -> str:
        """Which token it is; other credentials make another."""
        said = [session.text(self.token_refresh_endpoint), session.text(self.grant_type), session.text(self.client_id)]
        said += [session.text(self.client_secret), *(session.text(scope) for scope in self.scopes)]
        said += [session.reference(self.refresh_token) or session.text(self.refresh_token)]
        return f"oauth {hashlib.sha256(json.dumps(said).encode()).hexdigest()}"

    def _token(self, session: Session, seen: str) -> Token:
        """A new access token; of a refresh token that the vault keeps, the one that another process got meanwhile."""
        reference = session.reference(self.refresh_token) if self.refresh_token else ""
        if not reference.startswith(_VAULT):
            return self._bare(session, reference).token
        for _ in range(_ROUNDS):  # somebody may set another refresh token meanwhile
            before = session.vault.get(reference)
            now = Kept.read(before)
            if now.access == seen or not now.token.fresh(session.clock.now()):
                now = Kept.read(session.vault.renew(reference, before, lambda text: self._next(session, text)))
            session.hide(now.refresh)
            if now.access not in {"", seen}:
                return now.token
        raise Unavailable(f"no token comes from the secret behind '{reference}', though it is renewed again and again")

    def _next(self, session: Session, text: str) -> str:
        return self._asked(session, Kept.read(text).refresh).text

    def _bare(self, session: Session, reference: str) -> Kept:
        """Ask with a refresh token that cannot be replaced where it lies, or with none."""
        if self.refresh_token_updater is not None:
            raise _immovable(reference)
        refresh = session.text(self.refresh_token)
        found = self._asked(session, refresh)
        if found.refresh != refresh and refresh:
            raise _immovable(reference)
        return found

    def _asked(self, session: Session, refresh: str) -> Kept:
        session.hide(refresh)
        fields = {self.grant_type_name: session.text(self.grant_type)}
        if refresh:
            fields[self.refresh_token_name] = refresh
        if self.scopes:
            fields["scope"] = self.scopes_joiner.join(session.text(scope) for scope in self.scopes)
        return self.exchanged(session, fields, refresh)

    def exchanged(self, session: Session, fields: dict[str, str], before: str = "") -> Kept:
        """What the token endpoint gives for these fields, and for who the client is.

        Raises:
            Invalid, Broken, Unavailable: it gives nothing.
        """
        headers = {
            "Accept": "application/json",
            **{k: str(v) for k, v in session.value(self.refresh_request_headers).items()},
        }
        fields = {**fields, **self._client(session, headers, fields[self.grant_type_name])}
        fields |= {name: str(value) for name, value in session.value(self.refresh_request_body).items()}
        form = self.request_format == "form"
        headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        body = urlencode(fields) if form else json.dumps(fields)
        url = session.endpoint(self.token_refresh_endpoint)
        answer = session.send(Request("POST", url, headers=headers, body=body.encode(), repeatable=True))
        updater = self.refresh_token_updater or RefreshTokenUpdater()
        names = Names(self.access_token_name, self.expires_in_name, updater.refresh_token_name)
        found = kept(answer, names, before, session.clock.now())
        session.hide(found.access)
        session.hide(found.refresh)
        return found

    def _client(self, session: Session, headers: dict[str, str], grant: str) -> dict[str, str]:
        """Who the client is: fields of the body, and at times a header."""
        if self.profile_assertion is not None:
            signed = self.profile_assertion.assertion(session)
            if grant == _BEARER:
                return {"assertion": signed}
            known = {} if self.client_id is None else {self.client_id_name: session.text(self.client_id)}
            return {**known, "client_assertion_type": _ASSERTION, "client_assertion": signed}
        if self.client_authentication == "basic" and self.client_id is not None:
            headers["Authorization"] = basic(session, self.client_id, self.client_secret)
            return {}
        named = {self.client_id_name: self.client_id, self.client_secret_name: self.client_secret}
        return {name: session.text(value) for name, value in named.items() if value is not None}


def _immovable(reference: str) -> Unavailable:
    where = f"'{reference}'" if reference else "the source's configuration"
    return Unavailable(
        f"each use of the refresh token makes a new one, and the one of {where} cannot be replaced there",
        hint="Put it into the vault: 'weft secret set NAME', then write secret://vault/NAME into the source; or log in "
        "by 'weft source login SOURCE'.",
    )
