"""Requests to AWS, signed."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.http.authenticator import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session

_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"https": 443, "http": 80}


class AwsSigV4Authenticator(Credentials):
    """Each request signed with AWS Signature Version 4."""

    access_key_id: Template
    """Id of the key."""
    secret_access_key: Template
    """The key."""
    session_token: Template | None = None
    """Of credentials that end."""
    region: Template
    """Region: `eu-central-1`."""
    service: Template
    """Service: `execute-api`, `s3`, ..."""

    def apply(self, request: Request, session: Session) -> Request:
        """The signed request."""
        stamp = session.clock.now().strftime("%Y%m%dT%H%M%SZ")
        service = session.text(self.service)
        scope = f"{stamp[:8]}/{session.text(self.region)}/{service}/aws4_request"
        request = request.headed("X-Amz-Date", stamp)
        if self.session_token is not None:
            request = request.headed("X-Amz-Security-Token", session.text(self.session_token))
        if service == "s3":
            request = request.headed("X-Amz-Content-Sha256", _hash(request.body or b""))
        names, signature = signed(request, scope, session.text(self.secret_access_key))
        credential = f"{session.text(self.access_key_id)}/{scope}"
        told = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return request.headed("Authorization", told)


def signed(request: Request, scope: str, secret: str) -> tuple[str, str]:
    """Which headers are signed, and the signature.

    Args:
        request: with the header `X-Amz-Date`.
        scope: day, region, service, `aws4_request`.
        secret: the key.
    """
    headers = _headers(request)
    names = ";".join(headers)
    url = urlsplit(request.whole_url)
    path = url.path or "/"
    lines = (
        request.method.upper(),
        path if scope.split("/")[2] == "s3" else quote(path, safe="/~"),
        "&".join(f"{name}={value}" for name, value in sorted(_pair(part) for part in url.query.split("&") if part)),
        "".join(f"{name}:{value}\n" for name, value in headers.items()),
        names,
        _hash(request.body or b""),
    )
    text = "\n".join((_ALGORITHM, headers["x-amz-date"], scope, _hash("\n".join(lines).encode())))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return names, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _headers(request: Request) -> Mapping[str, str]:
    """Those that are signed, in order: the host, the type of the content, and those of AWS."""
    url = urlsplit(request.url)
    host = (url.hostname or "") + (f":{url.port}" if url.port not in (None, _PORTS.get(url.scheme)) else "")
    found = {name.lower(): " ".join(value.split()) for name, value in request.headers.items()}
    kept = {name: text for name, text in found.items() if name == "content-type" or name.startswith("x-amz-")}
    return dict(sorted({**kept, "host": host}.items()))


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return quote(unquote(name), safe="~"), quote(unquote(value), safe="~")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
