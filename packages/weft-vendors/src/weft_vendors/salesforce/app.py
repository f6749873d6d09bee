"""Salesforce: one org, REST and Bulk API 2.0 query, as clients that copy data see it.

Simulated: token flows, list of objects, describe (also many at once, and `If-Modified-Since`), SOQL by REST with pages
that may be shorter than asked, Bulk API 2.0 query jobs, deleted and updated ids, limits, identity; custom objects and
fields that come and go, fields hidden by field-level security, formulas, recycle bin, merges, late commits.
Not simulated: writing by the API, relationships and grouping in SOQL, sharing rules, other APIs.

The org's My Domain is `http://127.0.0.1:<port>`, its login host `http://localhost:<port>`: they are one server, and
what the vendor answers on one alone is answered there alone.

Faults of its own (`Faults.plan`): `expire` ends the session, `limit` (403 REQUEST_LIMIT_EXCEEDED), `406` (empty body),
`420` (a page of the edge), `timeout` (400 QUERY_TIMEOUT), `fail` (a job of the Bulk API ends as Failed), `locator` (a
locator of the next page is dead), `lost` (a page of a job's result comes without its last record).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from weft_vendors.core import Vendor, answer
from weft_vendors.salesforce import records
from weft_vendors.salesforce.answering import stamp
from weft_vendors.salesforce.bulk import Bulk
from weft_vendors.salesforce.gate import OWN, Gate
from weft_vendors.salesforce.ids import new
from weft_vendors.salesforce.oauth import ORG, USER, Login
from weft_vendors.salesforce.objects import Objects
from weft_vendors.salesforce.query import Queries
from weft_vendors.salesforce.replication import Replication
from weft_vendors.salesforce.schema import Field, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from starlette.responses import Response

    from weft_vendors.core import Row
    from weft_vendors.core.vendor import Answerer


class Salesforce(Vendor):
    """One org.

    Args:
        page: rows of a page at most, whatever is asked for.
        rotate: whether refresh tokens rotate.
        daily: API calls in 24 hours.
        options: clock, ledger, faults, seed.
    """

    name: ClassVar[str] = "salesforce"
    own_faults = (*OWN, "fail", "locator", "lost")
    objects = ("Account", "Contact", "Opportunity", "OpportunityLineItem", "Lead", "Campaign", "CampaignMember", "Case")

    def __init__(self, *, page: int = 2000, rotate: bool = False, daily: int = 100_000, **options: Any) -> None:
        super().__init__(**options)
        self.page = page
        self.schema = Schema()
        self.login = Login(self, rotate=rotate)
        self.gate = Gate(self, daily)
        self.purged = datetime.min.replace(tzinfo=UTC)
        """Up to when the log of deletes was purged."""
        self.gone: dict[str, dict[str, datetime]] = {}
        """The log of deletes: since when a record is in the recycle bin, or gone."""

    @property
    def login_url(self) -> str:
        """The login host."""
        return self.url.replace("127.0.0.1", "localhost")

    def credentials(self) -> dict[str, Any]:
        """For each flow what it takes; `login_url` is the login host, `url` My Domain."""
        return {**self.login.credentials(), "login_url": self.login_url}

    def routes(self) -> list[tuple[str, str, Answerer]]:
        """OAuth, the list of versions, and the data calls behind the gate."""
        objects, queries, bulk, ids = Objects(self), Queries(self), Bulk(self), Replication(self)
        jobs = "/jobs/query"
        data = [
            ("GET", "/limits", objects.limits),
            ("GET", "/sobjects", objects.list),
            ("GET", "/sobjects/", objects.list),
            ("GET", "/sobjects/{object}/describe", objects.describe),
            ("GET", "/sobjects/{object}/deleted", ids.deleted),
            ("GET", "/sobjects/{object}/deleted/", ids.deleted),
            ("GET", "/sobjects/{object}/updated", ids.updated),
            ("GET", "/sobjects/{object}/updated/", ids.updated),
            ("POST", "/composite/batch", objects.batch),
            ("GET", "/query", queries.first),
            ("GET", "/query/", queries.first),
            ("GET", "/queryAll", queries.all),
            ("GET", "/queryAll/", queries.all),
            ("GET", "/query/{locator}", queries.more),
            ("GET", "/queryAll/{locator}", queries.more),
            ("POST", jobs, bulk.create),
            ("GET PATCH DELETE", jobs + "/{job}", bulk.job),
            ("GET", jobs + "/{job}/results", bulk.results),
            ("GET", jobs + "/{job}/resultPages", bulk.pages),
        ]
        prefix = "/services/data/v{version}"
        return [
            ("POST", "/services/oauth2/token", self.login.token),
            ("GET", "/services/oauth2/authorize", self.login.authorize),
            ("POST", "/services/oauth2/revoke", self.login.revoke),
            ("GET", "/services/data", objects.versions),
            ("GET", "/services/data/", objects.versions),
            ("GET", f"/id/{ORG}/{USER}", self.gate.guarded(objects.identity, data=False)),
            *((methods, prefix + path, self.gate.guarded(handler)) for methods, path, handler in data),
        ]

    def failure(self, status: int) -> Response:
        """An array, as all errors of the API."""
        code = {429: "REQUEST_LIMIT_EXCEEDED", 503: "SERVER_UNAVAILABLE"}.get(status, "UNKNOWN_EXCEPTION")
        return answer([{"message": "An unexpected error occurred.", "errorCode": code}], status)

    def key(self, object_: str) -> str:
        """Ids everywhere."""
        return "Id"

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """System fields and formulas; OpportunityHistory is written as a deal changes."""
        made = records.stamped(self.schema.objects[object_.lower()], row, stamp(at))
        if object_ == "Opportunity":
            old = self.ledger.rows(object_).get(made["Id"])
            if history := records.history(old, made, new("008", self.random)):
                self.load("OpportunityHistory", [history])
        return made

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes records as they are; fields that the object has besides are null, unknown custom ones are made."""
        taken = list(rows)
        known = self.schema.object(object_) or self.schema.add(object_)
        unknown = {n: v for row in taken for n, v in row.items() if n.endswith("__c") and not known.field(n)}
        if unknown:
            fields = [
                Field(n, {bool: "boolean", int: "double", float: "double"}.get(type(v), "string"))
                for n, v in unknown.items()
            ]
            known = self.schema.add(object_, *fields)
        super().load(known.name, [records.whole(known, row) for row in taken])
        gone = self.gone.setdefault(known.name, {})
        for row in taken:
            if row.get("IsDeleted"):
                gone.setdefault(row["Id"], self.clock.now())
            else:
                gone.pop(row["Id"], None)

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A record with values that are hard to carry; one from the recycle bin comes back."""
        return records.invent(self, object_, random, old)

    def delete(self, object_: str, *ids: str) -> None:
        """To the recycle bin, where the object has one; what lies there already is gone for good."""
        known, there = self.schema.objects[object_.lower()], self.ledger.rows(object_)
        gone = [i for i in ids if not known.bin or there[i].get("IsDeleted")]
        self.put(object_, *({**there[i], "IsDeleted": True} for i in ids if i not in gone))
        for id_ in gone:
            self.gone.setdefault(known.name, {}).setdefault(id_, self.clock.now())
        self.ledger.delete(known.name, gone, self.clock.now())

    def merge(self, object_: str, winner: str, loser: str) -> None:
        """Merges two records: the loser goes to the recycle bin and tells the winner."""
        row = self.ledger.rows(object_)[loser]
        self.put(object_, {**row, "IsDeleted": True, "MasterRecordId": winner})

    def truth(self, object_: str) -> dict[str, Row]:
        """The records that are not deleted."""
        return {i: row for i, row in self.ledger.truth(object_).items() if not row.get("IsDeleted")}
