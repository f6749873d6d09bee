"""The vault: secret references to secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from weft.errors import Invalid, Unavailable
from weft.vaults.env import Env
from weft.vaults.file import File

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from weft.seams import Vault
    from weft.vaults.embedded import Embedded

_SCHEME = "secret://"


class Provider(Protocol):
    """A place of secrets."""

    def get(self, path: str) -> str | None:
        """The secret, or none."""

    def place(self, path: str) -> str:
        """What is looked for, for messages."""


class Providers:
    """Asks the provider that a reference names.

    Args:
        providers: by the first part of a reference.
    """

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)

    def get(self, reference: str) -> str:
        """The secret behind `secret://<provider>/<path>`.

        Raises:
            Invalid: not a reference (it is not shown, it may be the secret itself), or an unknown provider.
            Unavailable: the provider has no such secret, or it is empty.
        """
        provider, path = self._follow(reference)
        found = provider.get(path)
        if found is None:
            raise Unavailable(
                f"there is no secret behind '{reference}'",
                hint=f"Looked for {provider.place(path)}: set it, then run again.",
            )
        return found

    def renew(self, reference: str, seen: str, make: Callable[[str], str]) -> str:
        """See `seams.Vault.renew`."""
        provider, path = self._follow(reference)
        renew = getattr(provider, "renew", None)
        if renew is None:
            raise Unavailable(
                f"the secret behind '{reference}' has to be replaced by a new one, and weft does not write there",
                hint="Keep it in the mesh's vault: weft secret set NAME, and refer to secret://vault/NAME.",
            )
        return str(renew(path, seen, make))

    def _follow(self, reference: str) -> tuple[Provider, str]:
        known = ", ".join(f"{_SCHEME}{name}/..." for name in sorted(self._providers))
        if not reference.startswith(_SCHEME):
            raise Invalid("a secret is not given by a reference", hint=f"Allowed are {known}.")
        name, _, path = reference.removeprefix(_SCHEME).partition("/")
        provider = self._providers.get(name)
        if provider is None or not path or "\0" in path:
            raise Invalid(f"'{reference}' is no secret reference that can be followed", hint=f"Allowed are {known}.")
        return provider, path


def open_vault(folder: Path, own: Embedded | None = None) -> Vault:
    """The vault of a mesh.

    Args:
        folder: the mesh's folder; paths of secret files start here.
        own: what its registry holds; none = it is not open yet.
    """
    providers: dict[str, Provider] = {"env": Env(), "file": File(folder)}
    return Providers(providers | {"vault": own} if own else providers)
