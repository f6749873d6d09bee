"""A clock that is told the time, and a system that can be asked."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from web import web
from weft.connectors.rest.asking import Setup, opened
from weft.connectors.rest.http.network import Network
from weft.seams import Reach
from weft.vaults.vault import open_vault


class ToldClock:
    """Waiting makes it later; nobody waits."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
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
