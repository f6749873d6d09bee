"""Sockets to other machines: a private address only where the source allows it, and the one that was looked at."""

from __future__ import annotations

import ipaddress
import socket

from weft.errors import Invalid

_CONNECT = 10.0
"""Seconds."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def dial(host: str, port: int, *, private: bool, seconds: float = _CONNECT) -> socket.socket:
    """Connect to a host. Its name is resolved once: what is looked at is what is connected to.

    Raises:
        Invalid: it has private addresses only, and those are not allowed.
        OSError: it cannot be reached.
    """
    last: OSError | None = None
    for family, address in addresses(host, port, private=private):
        try:
            made = socket.socket(family, socket.SOCK_STREAM)
            made.settimeout(seconds)
            made.connect(address)
        except OSError as error:
            made.close()
            last = error
        else:
            return made
    raise last or OSError("it has no address")


def addresses(host: str, port: int, *, private: bool) -> list[tuple[int, tuple[str, int]]]:
    """Family and address of a host, those that are allowed.

    Raises:
        Invalid: none of them is.
        OSError: the name is not known.
    """
    found = [(one[0], one[4]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    allowed = [(family, address) for family, address in found if private or _public(str(address[0]))]
    if found and not allowed:
        raise Invalid(
            f"'{host}' has an address of a private network, which this source does not allow",
            hint="If it is meant, say 'privateNetwork: true' in the source's config.",
        )
    return allowed  # type: ignore[return-value]  # of IPv6 it has two members more, which belong to it


def _public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        address = inner or address
    return address.is_global and not address.is_multicast
