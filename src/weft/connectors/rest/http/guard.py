"""Which addresses may be asked: hosts that manifest and source name, in plain form."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.connectors.origin import PORTS, Origin, origin
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Guard", "Origin", "origin"]


class _Named(Struct, frozen=True):
    host: str
    port: int | None

    @property
    def shown(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def fits(self, asked: Origin) -> bool:
        if self.port is None and asked.port != PORTS[asked.scheme]:
            return False
        if self.port is not None and asked.port != self.port:
            return False
        if self.host.startswith("*."):
            return asked.host.endswith(self.host[1:]) and len(asked.host) > len(self.host) - 1
        return asked.host == self.host


class Guard:
    """The hosts of one source.

    Args:
        hosts: `api.example.com`, `*.example.com` (any host below it), `host:port`; without a port the usual ones.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._named = tuple(_named(host) for host in hosts)

    def allow(self, url: str) -> None:
        """The host of an address that the manifest itself writes out is one of them."""
        asked = origin(url)
        with self._lock:
            self._named = (*self._named, _Named(asked.host, asked.port))

    def check(self, url: str) -> Origin:
        """Whom the URL leads to.

        Raises:
            Invalid: none of the hosts.
        """
        asked = origin(url)
        if not any(named.fits(asked) for named in self._named):
            known = ", ".join(sorted({named.shown for named in self._named})) or "none"
            raise Invalid(
                f"{asked.shown} is not asked: this connector speaks with {known}",
                hint="If the host belongs to it, name it in 'hosts' of the connector.",
            )
        return asked


def _named(text: str) -> _Named:
    star = text.startswith("*.")
    asked = origin(f"https://{text[2:] if star else text}")
    port = re.search(r":\d+$", text)
    return _Named(f"*.{asked.host}" if star else asked.host, asked.port if port else None)
