"""A mesh's reach beside a simulated system: its clock goes with the system's, its vault knows the system's credentials."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from web import sent_to
from weft.mesh.open import KNOWN
from weft.seams import Reach

VAULT = "secret://vault/"


class Together:
    """The mesh's clock goes with the system's; nobody waits."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def now(self) -> Any:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


class Keys:
    """A vault of the test's own: secret://vault/NAME."""

    def __init__(self, **secrets: Any) -> None:
        self.secrets = {name: str(value) for name, value in secrets.items()}

    def get(self, reference: str) -> str:
        return self.secrets[reference.removeprefix(VAULT)]

    def renew(self, reference: str, seen: str, make: Any) -> str:
        name = reference.removeprefix(VAULT)
        if self.secrets[name] == seen:
            self.secrets[name] = make(seen)
        return self.secrets[name]


def reach(vendor: Any, folder: Any) -> Reach:
    """What a connector may reach: each credential of the system under its name in the vault."""
    quiet = SimpleNamespace(start=lambda *_: None, step=lambda *_: None, done=lambda *_: None)
    return Reach(Keys(**vendor.credentials()), folder, folder, Together(vendor.clock), quiet)


def built(name: str, **config: Any) -> Any:
    """The connector, allowed to talk to this machine."""
    return KNOWN.build(name, {"privateNetwork": True, **config})


def answered(address: str) -> dict[str, str]:
    """What a browser is sent back with, by a system whose person allows everything at once."""
    return dict(parse_qsl(urlsplit(sent_to(address)).query))


def logged_in(connector: Any, near: Reach) -> Any:
    """What a source keeps when such a person has logged in."""
    asked = connector.begin(near, "http://127.0.0.1:1/back")
    return connector.finish(near, asked, answered(asked.address))
