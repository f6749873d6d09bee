"""The list of objects and their description."""

from __future__ import annotations

import re
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer
from weft_vendors.salesforce.answering import refused
from weft_vendors.salesforce.gate import VERSIONS
from weft_vendors.salesforce.oauth import ORG, USER

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from weft_vendors.core import Call
    from weft_vendors.salesforce.app import Salesforce
    from weft_vendors.salesforce.schema import Sobject

MOST_AT_ONCE = 25
_SEASONS = ("Spring", "Summer", "Winter")
_DESCRIBE = re.compile(r"/?(?:services/data/)?(v\d+\.0)/sobjects/(\w+)/describe/?")


class Objects:
    """What there is in the org."""

    def __init__(self, org: Salesforce) -> None:
        self.org = org
        self._changed: dict[str, tuple[Sobject, datetime]] = {}
        """As an object was seen last, and since when it is so."""

    def list(self, call: Call) -> Response:
        """`GET /sobjects`."""
        entries = [o.entry(f"v{call.path['version']}") for o in self.org.schema.objects.values()]
        return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sorted(entries, key=lambda e: e["name"])})

    def describe(self, call: Call) -> Response:
        """`GET /sobjects/{object}/describe`; 304 where it has not changed since the date that is given."""
        found = self._known(call.path["object"])
        before = self._changed.get(found.name)
        if before is None or before[0] != found:
            before = self._changed[found.name] = (found, self.org.clock.now().replace(microsecond=0))
        asked = call.headers.get("if-modified-since")
        date = format_datetime(before[1], usegmt=True)
        if asked and parsedate_to_datetime(asked) >= before[1]:
            raise Refused(304, None, Last_Modified=date)
        return answer(_described(found, f"v{call.path['version']}"), Last_Modified=date)

    def batch(self, call: Call) -> Response:
        """`POST /composite/batch`: descriptions, at most 25."""
        asked = (call.json or {}).get("batchRequests", [])
        if not 0 < len(asked) <= MOST_AT_ONCE:
            raise refused("INVALID_BATCH_SIZE", f"the limit is {MOST_AT_ONCE} requests")
        results = [self._one(str(a.get("url", ""))) for a in asked]
        return answer({"hasErrors": any(r["statusCode"] != 200 for r in results), "results": results})  # noqa: PLR2004

    def versions(self, _: Call) -> Response:
        """`GET /services/data`."""
        return answer(
            [
                {
                    "label": f"{_SEASONS[n % 3]} '{(n + 11) // 3:02}",
                    "url": f"/services/data/v{n}.0",
                    "version": f"{n}.0",
                }
                for n in VERSIONS
            ]
        )

    def identity(self, _: Call) -> Response:
        """The address that a token names."""
        who = {"user_id": USER, "username": self.org.login.username, "user_type": "STANDARD", "active": True}
        return answer({"id": f"{self.org.login_url}/id/{ORG}/{USER}", "organization_id": ORG, **who})

    def limits(self, _: Call) -> Response:
        """`GET /limits`."""
        return answer(self.org.gate.limits())

    def _one(self, url: str) -> dict[str, Any]:
        found = _DESCRIBE.fullmatch(url)
        known = self.org.schema.object(found[2]) if found else None
        if found is None or known is None:
            error = {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
            return {"statusCode": 404, "result": [error]}
        return {"statusCode": 200, "result": _described(known, found[1])}

    def _known(self, name: str) -> Sobject:
        found = self.org.schema.object(name)
        if found is None:
            raise refused("NOT_FOUND", "The requested resource does not exist", 404)
        return found


def _described(found: Sobject, version: str) -> dict[str, Any]:
    return {**found.entry(version), "fields": [f.describe() for f in found.visible()], "childRelationships": []}
