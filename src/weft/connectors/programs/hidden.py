"""Secrets on their way to a program: resolved at the last moment, and taken out of whatever comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from weft.seams import Vault

_REFERENCE = "secret://"
_SHORT = 4


class Hidden(Struct):
    """Knows the secrets that it resolved."""

    values: set[str] = field(default_factory=set)

    def resolved(self, value: Any, vault: Vault) -> Any:
        """A configuration with its secret:// references replaced, at any depth.

        Raises:
            Unavailable: the vault has no such secret.
        """
        if isinstance(value, dict):
            return {key: self.resolved(item, vault) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item, vault) for item in value]
        if isinstance(value, str) and value.startswith(_REFERENCE):
            secret = vault.get(value)
            self.values.add(secret)
            return secret
        return value

    def scrubbed(self, text: str) -> str:
        """A text without the secrets."""
        for secret in sorted(self.values, key=len, reverse=True):
            if len(secret) >= _SHORT:
                text = text.replace(secret, "***")
        return text
