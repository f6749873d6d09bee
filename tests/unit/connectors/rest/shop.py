"""The system `shop` of these tests: what is asked of it, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weft.connectors.rest.http.message import Request
from weft.connectors.rest.parts import kinds

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = "What was committed stays. Run again later: it goes on from there."
CANARY = "canary-5f0e7c"


def auth(kind, **said):
    return kinds("auth").build(kind, said)


def get(site, **said):
    return Request("GET", f"{site.url}/orders", **said)


def errors(**said):
    return kinds("errors").build("DefaultErrorHandler", said)


def refused(sort, fetch, request):
    with pytest.raises(sort) as error:
        fetch.send(request)
    return str(error.value)


def in_turn(site, *answers):
    left = list(answers)
    site.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]
