"""Asking: limits, waits, tries, redirects, damage; with the messages that a user sees."""

from __future__ import annotations

import pytest

from web import Told
from weft.connectors.rest.http.message import Request
from weft.errors import Unavailable


def test_hour(asking, site, clock):
    site.answer = lambda _: Told(429, headers={"Retry-After": "3600"})
    with asking() as fetch, pytest.raises(Unavailable) as error:
        fetch.send(Request("GET", f"{site.url}/orders"))
    print(error.value)
    site.answer = lambda _: Told(429)
    with asking() as fetch, pytest.raises(Unavailable) as error:
        fetch.send(Request("GET", f"{site.url}/orders"))
    print(error.value, clock.slept)
