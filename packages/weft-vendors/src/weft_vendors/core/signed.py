"""JSON Web Tokens of clients that sign (RFC 7515, RFC 7518): keys to give away and signatures to check."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
_HALF = 32


class Key:
    """A key pair; the client gets `pem`, the simulator checks with `claims`."""

    def __init__(self, algorithm: str = "RS256") -> None:
        """Makes one for RS256, PS256 or ES256."""
        self.algorithm = algorithm

    @cached_property
    def _private(self) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
        """Made when it is first asked for: an RSA key takes a tenth of a second."""
        if self.algorithm == "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(65537, 2048)

    @property
    def pem(self) -> str:
        """The private key, PKCS 8."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def claims(self, token: str) -> dict[str, Any]:
        """What a token of this key says; its times are the caller's matter.

        Raises:
            ValueError: it is none, of another algorithm, or not signed with this key.
        """
        try:
            head, payload, signature = token.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(payload))
            if header.get("alg") != self.algorithm:
                raise ValueError(f"signed with {header.get('alg')}, not {self.algorithm}")
            self._check(_decoded(signature), f"{head}.{payload}".encode())
        except InvalidSignature as error:
            raise ValueError("the signature does not fit") from error
        if not isinstance(claims, dict):
            raise TypeError("the claims are no object")
        return claims

    def _check(self, signature: bytes, signed: bytes) -> None:
        public = self._private.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            pair = (int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
            public.verify(encode_dss_signature(*pair), signed, ec.ECDSA(SHA256()))
        else:
            public.verify(signature, signed, _PSS if self.algorithm == "PS256" else padding.PKCS1v15(), SHA256())


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
