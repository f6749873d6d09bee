"""A person logs in to a source's system with a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from weft.connectors.rest.reading.opened import open_source
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.connectors.rest.reading.opened import Account
    from weft.model import Consent
    from weft.seams import Reach, Vault


class Beforehand:
    """A vault in which what a login will put there is not there yet.

    Args:
        vault: the vault.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def get(self, reference: str) -> str:
        """The secret; empty when there is none."""
        try:
            return self._vault.get(reference)
        except Unavailable:
            return ""

    def renew(self, reference: str, seen: str, make: Callable[[str], str]) -> str:
        """As the vault does."""
        return self._vault.renew(reference, seen, make)


def begin(connector: Account, reach: Reach, redirect: str) -> Consent:
    """See `seams.Consenting.begin`."""
    with open_source(connector, replace(reach, vault=Beforehand(reach.vault))) as opened:
        return opened.fetch.begin(redirect)


def finish(connector: Account, reach: Reach, asked: Consent, answered: Mapping[str, str]) -> str:
    """See `seams.Consenting.finish`."""
    with open_source(connector, replace(reach, vault=Beforehand(reach.vault))) as opened:
        return opened.fetch.finish(asked, answered)
