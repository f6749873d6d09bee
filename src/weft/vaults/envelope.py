"""The envelope of a secret: AES-256-GCM with a data key of its own, which the mesh's master key wraps alike.

Mesh, name and version are authenticated with both, so that neither part is of use in another place (NIST SP 800-38D;
the pattern is that of envelope encryption in key management services).
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Broken, Invalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from weft.model import Sealed

SIZE = 32
"""Bytes of a key."""
_NONCE = 12


class Master(Struct, frozen=True):
    """A master key."""

    key: bytes

    def __repr__(self) -> str:
        """Its digest alone."""
        return f"Master({self.digest})"

    @property
    def digest(self) -> str:
        """Names it, and tells nothing about it."""
        return hashlib.sha256(b"weft vault " + self.key).hexdigest()[:16]


class Label(Struct, frozen=True):
    """What an envelope is for; authenticated with it."""

    mesh: str
    name: str
    version: int

    def seal(self, master: Master, value: str) -> tuple[bytes, bytes]:
        """The wrapped data key and the sealed value."""
        data_key = os.urandom(SIZE)
        return self._encrypt(master.key, data_key, "key"), self._encrypt(data_key, value.encode(), "value")

    def open(self, master: Master, sealed: Sealed) -> str:
        """The value.

        Raises:
            Broken: the envelope is not the one that was made for this label.
        """
        return self._decrypt(self._unwrap(master, sealed), sealed.sealed, "value").decode()

    def rewrap(self, old: Master, new: Master, sealed: Sealed) -> bytes:
        """The data key, wrapped with another master key; the sealed value is not touched.

        Raises:
            Broken: as `open`.
        """
        return self._encrypt(new.key, self._unwrap(old, sealed), "key")

    def _unwrap(self, master: Master, sealed: Sealed) -> bytes:
        return self._decrypt(master.key, sealed.wrapped, "key")

    def _encrypt(self, key: bytes, plain: bytes, what: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + _cipher(key).encrypt(nonce, plain, self._associated(what))

    def _decrypt(self, key: bytes, text: bytes, what: str) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return _cipher(key).decrypt(text[:_NONCE], text[_NONCE:], self._associated(what))
        except (InvalidTag, ValueError):
            raise Broken(
                f"the secret '{self.name}' is not the one that was stored: its envelope does not open",
                hint="The registry was changed by other means than weft, or the mesh got another name in mesh.yaml. "
                f"Compare with a backup, or store it anew: weft secret set {self.name}",
            ) from None

    def _associated(self, what: str) -> bytes:
        return json.dumps(["weft/1", self.mesh, self.name, self.version, what]).encode()


def _cipher(key: bytes) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise Invalid(
            "the mesh's vault needs the package 'cryptography', which is not installed",
            hint="Install it with: pip install 'weft[vault]'",
        ) from None
    return AESGCM(key)
