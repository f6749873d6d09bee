"""Whom a URL leads to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from weft.errors import Invalid

PORTS = {"https": 443, "http": 80}
"""The usual ones."""
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


class Origin(NamedTuple):
    """Whom a URL leads to."""

    scheme: str
    host: str
    port: int

    @property
    def shown(self) -> str:
        """As in a URL; the port when it is not the usual one."""
        return f"{self.scheme}://" + self.place.removesuffix(f":{PORTS[self.scheme]}")

    @property
    def place(self) -> str:
        """Host and port; an address of IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@lru_cache(maxsize=256)
def origin(url: str) -> Origin:
    """Scheme, host and port of a URL.

    Raises:
        Invalid: no http(s), a user or password in it, or no host; nothing of it is shown but its scheme.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        plain = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        raise Invalid("an address to be asked is no URL", hint=_HINT) from None
    if parts.scheme not in PORTS:
        raise Invalid(f"an address to be asked begins with '{parts.scheme[:20]}:'", hint=_HINT)
    if "@" in parts.netloc:
        raise Invalid(
            f"an address to be asked at '{plain}' holds a user or a password",
            hint="Credentials are given by the fields of the source that are meant for them, as secret:// references.",
        )
    if not plain or _ODD.search(url):
        raise Invalid("an address to be asked has no host, or characters that no URL has", hint=_HINT)
    return Origin(parts.scheme, plain.lower(), port or PORTS[parts.scheme])


_HINT = "Allowed are https:// and http:// with a host: mend the base URL or the path."
