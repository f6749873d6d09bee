"""Reads documents and samples: from files, or from the web by the one way that REST systems are asked."""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from weft.connectors.openapi.document import LARGE, parse
from weft.connectors.openapi.refs import Bundle
from weft.connectors.origin import origin
from weft.connectors.rest.asking import Setup, opened
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.http.network import Network
from weft.errors import Broken, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.seams import Reach

WEB = ("http://", "https://")


class Told(Struct, frozen=True):
    """A document and where it was."""

    value: Any
    origin: str
    """Its address; a file's as file:// URL."""


def read(
    place: str,
    reach: Reach,
    *,
    follow: bool = False,
    near: bool = False,
    parsed: Callable[[bytes, str], Any] = parse,
) -> Told:
    """The parsed document at a place.

    Args:
        place: path of a file, or a URL.
        reach: what may be reached.
        near: whether who asks sits at this machine and may name an address of a private network literally; a name or
            a redirect that leads to one is refused even then.
        follow: whether documents are brought in that its references lead to: those in the file's folder, those of the
            URL's host.
        parsed: how its bytes are read, and what messages call it.

    Raises:
        Invalid: there is none, it cannot be read, or its address is refused.
        Unavailable: it does not answer.
    """
    with _way(place, reach, near=near) as (address, load):
        value = parsed(load(address), place)
        if follow and isinstance(value, dict):
            value = Bundle(value, address, lambda other: parse(load(other), other)).document
        return Told(value, address)


@contextmanager
def _way(place: str, reach: Reach, *, near: bool) -> Iterator[tuple[str, Callable[[str], bytes]]]:
    """The address of a place, and what loads it and its neighbours."""
    if not place.startswith(WEB):
        path = Path(place).resolve()
        yield path.as_uri(), lambda address: _beside(address, path.parent)
        return
    to = origin(place)
    if is_private(to.host) and not near:
        raise Invalid(
            f"'{to.host}' is an address of a private network: no document is fetched from there",
            hint="Give its text, or draft the connector at the machine itself: weft connector new.",
        )
    network = Network(private_network=near and is_private(to.host))
    with opened(reach, Setup(to.host, (f"{to.host}:{to.port}",), network=network)) as fetch:
        yield place, lambda address: _fetched(fetch.send(Request("GET", address)), address)


def _fetched(answer: Any, address: str) -> bytes:
    if not answer.good:
        raise Broken(f"'{address}' answered {answer.status}", hint="Is it the document's own address?")
    return bytes(answer.body)


def is_private(host: str) -> bool:
    """Whether a host is written as an address of a private network, or is this machine."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return host == "localhost"


def is_loopback(host: str) -> bool:
    """Whether a host is written as this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _beside(address: str, folder: Path) -> bytes:
    """A file; never one outside of the folder."""
    parts = urlsplit(address)
    path = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or not path.is_relative_to(folder):
        raise Invalid(
            f"'{address}' is not in the document's folder", hint="Bring the documents together in one folder."
        )
    try:
        if path.stat().st_size > LARGE:
            raise Invalid(f"'{path}' has {path.stat().st_size:,} bytes, read are at most {LARGE:,}")
        return path.read_bytes()
    except OSError as error:
        raise Invalid(
            f"'{path}' cannot be read: {error.strerror}", hint="Name a file, or a URL with https://."
        ) from None
