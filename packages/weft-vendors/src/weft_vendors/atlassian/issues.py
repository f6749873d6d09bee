"""Issues: search by tokens, counts, hydration, changelogs."""

from __future__ import annotations

import base64
import bisect
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.fields import Meaning, ordering
from weft_vendors.atlassian.jql import parse
from weft_vendors.atlassian.render import Renderer
from weft_vendors.atlassian.wire import bad, bean, body_of, millis, missing
from weft_vendors.core import Refused

if TYPE_CHECKING:
    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.atlassian.auth import Caller
    from weft_vendors.core import Call, Row
    from weft_vendors.core.lagging import Seen

TOKEN_LIFE = 7 * 86_400_000
"""Milliseconds."""
MOST, MOST_BARE, MOST_BULK, MOST_CHANGELOGS, MOST_RECONCILED = 100, 5000, 100, 1000, 50
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
OVERLAP = 3
_MOVING = re.compile(r"now\(\)|[+-]\d+[mhdw]")
"""What means another moment each time."""
Ranked = tuple[list[Any], "Row"]
_KEYS = ("jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "reconcileIssues")


@dataclass
class Asked:
    """A search as either method asks it."""

    jql: str
    token: str
    limit: int
    fields: list[str]
    expand: tuple[str, ...]
    reconcile: list[str]


def asked(call: Call) -> Asked:
    """What a request asks."""
    if call.request.method == "POST":
        given = body_of(call, *_KEYS)
    else:
        query = call.request.query_params
        given = {word: query[word] for word in query if word in _KEYS}
        given |= {word: query.getlist(word) for word in ("fields", "reconcileIssues") if word in query}
    limit = str(given.get("maxResults", 50))
    if not limit.isdigit():
        raise bad("The value of maxResults is not a number.")
    reconcile = [str(each) for each in given.get("reconcileIssues", [])]
    if len(reconcile) > MOST_RECONCILED:
        raise bad(f"At most {MOST_RECONCILED} issues can be reconciled.")
    expand = tuple(str(given.get("expand") or "").split(","))
    fields = given.get("fields") or []
    return Asked(
        str(given.get("jql") or ""), str(given.get("nextPageToken") or ""), int(limit), list(fields), expand, reconcile
    )


class Issues:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site
        self._kept: tuple[tuple[Any, ...], list[Ranked]] = ((), [])
        """The last query with all that it found, for its next pages."""

    def search(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/search/jql`."""
        ask, zone = asked(call), self.site.zone
        if not caller.name:
            return {"isLast": True, "issues": []}
        render, now = Renderer(self.site, zone), millis(self.site.clock.now())
        rest = self._after(call, self._ranked(ask, zone), _position(ask, now))
        wanted = render.wanted(ask.fields)
        most = min(ask.limit, MOST_BARE if wanted is None else MOST)
        if wanted is not None and len(rest) > most > 1 and self.site.random.random() < self.site.short:
            most = self.site.random.randrange(1, most)  # a short page is not the last one
        page = rest[:most]
        self.site.ledger.served(call.number, "issues", [row["id"] for _, row in page])
        more = len(rest) > len(page)
        told: dict[str, Any] = {
            "isLast": not more,
            "issues": [render.issue(row, wanted, ask.expand) for _, row in page],
        }
        if more:
            told["nextPageToken"] = _token(ask, page[-1][0], now)
        if {"names", "schema"} & set(ask.expand) and wanted:
            fields = self.site.ledger.rows("fields")
            told["names"] = {key: fields[key]["name"] for key in wanted}
            told["schema"] = {key: fields[key]["schema"] for key in wanted if "schema" in fields[key]}
        return told

    def count(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/search/approximate-count`."""
        jql = str(body_of(call, "jql").get("jql", ""))
        return {"count": len(self._found(jql, [], Meaning(self.site, self.site.zone))[0]) if caller.name else 0}

    def removed(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/search`, which is no more."""
        raise Refused(410, {"errorMessages": [REMOVED], "errors": {}})

    def bulk(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/issue/bulkfetch`: fresh, ordered by id."""
        body = body_of(call, "issueIdsOrKeys", "fields", "expand", "properties", "fieldsByKeys")
        names = [str(each) for each in body.get("issueIdsOrKeys", [])]
        if not 1 <= len(names) <= MOST_BULK:
            raise bad(f"The number of issues must be between 1 and {MOST_BULK}.")
        render = Renderer(self.site, self.site.zone)
        rows = sorted((row for name in names if (row := self._row(name))), key=lambda row: int(row["id"]))
        self.site.ledger.served(call.number, "issues", [row["id"] for row in rows])
        wanted = render.wanted(body.get("fields") or ["*all"])
        return {"issues": [render.issue(row, wanted, body.get("expand") or ()) for row in rows], "issueErrors": []}

    def changelog(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/issue/{id}/changelog`: oldest first."""
        row = self._row(call.path["id"])
        if row is None:
            raise missing("Issue does not exist or you do not have permission to see it.")
        render = Renderer(self.site, self.site.zone)
        return bean(call, [render.history(each) for each in row["changelog"]], most=100)

    def changelogs(self, call: Call, caller: Caller) -> dict[str, Any]:
        """`/changelog/bulkfetch`."""
        body = body_of(call, "issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken")
        names = [str(each) for each in body.get("issueIdsOrKeys", [])]
        if not 1 <= len(names) <= MOST_CHANGELOGS:
            raise bad(f"The number of issues must be between 1 and {MOST_CHANGELOGS}.")
        rows = sorted((row for name in names if (row := self._row(name))), key=lambda row: int(row["id"]))
        wanted, render = set(body.get("fieldIds") or ()), Renderer(self.site, self.site.zone)
        entries = [
            (row["id"], render.history(each))
            for row in rows
            for each in row["changelog"]
            if not wanted or any(item.get("fieldId") in wanted for item in each["items"])
        ]
        start, limit = int(body.get("nextPageToken") or 0), int(body.get("maxResults") or 1000)
        told: dict[str, list[dict[str, Any]]] = {}
        for key, entry in entries[start : start + limit]:
            told.setdefault(key, []).append(entry)
        more = {"nextPageToken": str(start + limit)} if start + limit < len(entries) else {}
        return {"issueChangeLogs": [{"issueId": key, "changeHistories": past} for key, past in told.items()], **more}

    def _row(self, name: str) -> Row | None:
        rows = self.site.ledger.rows("issues")
        return rows.get(name) or next((row for row in rows.values() if row["key"] == name), None)

    def _found(self, jql: str, reconcile: list[str], meaning: Meaning) -> tuple[list[Seen], Any]:
        """What a query finds in the index; ids to reconcile are found as they are."""
        query = parse(jql, meaning.clause)
        index = dict(self.site.index.at(self.site.clock.now()))
        index |= self.site.fresh(reconcile)
        return [seen for seen in index.values() if query.where(seen)], ordering(meaning, query.order)

    def _ranked(self, ask: Asked, zone: str) -> list[Ranked]:
        """What a query finds, in its order."""
        self.site.index.at(self.site.clock.now())
        asked_when = self.site.clock.now() if _MOVING.search(ask.jql) else None
        key = (ask.jql, zone, tuple(ask.reconcile), self.site.index.applied, asked_when)
        if ask.reconcile or self._kept[0] != key:
            found, values = self._found(ask.jql, ask.reconcile, Meaning(self.site, zone))
            ranked = sorted(((values(seen), seen.row) for seen in found), key=lambda pair: pair[0])
            self._kept = (key, ranked)
        return self._kept[1]

    def _after(self, call: Call, found: list[Ranked], after: list[Any] | None) -> list[Ranked]:
        """What comes after a position; with the fault `overlap` a page begins with rows of the one before."""
        place = 0 if after is None else bisect.bisect_right(found, after, key=lambda pair: pair[0])
        return found[max(place - OVERLAP, 0) if self.site.faults.take("overlap", call.request.url.path) else place :]


def _token(ask: Asked, after: list[Any], now: int) -> str:
    """The token of the page after a position; `now` in milliseconds."""
    return base64.urlsafe_b64encode(json.dumps([_digest(ask), now, after]).encode()).decode()


def _position(ask: Asked, now: int) -> list[Any] | None:
    """The position that a token means; none without one."""
    if not ask.token:
        return None
    try:
        digest, made, after = json.loads(base64.urlsafe_b64decode(ask.token))
    except ValueError as problem:
        raise bad("The provided next page token is invalid or expired.") from problem
    if digest != _digest(ask) or now - made > TOKEN_LIFE:
        raise bad("The provided next page token is invalid or expired.")
    position: list[Any] = after
    return position


def _digest(ask: Asked) -> str:
    return hashlib.sha256(json.dumps([ask.jql, sorted(ask.fields), ask.reconcile]).encode()).hexdigest()[:16]
