"""A person allows it: authorization code with PKCE (RFC 6749 4.1, RFC 7636), in two steps with a browser in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from weft.connectors.rest.auth.oauth_authenticator import OAuthAuthenticator
from weft.errors import Denied, Invalid
from weft.model import Consent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.rest.http.authenticator import Credentials
    from weft.connectors.rest.http.session import Session

_BYTES = 48
_VAULT = "secret://vault/"


def begin(auth: Credentials, session: Session, redirect: str) -> Consent:
    """Where a person allows it, and what is needed afterwards.

    Args:
        auth: of the source.
        session: of the source.
        redirect: address that the browser is sent back to.

    Raises:
        Invalid: nobody is asked in this way.
    """
    found = _oauth(auth, session)
    reference = session.reference(found.refresh_token)
    if not reference.startswith(_VAULT):
        raise Invalid(
            "what a login gives is kept in the vault, and the source does not say under which name",
            hint="Write a reference such as secret://vault/crm-login where the source takes its refresh token.",
        )
    verifier, state = secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES)
    said = {
        "response_type": "code",
        "client_id": session.text(found.client_id),
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    if found.scopes:
        said["scope"] = found.scopes_joiner.join(session.text(scope) for scope in found.scopes)
    said |= {name: str(value) for name, value in session.value(found.authorize_params).items()}
    address = session.text(found.authorize_endpoint)
    glue = "&" if "?" in address else "?"
    return Consent(f"{address}{glue}{urlencode(said)}", reference, redirect, state, verifier)


def finish(auth: Credentials, session: Session, consent: Consent, answered: Mapping[str, str]) -> str:
    """What the vault shall keep, for the code that came back.

    Args:
        auth: of the source.
        session: of the source.
        consent: as `begin` gave it.
        answered: parameters that the browser was sent back with.

    Raises:
        Denied: the person, or the system, says no.
        Invalid: it is no answer to this question, or the code is none.
    """
    if not hmac.compare_digest(answered.get("state", ""), consent.state):
        raise Invalid("what came back from the browser does not belong to this login", hint="Begin it again.")
    if "code" not in answered:
        code = answered.get("error", "")
        told = f" ({code})" if code.replace("_", "").isalnum() else ""
        raise Denied(f"the system did not allow it{told}", hint="Begin again, with a user who may allow it.")
    found = _oauth(auth, session)
    fields = {
        found.grant_type_name: "authorization_code",
        "code": session.hide(answered["code"]),
        "redirect_uri": consent.redirect,
        "code_verifier": session.hide(consent.verifier),
    }
    kept = found.exchanged(session, fields)
    if not kept.refresh:
        raise Invalid(
            "the login gives no refresh token, so that it would end within hours",
            hint="Ask for one: most systems want a scope such as 'offline_access' or 'refresh_token' in 'scopes'.",
        )
    return kept.text


def challenge(verifier: str) -> str:
    """What is told of a verifier before it is (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _oauth(auth: Credentials, session: Session) -> OAuthAuthenticator:
    while (inner := auth.within(session)) is not auth:
        auth = inner
    if not isinstance(auth, OAuthAuthenticator) or auth.authorize_endpoint is None:
        raise Invalid(
            "nobody logs in to this source with a browser",
            hint="Its connector names no 'authorizeEndpoint' of an OAuthAuthenticator: it has its references alone.",
        )
    return auth
