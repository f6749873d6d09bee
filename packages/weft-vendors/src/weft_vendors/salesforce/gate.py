"""What stands before each data call: host, version, session, limits, and the bad days of the vendor's own kind."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused
from weft_vendors.salesforce.answering import refused

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.core.vendor import Answerer
    from weft_vendors.salesforce.app import Salesforce

VERSIONS = range(31, 68)
LONGEST = 16_384
"""Bytes of address and headers together."""
DAY = timedelta(hours=24)
JOBS_A_DAY = 10_000
OWN = ("expire", "limit", "406", "420", "timeout")
_SESSION = ("INVALID_SESSION_ID", "Session expired or invalid")
_EDGE = "<html><head><title>Salesforce</title></head><body>We are setting things up</body></html>"


def here(call: Call) -> bool:
    """Whether My Domain was asked, not the login host."""
    return not call.headers.get("host", "").startswith("localhost")


class Gate:
    """Lets calls in and counts them."""

    def __init__(self, org: Salesforce, daily: int) -> None:
        self.org = org
        self.daily = daily
        self.calls: deque[datetime] = deque()
        self.jobs: deque[datetime] = deque()

    def guarded(self, handler: Answerer, *, data: bool = True) -> Answerer:
        """The handler behind the gate."""

        def guard(call: Call) -> Response:
            if data:
                self._addressed(call)
            self._misfortune(call)
            self._session(call)
            used = _recent(self.calls, self.org.clock.now())
            if used >= self.daily:
                raise refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
            self.calls.append(self.org.clock.now())
            try:
                response = handler(call)
            except Refused as error:
                response = error.response
            response.headers["Sforce-Limit-Info"] = f"api-usage={used + 1}/{self.daily}"
            return response

        return guard

    def limits(self) -> dict[str, Any]:
        """`GET /limits`."""
        now = self.org.clock.now()
        return {
            "DailyApiRequests": {"Max": self.daily, "Remaining": self.daily - _recent(self.calls, now)},
            "DailyBulkV2QueryJobs": {"Max": JOBS_A_DAY, "Remaining": JOBS_A_DAY - _recent(self.jobs, now)},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        }

    def new_job(self) -> None:
        """Counts a job of the Bulk API."""
        if _recent(self.jobs, self.org.clock.now()) >= JOBS_A_DAY:
            raise refused("LIMIT_EXCEEDED", "Max number of query jobs in the last 24 hours exceeded")
        self.jobs.append(self.org.clock.now())

    def _addressed(self, call: Call) -> None:
        number, _, minor = call.path["version"].partition(".")
        if not here(call) or minor != "0" or not number.isdigit() or int(number) not in VERSIONS:
            raise refused("NOT_FOUND", "The requested resource does not exist", 404)
        size = len(str(call.request.url)) + sum(len(n) + len(v) for n, v in call.headers.items())
        if size > LONGEST:
            raise Refused(414 if len(str(call.request.url)) > LONGEST // 2 else 431, "URI Too Long")

    def _session(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme not in {"Bearer", "OAuth"}:
            raise refused("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", 401)
        if not self.org.login.alive(token):
            raise refused(*_SESSION, 401)

    def _misfortune(self, call: Call) -> None:
        fault = self.org.faults.take(OWN, call.request.url.path)
        kind = fault.kind if fault else ""
        if kind == "expire":
            self.org.login.sessions.clear()
        if kind == "limit":
            raise refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
        if kind == "406":
            raise Refused(406)
        if kind == "420":
            raise Refused(420, _EDGE, Content_Type="text/html")
        if kind == "timeout":
            raise refused("QUERY_TIMEOUT", "Your query request was running for too long.")


def _recent(times: deque[datetime], now: datetime) -> int:
    while times and now - times[0] >= DAY:
        times.popleft()
    return len(times)
