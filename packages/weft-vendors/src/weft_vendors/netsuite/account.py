"""The simulator of one NetSuite account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from weft_vendors.core import Vendor, answer
from weft_vendors.netsuite import churn, query, records
from weft_vendors.netsuite.errors import concurrent, envelope
from weft_vendors.netsuite.login import TOKEN_PATH, Login
from weft_vendors.netsuite.store import Store
from weft_vendors.netsuite.suiteql import Compiled, Role
from weft_vendors.netsuite.tables import identity, tables
from weft_vendors.netsuite.times import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from weft_vendors.core import Call, Row


@dataclass
class Settings:
    """What differs between accounts."""

    id: str = "1234567"
    zone: str = "America/Los_Angeles"
    """Of all times in SuiteQL."""
    cap: int = 100_000
    """Rows that one query gives at most."""
    cap_mode: str = "truncate"
    """Behind the cap: `truncate` (nothing more is there) or `error`."""
    concurrency: int = 5
    """Requests at once: 5 standard, 15 premium, 20 enterprise; 10 more with each SuiteCloud Plus licence."""
    latency: float = 0.0
    """Seconds that every request takes."""
    rows_in_time: int = 2_000_000
    """A query over more rows takes longer than 15 minutes and is cut."""


class NetSuite(Vendor):
    """SuiteQL, records, catalogue and logins of one account; `settings` and `role` may be changed while it runs."""

    name: ClassVar[str] = "netsuite"
    own_faults = ("revoked",)
    objects: ClassVar[tuple[str, ...]] = churn.OBJECTS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.settings = Settings()
        self.role = Role()
        self.tables = tables()
        self.store = Store(self.tables, self.random.getrandbits(32))
        dice = Random(self.random.getrandbits(64))  # noqa: S311 - requests take nothing from the seed of the changes
        self.login = Login(self.settings.id, self.clock, dice)
        self.highest: dict[str, int] = {}
        self.plans: dict[tuple[str, Role], Compiled] = {}
        self._flying = 0

    def credentials(self) -> dict[str, Any]:
        """Of every way in."""
        return self.login.credentials()

    def routes(self) -> list[tuple[str, str, Callable[[Call], Response]]]:
        """All surfaces."""
        root = "/services/rest"
        inside = {
            ("POST", f"{root}/query/v1/suiteql"): query.ask,
            ("GET", f"{root}/record/v1/metadata-catalog"): records.catalogue,
            ("GET", f"{root}/record/v1/metadata-catalog/{{type}}"): records.catalogue,
            ("GET", f"{root}/record/v1/{{type}}"): records.listed,
            ("GET", f"{root}/record/v1/{{type}}/{{id}}"): records.whole,
            ("GET", f"{root}/system/v1/governanceLimits"): _limits,
            ("GET", "/rest/tokeninfo"): _tokeninfo,
        }
        return [
            ("POST", TOKEN_PATH, self.login.give),
            ("GET", "/app/login/oauth2/authorize.nl", self.login.authorize),
            *((method, path, self._let_in(handler)) for (method, path), handler in inside.items()),
        ]

    def _let_in(self, handler: Any) -> Callable[[Call], Response]:
        def checked(call: Call) -> Response:
            if self.faults.take("revoked", call.request.url.path):
                self.login.revoke()
            self.login.check(call)
            found: Response = handler(self, call)
            return found

        return checked

    @cached_property
    def app(self) -> ASGIApp:
        """The application behind the account's concurrency limit."""
        inner = super().app

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] == TOKEN_PATH:
                await inner(scope, receive, send)
                return
            self._flying += 1
            try:
                if self._flying > self.settings.concurrency:
                    await answer(concurrent(), 429)(scope, receive, send)
                    return
                await asyncio.sleep(self.settings.latency)
                await inner(scope, receive, send)
            finally:
                self._flying -= 1

        return limited

    def failure(self, status: int) -> Response:
        """In NetSuite's envelope."""
        if status == 429:  # noqa: PLR2004
            return answer(concurrent(), status)
        return answer(
            envelope(status, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: jrgbpyylphhishmmlxyt"), status
        )

    # --- records

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes rows as they are, with the columns that the table has."""
        kept = [{c: row.get(c) for c in self.tables[object_].columns} for row in rows]
        self.store.put(object_, kept)
        if self.tables[object_].key:
            churn.count_ids(self, object_, kept)
            self.ledger.put(object_, {identity(self.tables[object_], row): row for row in kept}, self.clock.now())

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """With the time of its change, in the account's zone."""
        modified = self.tables[object_].modified
        return {**row, modified: local(at, self.settings.zone)} if modified else row

    def touch(self, object_: str, id_: str) -> None:
        """Saves a record again as it is: it is stamped."""
        if id_ in self.ledger.rows(object_):
            self.put(object_, self.ledger.rows(object_)[id_])

    def delete(self, object_: str, *ids: str) -> None:
        """Deletes as the user interface does."""
        churn.delete(self, object_, ids)

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A seeded record."""
        return churn.altered(self, object_, old, random) if old else churn.invent(self, object_, random)


def _limits(vendor: NetSuite, _call: Call) -> Response:
    limit = vendor.settings.concurrency
    return answer(
        {"accountConcurrencyLimit": limit, "accountUnallocatedConcurrencyLimit": limit, "limitType": "ACCOUNT"}
    )


def _tokeninfo(vendor: NetSuite, _call: Call) -> Response:
    return answer(
        {"companyName": "Messy, Inc.", "companyId": vendor.settings.id, "roleName": "Analyst", "roleId": "1001"}
    )
