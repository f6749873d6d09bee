"""The simulator of one Workday tenant."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from weft_vendors.core import Call, Vendor, answer
from weft_vendors.workday import api, invention, raas, soap
from weft_vendors.workday.history import History
from weft_vendors.workday.login import Login
from weft_vendors.workday.objects import Field, objects
from weft_vendors.workday.times import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from weft_vendors.core import Row

_LOST = "<!DOCTYPE html><html><head><title>404</title></head><body><h1>Page not found</h1></body></html>"
_CLOSED = (
    "<!DOCTYPE html><html><body><h1>Workday is currently unavailable</h1><p>Scheduled maintenance.</p></body></html>"
)


@dataclass
class Settings:
    """What differs between tenants."""

    tenant: str = "messy"
    owner: str = "ISU_Weave"
    """Who owns the reports."""
    zone: str = "America/Los_Angeles"
    currency: str = "USD"
    hidden_fields: tuple[str, ...] = ("birthDate",)
    """What the integration user may not see: silently not there."""
    forbidden: tuple[str, ...] = ()
    """Objects of domains that the integration user has no access to: 403."""
    empty_report: str = "absent"
    """A report without rows: `Report_Entry` is `absent` or `list`."""
    numbers_unquoted: bool = False
    report_rows_in_time: int = 1_000_000
    """A report of more rows runs longer than 30 minutes: its answer ends in the middle."""
    wql_total: bool = True
    rate: int | None = 10
    """Requests a second; None: no limit. (The status and body of a refusal are this simulator's invention.)"""
    maintenance: bool = False


class Workday(Vendor):
    """Reports, WQL, REST and SOAP of one tenant; `settings` and `reports` may be changed while it runs."""

    name: ClassVar[str] = "workday"
    own_faults = ("revoked",)
    objects: ClassVar[tuple[str, ...]] = tuple(objects())

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.settings = Settings()
        self.reports: tuple[raas.Report, ...] = raas.REPORTS
        self.fields = objects()
        self.history = History()
        self.dice = Random(self.random.getrandbits(64))  # noqa: S311 - requests take nothing from the seed of the changes
        self.login = Login(self.settings.tenant, self.clock, self.dice)
        self._settled = self.clock.now().date()

    def credentials(self) -> dict[str, Any]:
        """What the tenant's administrator hands over."""
        return {**self.login.credentials(), "report_owner": self.settings.owner}

    def routes(self) -> list[tuple[str, str, Callable[[Call], Response]]]:
        """All surfaces; whatever else is asked is a web page that says 404."""
        wql, rest = "/ccx/api/wql/v1/{tenant}", "/ccx/api/{service}/{version}/{tenant}"
        tokens: dict[tuple[str, str], Any] = {
            ("POST", "/ccx/oauth2/{tenant}/token"): self.login.give,
            ("GET", "/{tenant}/authorize"): self.login.authorize,
        }
        inside: dict[tuple[str, str], tuple[Any, Any]] = {
            ("GET", "/ccx/service/customreport2/{tenant}/{owner}/{report}"): (raas.run, self.login.report),
            ("POST", "/ccx/service/{tenant}/{service}/{version}"): (soap.serve, None),
            ("GET POST", f"{wql}/data"): (api.ask, self.login.for_wql),
            ("GET", f"{wql}/dataSources"): (api.sources, self.login.for_wql),
            ("GET", f"{wql}/dataSources/{{id}}/fields"): (api.fields, self.login.for_wql),
            ("GET", f"{wql}/dataSources/{{id}}/dataSourceFilters"): (api.filters, self.login.for_wql),
            ("GET", "/ccx/api/v1/{tenant}/{resource}"): (api.listed, self.login.bearer),
            ("GET", f"{rest}/{{resource}}"): (api.listed, self.login.bearer),
            ("GET", "/ccx/api/v1/{tenant}/workers/{id}"): (api.one, self.login.bearer),
            ("GET", "/ccx/api/v1/{tenant}/workers/{id}/{part}"): (api.of_worker, self.login.bearer),
        }
        found = [
            (m, p, _let_in(self, lambda _self, call, h=handler: h(call), None)) for (m, p), handler in tokens.items()
        ]
        found += [(m, p, _let_in(self, handler, check)) for (m, p), (handler, check) in inside.items()]
        return [*found, ("GET POST", "/{rest:path}", lambda _call: _web_page(404, _LOST))]

    @cached_property
    def app(self) -> ASGIApp:
        """The application behind the tenant's rate limit and its weekly service window."""
        inner, recent = super().app, deque[float]()

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            now = time.monotonic()
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if self.settings.maintenance:
                await _web_page(200, _CLOSED)(scope, receive, send)
                return
            if self.settings.rate is not None:
                recent.append(now)
                if len(recent) > self.settings.rate:
                    await answer({"error": "too many requests"}, 429, Retry_After="5")(scope, receive, send)
                    return
            await inner(scope, receive, send)

        return limited

    def failure(self, status: int) -> Response:
        """As a gateway words it."""
        return answer({"error": "too many requests" if status == 429 else "internal error"}, status)  # noqa: PLR2004

    # --- records

    def key(self, object_: str) -> str:
        """Of every object."""
        return "workdayID"

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """With the moment of its entry."""
        return {**row, "lastFunctionallyUpdated": stamp(at)}

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes versions; one for a later day waits for its day, one for an earlier day changes the past alone."""
        today, held = self.clock.now().date().isoformat(), []
        for row in rows:
            _learn(self, object_, row)
            whole = {f: row.get(f) for f in self.fields[object_]}
            whole["lastFunctionallyUpdated"] = whole["lastFunctionallyUpdated"] or stamp(self.clock.now())
            self.history.enter(object_, whole)
            now = self.history.row(object_, str(whole["workdayID"]), "9", today)
            if now is not None:
                held.append(now)
        super().load(object_, held)

    def delete(self, object_: str, *ids: str) -> None:
        """Rescinds: no trace is left."""
        for id_ in ids:
            self.history.rescind(object_, id_, stamp(self.clock.now()))
        super().delete(object_, *ids)

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A seeded record."""
        return invention.invent(self, object_, random, old)

    def as_of(self, object_: str, entry: datetime | None = None, effective: str | None = None) -> Iterator[Row]:
        """The records as they were known at a moment (now), for a day (today)."""
        self.settle()
        if entry is None and effective is None:
            return iter(list(self.ledger.rows(object_).values()))
        day = effective or self.clock.now().date().isoformat()
        return self.history.rows(object_, stamp(entry or self.clock.now()), day)

    def settle(self) -> None:
        """Lets what was entered for a later day hold, once that day has come."""
        while self._settled < self.clock.now().date():
            self._settled += timedelta(days=1)
            day = self._settled.isoformat()
            held = [self.history.row("worker", i, "9", day) for i in self.history.due("worker", day)]
            super().load("worker", [row for row in held if row is not None])


def _web_page(status: int, text: str) -> Response:
    return answer(text, status, content_type="text/html;charset=UTF-8")


def _learn(vendor: Workday, object_: str, row: Row) -> None:
    """An object that is not known is made, with a report of its name; so is a field."""
    if object_ not in vendor.fields:
        vendor.fields[object_] = {
            f.name: f for f in (Field("workdayID", "wid"), Field("lastFunctionallyUpdated", "ts"))
        }
        vendor.reports = (*vendor.reports, raas.Report(object_, object_, raas.ENTRY))
    for name in row.keys() - vendor.fields[object_].keys():
        kind = "bool" if isinstance(row[name], bool) else "num" if isinstance(row[name], int | float) else "text"
        vendor.fields[object_][name] = Field(name, kind)


def _let_in(vendor: Workday, handler: Any, check: Any) -> Callable[[Call], Response]:
    def checked(call: Call) -> Response:
        if call.path["tenant"] != vendor.settings.tenant:
            return _web_page(404, _LOST)
        if vendor.faults.take("revoked", call.request.url.path):
            vendor.login.tokens.clear()
        if check:
            check(call)
        found: Response = handler(vendor, call)
        return found

    return checked
