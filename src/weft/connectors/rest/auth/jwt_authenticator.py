"""A token that the client signs itself."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from weft.connectors.rest.auth.placing import placed
from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.http.authenticator import Credentials
from weft.connectors.rest.http.session import Token, usable
from weft.connectors.rest.manifest.option import MaybeOption
from weft.errors import Invalid, Unavailable
from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer, Request
    from weft.connectors.rest.http.session import Session

_SORTS = {"HS": "OctKey", "RS": "RSAKey", "PS": "RSAKey", "ES": "ECKey"}
ALGORITHMS = {**{f"{sort}{bits}": key for sort, key in _SORTS.items() for bits in (256, 384, 512)}, "EdDSA": "OKPKey"}
"""How it may be signed, and by which sort of key."""
_NO_ALGORITHM = f"'algorithm' is none that signs, allowed are {', '.join(ALGORITHMS)}"


class JwtHeaders(Kind):
    """Head of the token."""

    kid: Template | None = None
    """Which key signs it."""
    typ: Template = Template("JWT")
    """Sort of the token."""
    cty: Template | None = None
    """Sort of its content."""


class JwtPayload(Kind):
    """What the token says."""

    iss: Template | None = None
    """Who made it."""
    sub: Template | None = None
    """Whom it speaks of."""
    aud: Template | None = None
    """For whom it is."""


class JwtAuthenticator(Credentials):
    """A JSON Web Token (RFC 7519) signed with a key of the source; anew before it ends."""

    secret_key: Template
    """The key: PEM for RS, PS, ES and EdDSA, any text for HS."""
    algorithm: Template
    """How it is signed: HS256, RS256, PS256, ES256, the same with 384 and 512, or EdDSA."""
    passphrase: Template | None = None
    """What opens a locked key."""
    base64_encode_secret_key: bool = False
    """Whether the base64 form of the text is the key (HS)."""
    token_duration: int = Field(1200, ge=1, le=86_400)
    """Seconds that it lasts."""
    header_prefix: Template | None = None
    """What stands before it in the header `Authorization`: Bearer, as a rule."""
    jwt_headers: JwtHeaders = JwtHeaders()
    """Its head."""
    additional_jwt_headers: dict[str, Tree] = {}
    """More of its head."""
    jwt_payload: JwtPayload = JwtPayload()
    """What it says."""
    additional_jwt_payload: dict[str, Tree] = {}
    """More of what it says."""
    request_option: MaybeOption = None
    """Where it goes; default: the header `Authorization`."""

    @field_validator("algorithm")
    @classmethod
    def _known(cls, value: Template) -> Template:
        if value.constant and value.source not in ALGORITHMS:
            raise ValueError(_NO_ALGORITHM)
        return value

    def apply(self, request: Request, session: Session) -> Request:
        """The request with the token."""
        token = session.token(self._key(session), lambda: self._made(session))
        if self.request_option is not None:
            return placed(request, self.request_option, token, session)
        return request.headed("Authorization", f"{session.text(self.header_prefix)} {token}".strip())

    def refused(self, session: Session, answer: Answer) -> bool:
        """A new one would be refused as well."""
        return False

    def signed(self, session: Session, **more: Any) -> str:
        """A token that begins now.

        Args:
            session: the source's.
            more: further claims.

        Raises:
            Invalid: the key is none.
        """
        now = int(session.clock.now().timestamp())
        algorithm = algorithm_of(session.text(self.algorithm))
        head = {"alg": algorithm, **self._said(session, self.jwt_headers, self.additional_jwt_headers)}
        claims = {
            **self._said(session, self.jwt_payload, self.additional_jwt_payload),
            "iat": now,
            "nbf": now,
            "exp": now + self.token_duration,
            **more,
        }
        return session.hide(encoded(head, claims, self._opened(session, algorithm)))

    def assertion(self, session: Session) -> str:
        """A token that is used once (RFC 7523)."""
        return self.signed(session, jti=str(uuid.uuid4()))

    def _made(self, session: Session) -> Token:
        return Token(self.signed(session), usable(session.clock.now(), self.token_duration))

    def _key(self, session: Session) -> str:
        """Which token it is; another key or another claim makes another."""
        said = [self._said(session, self.jwt_headers, self.additional_jwt_headers)]
        said += [self._said(session, self.jwt_payload, self.additional_jwt_payload)]
        text = f"{session.text(self.secret_key)}\0{session.text(self.algorithm)}\0{said}"
        return f"jwt {hashlib.sha256(text.encode()).hexdigest()}"

    def _said(self, session: Session, parts: Kind, more: dict[str, Tree]) -> dict[str, Any]:
        named = {name: session.value(getattr(parts, name)) for name in type(parts).model_fields}
        return {k: v for k, v in {**named, **session.value(more)}.items() if v is not None}

    def _opened(self, session: Session, algorithm: str) -> Any:
        text = session.text(self.secret_key)
        if self.base64_encode_secret_key:
            text = session.hide(base64.b64encode(text.encode()).decode())
        return imported(text, algorithm, session.text(self.passphrase))


def algorithm_of(name: str) -> str:
    """One of those that are known.

    Raises:
        Invalid: it is none.
    """
    if name not in ALGORITHMS:
        raise Invalid(_NO_ALGORITHM)
    return name


def imported(text: str, algorithm: str, passphrase: str) -> Any:
    """A key that signs.

    Raises:
        Invalid: it is none for this algorithm.
    """
    sort = getattr(_jose(), ALGORITHMS[algorithm])
    # Environments hold PEM in one line, with its ends of line written out.
    plain = text.replace("\\n", "\n") if "BEGIN" in text else text
    try:
        return sort.import_key(plain, password=passphrase or None)
    except Exception:  # noqa: BLE001 - the library and the one below raise many sorts, and may name what they read
        raise Invalid(
            f"the key that signs with {algorithm} cannot be read",
            hint="HS takes any text, RS and PS an RSA key, ES an elliptic one, EdDSA one of Ed25519: in PEM, with "
            "'passphrase' where it is locked.",
        ) from None


def encoded(head: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """A signed token.

    Raises:
        Invalid: the key does not fit the algorithm.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        return jwt.encode(head, claims, key, algorithms=[head["alg"]], default_type=None)
    except (JoseError, ValueError, TypeError):
        raise Invalid(
            f"a token cannot be signed with {head['alg']} by this key",
            hint="ES256 wants the curve P-256, ES384 P-384, ES512 P-521; RS and PS a key of 2048 bits or more.",
        ) from None


def _jose() -> Any:
    try:
        from joserfc import jwk
    except ImportError:
        raise Unavailable(
            "a token is to be signed, and the library that signs is not installed",
            hint="Install it: pip install 'weft[rest]'.",
        ) from None
    return jwk
