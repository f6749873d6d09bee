"""What the simulators have in common: records, stamps, seeded changes, and handlers behind faults."""

from __future__ import annotations

from email.utils import format_datetime
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.applications import Starlette
from starlette.routing import Route

from weft_vendors.core.answers import Call, Refused, answer
from weft_vendors.core.churn import churn
from weft_vendors.core.clock import Clock
from weft_vendors.core.faults import Faults
from weft_vendors.core.ledger import Ledger, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    Answerer = Callable[[Call], Response]


class Vendor:
    """One account of one system.

    A simulator gives `name`, `objects`, `routes`, `credentials`, and how its records look: `key`, `stamped` and
    `invent`. Handlers are plain functions of a `Call`; they run one at a time, under the ledger's lock.
    """

    name: ClassVar[str]
    objects: ClassVar[Sequence[str]] = ()
    """What `churn` makes and changes."""
    own_faults: ClassVar[Sequence[str]] = ()
    """Kinds of faults that no other system knows, as its docstring says."""
    url = ""
    """Where it is served; set by `serving`."""

    def __init__(
        self, clock: Clock | None = None, ledger: Ledger | None = None, faults: Faults | None = None, seed: int = 0
    ) -> None:
        self.clock = clock or Clock()
        self.ledger = ledger or Ledger()
        self.faults = faults or Faults(seed)
        self.random = Random(f"{type(self).name}:{seed}")  # noqa: S311 - the same records for the same seed

    @cached_property
    def app(self) -> ASGIApp:
        """The ASGI application."""
        routes = [
            Route(path, _endpoint(self, handler), methods=methods.split()) for methods, path, handler in self.routes()
        ]
        return self.faults.around(Starlette(routes=routes), self)

    def routes(self) -> list[tuple[str, str, Answerer]]:
        """What is answered: methods (`"GET POST"`), path with `{placeholders}`, handler."""
        raise NotImplementedError

    def credentials(self) -> dict[str, Any]:
        """What a client needs to be let in."""
        raise NotImplementedError

    def failure(self, status: int) -> Response:
        """How the system words a failure that is not the client's; a fault on the wire looks like this."""
        return answer({"error": {"code": status, "message": "the server could not answer"}}, status)

    def key(self, object_: str) -> str:
        """Field that identifies a record."""
        return "id"

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """The record as it is kept when it is written at that time: stamps, computed fields."""
        return row

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A new record, its id included, or the old one with something changed."""
        raise NotImplementedError

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes many records as they are, stamps included."""
        key = self.key(object_)
        self.ledger.put(object_, {str(row[key]): row for row in rows}, self.clock.now())

    def put(self, object_: str, *rows: Row, at: datetime | None = None) -> None:
        """Writes records, stamped now or as if their transaction had begun at `at`."""
        self.load(object_, [self.stamped(object_, row, at or self.clock.now()) for row in rows])

    def delete(self, object_: str, *ids: str) -> None:
        """Deletes records the usual way of the system."""
        self.ledger.delete(object_, ids, self.clock.now())

    def churn(self, count: int = 1) -> None:
        """So many seeded changes; see `weft_vendors.core.churn`."""
        churn(self, count)


def _endpoint(vendor: Vendor, handler: Answerer) -> Callable[[Request], Any]:
    ledger = vendor.ledger

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        with ledger.lock:
            number = ledger.request(vendor.clock.now(), request.method, request.url.path)
            try:
                response = handler(Call(request, body, number))
            except Refused as refused:
                response = refused.response
            response.headers["Date"] = format_datetime(vendor.clock.now(), usegmt=True)
            ledger.answered(number, response.status_code)
        return response

    return endpoint
