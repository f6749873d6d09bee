"""SOQL by REST: `query`, `queryAll`, and their next pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from weft_vendors.core import answer
from weft_vendors.salesforce.answering import Question, refused
from weft_vendors.salesforce.records import address

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.salesforce.app import Salesforce

LOCATOR_LIFE = timedelta(days=2)
LEAST, MOST = 200, 2000
WIDE, WIDE_PAGE = 100, 500
"""From so many fields on, pages have at most so many rows."""


@dataclass
class Found:
    """What a question found, kept for its next pages."""

    question: Question
    rows: list[Row]
    at: datetime
    size: int
    path: str


class Queries:
    """Questions and what they found."""

    def __init__(self, org: Salesforce) -> None:
        self.org = org
        self._found: dict[str, Found] = {}
        self._random = Random("pages")  # noqa: S311 - how short a page is

    def first(self, call: Call) -> Response:
        """`GET /query?q=`."""
        return self._asked(call, deleted=False)

    def all(self, call: Call) -> Response:
        """`GET /queryAll?q=`: with the recycle bin."""
        return self._asked(call, deleted=True)

    def more(self, call: Call) -> Response:
        """`GET /query/{locator}-{offset}`."""
        name, _, offset = call.path["locator"].rpartition("-")
        found = self._found.get(name)
        dead = found is None or self.org.clock.now() - found.at > LOCATOR_LIFE
        if found is None or dead or not offset.isdigit() or self.org.faults.take("locator", call.request.url.path):
            raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(call, name, found, int(offset))

    def _asked(self, call: Call, *, deleted: bool) -> Response:
        if "q" not in call.query:
            raise refused("MALFORMED_QUERY", "a query is needed: q")
        org, verb = self.org, "queryAll" if deleted else "query"
        question = Question(call.query["q"], org.schema, org.clock.now())
        rows = question.rows(org.ledger.rows(question.object.name).values(), deleted=deleted)
        if question.soql.count:
            return answer({"totalSize": len(rows), "done": True, "records": []})
        path = f"/services/data/v{call.path['version']}/{verb}/"
        found = Found(question, rows, org.clock.now(), self._size(call, question), path)
        name = f"01g5e{len(self._found):013}"
        self._found[name] = found
        return self._page(call, name, found, 0)

    def _size(self, call: Call, question: Question) -> int:
        asked = MOST
        for option in call.headers.get("sforce-query-options", "").split(","):
            key, _, value = option.strip().partition("=")
            if key.lower() == "batchsize" and value.isdigit():
                asked = min(max(int(value), LEAST), MOST)
        wide = WIDE_PAGE if len(question.fields) >= WIDE else MOST
        return min(asked, wide, self.org.page)

    def _page(self, call: Call, name: str, found: Found, start: int) -> Response:
        size = found.size
        if self._random.random() < 0.3:  # noqa: PLR2004 - the server may return fewer than it was asked for
            size = max(1, int(size * self._random.uniform(0.5, 1)))
        end = min(start + size, len(found.rows))
        page, done = found.rows[start:end], end >= len(found.rows)
        self.org.ledger.served(call.number, found.question.object.name, [r["Id"] for r in page])
        base = f"/services/data/v{call.path['version']}/sobjects/{found.question.object.name}"
        told: dict[str, Any] = {"totalSize": len(found.rows), "done": done}
        if not done:
            told["nextRecordsUrl"] = f"{found.path}{name}-{end}"
        fields = [(f.name, f.type == "address") for f in found.question.fields]
        told["records"] = [
            {
                "attributes": {"type": found.question.object.name, "url": f"{base}/{row['Id']}"},
                **{n: address(row, n) if compound else row.get(n) for n, compound in fields},
            }
            for row in page
        ]
        return answer(told)
