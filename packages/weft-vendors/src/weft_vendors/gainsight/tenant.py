"""The simulator of one Gainsight tenant, CS and PX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from weft_vendors.core import Call, Vendor, answer
from weft_vendors.gainsight import bulk, cockpit, invention, meta, px, query
from weft_vendors.gainsight.envelope import failed
from weft_vendors.gainsight.objects import Field, Object, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.responses import Response

    from weft_vendors.core import Row

KEPT = timedelta(days=15)
"""How long a deletion stays in the logs."""
_DAY = 86_400


@dataclass
class Settings:
    """What differs between tenants."""

    envelope: str = "list"
    """Where rows lie: `list` (`data`) or `records` (`data.records`)."""
    empty: str = "records"
    """How no rows are told: `records`, `no_data` (a failure with status 200) or `1011` (with 400)."""
    failure_status: int = 200
    """Status of refusals whose status is not documented."""
    strict_case: bool = False
    filter_zone: str = "UTC"
    """Of the times in conditions."""
    per_minute: int | None = 100
    """Calls in a minute of the clock; None: no limit."""
    per_day: int | None = 50_000


class Gainsight(Vendor):
    """Queries, cockpit, metadata, bulk exports and PX of one tenant; `settings` may be changed while it runs."""

    name: ClassVar[str] = "gainsight"
    objects: ClassVar[tuple[str, ...]] = tuple(objects())

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.settings = Settings()
        self.fields = objects()
        self.exports = bulk.Exports()
        self.deleted: list[dict[str, Any]] = []
        self.access_key, self.px_key = (f"{self.random.getrandbits(160):040x}" for _ in range(2))
        self.dice = Random(self.random.getrandbits(64))  # noqa: S311 - requests take nothing from the seed of the changes
        self._counts: dict[tuple[int, int], int] = {}

    def credentials(self) -> dict[str, Any]:
        """The keys of CS and PX; the latter is served below `/px/v1`."""
        return {"access_key": self.access_key, "px_key": self.px_key}

    def routes(self) -> list[tuple[str, str, Callable[[Call], Response]]]:
        """All surfaces."""
        cs: dict[tuple[str, str], Any] = {
            ("POST", "/v1/data/objects/query/{object}"): query.ask,
            ("GET", "/v1/meta/services/objects/list"): meta.listed,
            ("POST", "/v1/meta/services/objects/describe"): meta.described,
            ("GET", "/v1/meta/services/dropdowns/{category}"): meta.dropdown,
            ("POST", "/v2/cockpit/cta/list"): cockpit.listed,
            ("POST", "/v2/cockpit/cta/deleted/list"): cockpit.deleted,
            ("POST", "/v3/exports/data/bulk/{object}"): bulk.begin,
            ("GET", "/v3/exports/data/bulk/jobs/{job}"): bulk.state,
            ("GET", "/v3/exports/data/bulk/jobs/{job}/chunks/{n}"): bulk.chunk,
        }
        product: dict[str, Any] = {
            "accounts": px.accounts,
            "users": px.users,
            "events/custom": px.events,
            "feature": px.features,
            "admin/model/{model}/attributes": px.attributes,
        }
        found = [(m, p, _let_in(self, _checked, handler)) for (m, p), handler in cs.items()]
        return found + [("GET", f"/px/v1/{p}", _let_in(self, px.let_in, handler)) for p, handler in product.items()]

    def failure(self, status: int) -> Response:
        """In the envelope of CS."""
        told = {"result": False, "errorCode": f"GS_APIG_2{status}", "errorDesc": "The request could not be served"}
        return answer({**told, "requestId": self.request_id(), "message": None}, status)

    def key(self, object_: str) -> str:
        """`Gsid` in CS."""
        return px.KEYS.get(object_, "Gsid")

    def stamped(self, object_: str, row: Row, at: datetime) -> Row:
        """With the moment of its change, where the object has one."""
        field = next((f for f in ("ModifiedDate", "lastModifiedDate") if f in self.fields[object_].fields), None)
        return {**row, field: int(at.timestamp() * 1000)} if field else row

    def load(self, object_: str, rows: Iterable[Row]) -> None:
        """Takes rows as they are; an object or field that is not known is made, as an administrator would."""
        kept = list(rows)
        known = self.fields.setdefault(object_, Object(object_, "1C09", "CUSTOM", {"Gsid": Field("Gsid", "GSID")}))
        for row in kept:
            for name in row.keys() - known.fields.keys():
                known.fields[name] = Field(name, _type(row[name]))
        super().load(object_, kept)

    def delete(self, object_: str, *ids: str) -> None:
        """Deletes; CS keeps a row of it for 15 days."""
        now = self.clock.now()
        if object_ == "px_custom_event":
            return  # what happened has happened
        for id_ in ids if not object_.startswith("px_") else ():
            name = self.ledger.rows(object_).get(id_, {}).get("Name")
            on = query.iso(int(now.timestamp() * 1000))
            self.deleted.append({"RecordId": id_, "DeletedOn": on, "ObjectName": object_, "Name": name})
        super().delete(object_, *ids)

    def invent(self, object_: str, random: Random, old: Row | None = None) -> Row:
        """A seeded record."""
        return invention.invent(self, object_, random, old)

    def purge(self) -> None:
        """What was deleted too long ago is not told any more."""
        since = query.iso(int((self.clock.now() - KEPT).timestamp() * 1000))
        self.deleted = [r for r in self.deleted if r["DeletedOn"] >= since]

    def request_id(self) -> str:
        """A UUID."""
        return str(UUID(int=self.dice.getrandbits(128)))

    def spend(self) -> bool:
        """Counts a call in its minute and its day, fixed windows both; False: over the limit."""
        now = int(self.clock.now().astimezone(UTC).timestamp())
        within = True
        for seconds, most in ((60, self.settings.per_minute), (_DAY, self.settings.per_day)):
            window = (seconds, now // seconds)
            self._counts[window] = self._counts.get(window, 0) + 1
            within = within and (most is None or self._counts[window] <= most)
        return within


def _type(value: Any) -> str:
    return "BOOLEAN" if isinstance(value, bool) else "NUMBER" if isinstance(value, int | float) else "STRING"


def _checked(vendor: Gainsight, call: Call) -> None:
    """The access key, and the quota."""
    key = call.headers.get("accesskey")
    if key is None:
        raise failed(vendor, "GSOBJ_1024", "Invalid authorization headers", 400)
    if key != vendor.access_key:
        raise failed(vendor, "GS_APIG_2401", "Unauthorized", 401)
    if not vendor.spend():
        raise failed(vendor, "GS_APIG_2429", "API rate limit exceeded", 429)


def _let_in(vendor: Gainsight, check: Any, handler: Any) -> Callable[[Call], Response]:
    def checked(call: Call) -> Response:
        check(vendor, call)
        found: Response = handler(vendor, call)
        return found

    return checked
