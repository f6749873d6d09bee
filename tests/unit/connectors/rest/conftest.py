"""A clock that is told the time, and a system that can be asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from unit.connectors.rest.shop import NOW, auth
from web import web
from weft.connectors.rest.asking import Setup, opened
from weft.connectors.rest.http.network import Network
from weft.seams import Reach
from weft.vaults.vault import open_vault


class ToldClock:
    """Waiting makes it later; nobody waits."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(round(seconds, 1))
            self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return ToldClock()


@pytest.fixture
def told(tmp_path, clock):
    """A reach whose clock is told the time."""
    folder, scratch = tmp_path / "mesh", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    return Reach(open_vault(folder), folder, scratch, clock, SimpleNamespace())


@pytest.fixture(scope="session")
def servers():
    with web() as first, web() as second:
        yield first, second


@pytest.fixture
def site(servers):
    for one in servers:
        one.asked.clear()
        one.answer = type(one).answer
    return servers[0]


@pytest.fixture
def other(servers, site):
    return servers[1]


@pytest.fixture
def asking(told, site):
    """`with asking(auth=..., ...) as fetch`: the system `shop` at `site`."""

    @contextmanager
    def opening(**said):
        network = said.pop("network", Network(private_network=True))
        hosts = said.pop("hosts", (f"127.0.0.1:{site.port}",))
        config = {"test": str(told.folder), **said.pop("config", {})}  # what sources share, tests do not
        setup = Setup(system="shop", hosts=hosts, network=network, config=config, **said)
        with opened(told, setup) as fetch:
            yield fetch.of("orders")

    return opening


@pytest.fixture
def granted(asking, told, site, monkeypatch):
    """`with granted(**fields of the authenticator) as fetch`, its vault given by `vault=`."""

    @contextmanager
    def opening(vault=None, config=None, seats=10, **said):
        if vault is not None:
            monkeypatch.setattr(type(told.vault), "get", lambda _, reference: vault.get(reference))
            monkeypatch.setattr(type(told.vault), "renew", lambda _, *a: vault.renew(*a), raising=False)
        oauth = auth("OAuthAuthenticator", tokenRefreshEndpoint=f"{site.url}/token", **said)
        with asking(auth=oauth, config=config or {}, seats=seats) as fetch:
            yield fetch

    return opening


@pytest.fixture(scope="session")
def keys():
    made = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}
    made["PS256"] = made["RS256"]
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return made, {name: key.private_bytes(*form, serialization.NoEncryption()).decode() for name, key in made.items()}
