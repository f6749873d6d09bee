"""OAuth 1.0a, as token-based authentication uses it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session

Method = Literal["HMAC-SHA256", "HMAC-SHA1"]
_HASHES = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}
_FORM = "application/x-www-form-urlencoded"
_PORTS = {"https": 443, "http": 80}


class OAuth1Authenticator(Credentials):
    """Each request signed with two secrets (RFC 5849): token-based authentication of NetSuite and others."""

    consumer_key: Template
    """Key of the client."""
    consumer_secret: Template
    """Secret of the client."""
    token: Template
    """Id of the token."""
    token_secret: Template
    """Secret of the token."""
    realm: Template | None = None
    """The account; it is not signed."""
    signature_method: Method = "HMAC-SHA256"
    """How it is signed."""

    def apply(self, request: Request, session: Session) -> Request:
        """The signed request."""
        said = {
            "oauth_token": session.text(self.token),
            "oauth_consumer_key": session.text(self.consumer_key),
            "oauth_nonce": secrets.token_hex(16),
            "oauth_timestamp": str(int(session.clock.now().timestamp())),
            "oauth_signature_method": self.signature_method,
            "oauth_version": "1.0",
        }
        keys = (session.text(self.consumer_secret), session.text(self.token_secret))
        said["oauth_signature"] = signature(request, said, keys)
        fields = ({"realm": session.text(self.realm)} if self.realm else {}) | said
        text = ", ".join(f'{name}="{_enc(value)}"' for name, value in fields.items())
        return request.headed("Authorization", f"OAuth {text}")


def signature(request: Request, said: dict[str, str], keys: tuple[str, str]) -> str:
    """The signature of a request (RFC 5849, 3.4).

    Args:
        request: its parameters are signed, and a form's fields; another body is not.
        said: the fields `oauth_...`.
        keys: secrets of client and token.
    """
    url = urlsplit(request.whole_url)
    form = request.headers.get("Content-Type", "").startswith(_FORM)
    pairs = [*parse_qsl(url.query, keep_blank_values=True), *said.items()]
    pairs += parse_qsl((request.body or b"").decode(), keep_blank_values=True) if form else []
    params = "&".join(f"{name}={value}" for name, value in sorted((_enc(n), _enc(v)) for n, v in pairs))
    host = (url.hostname or "").lower() + (f":{url.port}" if url.port not in (None, _PORTS.get(url.scheme)) else "")
    base = "&".join((request.method.upper(), _enc(f"{url.scheme}://{host}{url.path or '/'}"), _enc(params)))
    key = "&".join(_enc(key) for key in keys)
    made = hmac.new(key.encode(), base.encode(), _HASHES[said["oauth_signature_method"]])
    return base64.b64encode(made.digest()).decode()


def _enc(text: str) -> str:
    return quote(text, safe="~")
