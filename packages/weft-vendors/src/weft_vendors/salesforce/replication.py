"""Which records were deleted, and which changed, between two times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from weft_vendors.core import answer
from weft_vendors.salesforce.answering import refused, stamp

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.salesforce.app import Salesforce
    from weft_vendors.salesforce.schema import Sobject

DELETED, UPDATED = timedelta(days=15), timedelta(days=30)
MOST_IDS = 600_000


class Replication:
    """Ids by time; seconds are ignored, so that a stretch covers whole minutes."""

    def __init__(self, org: Salesforce) -> None:
        self.org = org

    def deleted(self, call: Call) -> Response:
        """`GET /sobjects/{object}/deleted?start=&end=`."""
        found, start, end = self._asked(call, DELETED)
        earliest = max(self.org.clock.now() - DELETED, self.org.purged)
        gone = self.org.gone.get(found.name, {}).items()
        told = [{"id": i, "deletedDate": stamp(at)} for i, at in gone if start <= at < end and at >= self.org.purged]
        _few(len(told))
        return answer(
            {"deletedRecords": told, "earliestDateAvailable": stamp(earliest), "latestDateCovered": stamp(end)}
        )

    def updated(self, call: Call) -> Response:
        """`GET /sobjects/{object}/updated?start=&end=`."""
        found, start, end = self._asked(call, UPDATED)
        low, high = stamp(start), stamp(end)
        rows = self.org.ledger.rows(found.name).items()
        ids = [i for i, r in rows if not r.get("IsDeleted") and low <= (r.get("SystemModstamp") or "") < high]
        _few(len(ids))
        return answer({"ids": ids, "latestDateCovered": stamp(end)})

    def _asked(self, call: Call, back: timedelta) -> tuple[Sobject, datetime, datetime]:
        found = self.org.schema.object(call.path["object"])
        if found is None:
            raise refused("NOT_FOUND", "The requested resource does not exist", 404)
        if not found.replicateable:
            raise refused("INVALID_TYPE_FOR_OPERATION", f"entity type {found.name} does not support replication")
        try:
            start, end = (_minute(call.query[name]) for name in ("start", "end"))
        except (KeyError, ValueError):
            raise refused("INVALID_REPLICATION_DATE", "start and end are needed, as ISO 8601") from None
        now = self.org.clock.now()
        if start >= end:
            raise refused("INVALID_REPLICATION_DATE", "startDate must precede endDate")
        if start < now - back - timedelta(minutes=1):
            raise refused("INVALID_REPLICATION_DATE", f"startDate cannot be more than {back.days} days ago")
        return found, start, min(end, now.replace(second=0, microsecond=0))


def _minute(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace(" ", "+"))
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _few(count: int) -> None:
    if count > MOST_IDS:
        raise refused("EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} ids")
