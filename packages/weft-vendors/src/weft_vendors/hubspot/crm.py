"""CRM objects: lists, single records, batches, search, and what records are linked to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Call, Refused
from weft_vendors.hubspot import links
from weft_vendors.hubspot.search import matching, ordered, span
from weft_vendors.hubspot.wire import error, invalid, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft_vendors.core import Row
    from weft_vendors.hubspot.app import HubSpot
    from weft_vendors.hubspot.catalogue import Type

MAX_PAGE, MAX_WITH_HISTORY, MAX_BATCH, MAX_LINKS = 100, 50, 100, 1000
OVERLAP = 20
"""By how much an id is less, with the fault `overlap`."""
INLINE = 100
"""Links that a list tells of one record; the rest is another page's."""


class Crm:
    """Handlers."""

    def __init__(self, portal: HubSpot) -> None:
        self.portal = portal

    def listed(self, call: Call) -> dict[str, Any]:
        """`GET /{type}`."""
        kind = self.portal.schema.type(call.path["type"])
        wanted, history = names(call, "properties"), names(call, "propertiesWithHistory")
        most = MAX_WITH_HISTORY if history else MAX_PAGE
        limit, after = number(call, "limit", 10), number(call, "after", 0)
        if not 1 <= limit <= most:
            raise invalid(f"Invalid input: limit must be between 1 and {most}")
        if self.portal.faults.take("overlap", call.request.url.path):
            after = max(after - OVERLAP, 0)  # a page begins with rows of the one before
        rows, following = self.portal.index[kind.name].page(after, limit, archived=call.query.get("archived") == "true")
        serve(self.portal, call, kind.name, rows)
        results = [self._told(kind, row, wanted, history) for row in rows]
        for right in names(call, "associations"):
            self._link(kind, self.portal.schema.type(right), results, call)
        return paged(call, results, following)

    def single(self, call: Call) -> dict[str, Any]:
        """`GET /{type}/{id}`."""
        kind = self.portal.schema.type(call.path["type"])
        row = self.portal.ledger.rows(kind.name).get(call.path["id"])
        if row is None or row["archived"] is not (call.query.get("archived") == "true"):
            raise missing()
        serve(self.portal, call, kind.name, [row])
        result = self._told(kind, row, names(call, "properties"), names(call, "propertiesWithHistory"))
        for right in names(call, "associations"):
            self._link(kind, self.portal.schema.type(right), [result], call)
        return result

    def batch(self, call: Call) -> dict[str, Any]:
        """`POST /{type}/batch/read`; 207 when some are not there."""
        kind, body = self.portal.schema.type(call.path["type"]), body_of(call)
        keys = [str(each.get("id", "")) for each in body.get("inputs", [])]
        if not 1 <= len(keys) <= MAX_BATCH:
            raise invalid(f"Invalid input: 1 to {MAX_BATCH} inputs are allowed")
        archived, there = call.query.get("archived") == "true", self.portal.ledger.rows(kind.name)
        rows = [there[key] for key in dict.fromkeys(keys) if key in there and there[key]["archived"] is archived]
        serve(self.portal, call, kind.name, rows)
        wanted, history = (tuple(body.get(word) or ()) for word in ("properties", "propertiesWithHistory"))
        found = {row["id"] for row in rows}
        lost = [key for key in dict.fromkeys(keys) if key not in found]
        text = f"Could not get some {kind.name} objects, they may be deleted or not exist. Check that ids are valid."
        problems = [_problem("OBJECT_NOT_FOUND", text, ids=lost)] if lost else []
        return self._batch([self._told(kind, row, wanted, history) for row in rows], problems)

    def searched(self, call: Call) -> dict[str, Any]:
        """`POST /{type}/search`."""
        kind, body = self.portal.schema.type(call.path["type"]), body_of(call)
        types = {name: told["type"] for name, told in self.portal.schema.properties[kind.name].items()}
        holds, (start, limit) = matching(body, types), span(body)
        found = [one for one in self.portal.index[kind.name].search.at(self.portal.clock.now()).values() if holds(one)]
        rows = [one.row for one in ordered(found, body, types)[start : start + limit]]
        serve(self.portal, call, kind.name, rows)
        wanted = tuple(body.get("properties") or ())
        more = {"paging": {"next": {"after": str(start + limit)}}} if start + limit < len(found) else {}
        return {"total": len(found), "results": [self._told(kind, row, wanted, ()) for row in rows], **more}

    def linked(self, call: Call) -> dict[str, Any]:
        """`GET /{type}/{id}/associations/{to}`."""
        left, right = self.portal.schema.type(call.path["type"]), self.portal.schema.type(call.path["to"])
        key, limit, after = call.path["id"], number(call, "limit", 500), number(call, "after", 0)
        if key not in self.portal.ledger.rows(left.name):
            raise missing()
        to = links.of(self.portal.ledger, left.name, right.name, key)
        rest = [each for each in to if int(each["toObjectId"]) >= after]
        return paged(call, rest[:limit], int(rest[limit]["toObjectId"]) if len(rest) > limit else None)

    def links(self, call: Call) -> dict[str, Any]:
        """`POST /associations/{from}/{to}/batch/read`; a record without links is told as an error."""
        left, right = self.portal.schema.type(call.path["type"]), self.portal.schema.type(call.path["to"])
        inputs = body_of(call).get("inputs", [])
        if not 1 <= len(inputs) <= MAX_LINKS:
            raise invalid(f"Invalid input: 1 to {MAX_LINKS} inputs are allowed")
        results: list[dict[str, Any]] = []
        problems: list[dict[str, Any]] = []
        for each in inputs:
            key, after = str(each.get("id")), int(each.get("after") or 0)
            to = links.of(self.portal.ledger, left.name, right.name, key)
            rest = [one for one in to if int(one["toObjectId"]) >= after]
            most = self.portal.links_page
            if not to:
                text = f"No {right.name} is associated with {left.name} {key}."
                problems.append(
                    _problem("OBJECT_NOT_FOUND", text, "crm.associations.NO_ASSOCIATIONS_FOUND", fromObjectId=[key])
                )
                continue
            more = {"paging": {"next": {"after": rest[most]["toObjectId"]}}} if len(rest) > most else {}
            results.append({"from": {"id": key}, "to": rest[:most], **more})
        self.portal.ledger.served(call.number, links.pair(left.name, right.name), [r["from"]["id"] for r in results])
        return self._batch(results, problems)

    def _told(self, kind: Type, row: Row, wanted: tuple[str, ...], history: tuple[str, ...]) -> dict[str, Any]:
        """A record as it is answered: what was asked for, and what always is in."""
        known, have = self.portal.schema.properties[kind.name], row["properties"]
        always = ("createdate", kind.modified, "hs_object_id")
        chosen = dict.fromkeys((*(wanted or kind.defaults), *always))
        told = {**row, "properties": {name: have.get(name) for name in chosen if name in known}}
        if history:
            past = history_of(self.portal, kind, row["id"])
            told["propertiesWithHistory"] = {name: past.get(name, []) for name in history if name in known}
        return told

    def _link(self, left: Type, right: Type, results: list[dict[str, Any]], call: Call) -> None:
        for result in results:
            to = links.inline(left.name, right.name, links.of(self.portal.ledger, left.name, right.name, result["id"]))
            if not to:
                continue
            link = f"{self.portal.url}/crm/v4/objects/{left.name}/{result['id']}/associations/{right.name}"
            more = {"paging": {"next": {"after": to[INLINE]["id"], "link": link}}} if len(to) > INLINE else {}
            result.setdefault("associations", {})[right.name] = {"results": to[:INLINE], **more}

    def _batch(self, results: list[dict[str, Any]], problems: list[dict[str, Any]]) -> dict[str, Any]:
        stamp = self.portal.clock.stamp()
        told: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": stamp, "completedAt": stamp}
        if not problems:
            return told
        raise Refused(207, {**told, "numErrors": len(problems), "errors": problems})


def serve(portal: HubSpot, call: Call, object_: str, rows: Iterable[Row]) -> None:
    """Notes what an answer holds."""
    portal.ledger.served(call.number, object_, [row["id"] for row in rows])


def history_of(portal: HubSpot, kind: Type, key: str) -> dict[str, list[dict[str, Any]]]:
    """Earlier values of a record's properties, newest first."""
    told: dict[str, list[dict[str, Any]]] = {}
    versions = "SELECT row FROM change WHERE object = ? AND id = ? AND op = 'put' ORDER BY seq"
    for (text,) in portal.ledger.ask(versions, kind.name, key):
        row = json.loads(text)
        for name, value in row["properties"].items():
            past = told.setdefault(name, [])
            if not past or past[0]["value"] != value:
                known = {"value": value, "timestamp": row["updatedAt"]}
                past.insert(0, {**known, "sourceType": "CRM_UI", "sourceId": "userId:12282590"})
    return told


def names(call: Call, word: str) -> tuple[str, ...]:
    """Values of a parameter that is a list with commas, or is given several times, or both."""
    given = call.request.query_params.getlist(word)
    return tuple(dict.fromkeys(name for text in given for name in text.split(",") if name))


def number(call: Call, word: str, otherwise: int) -> int:
    """A parameter that is a whole number."""
    text = call.query.get(word) or str(otherwise)
    if not text.isdigit():
        raise invalid(f"Invalid input: {word} is no number")
    return int(text)


def body_of(call: Call) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    if not isinstance(call.json, dict):
        raise Refused(400, error("Invalid input JSON", "VALIDATION_ERROR"))
    return call.json


def paged(call: Call, results: Iterable[dict[str, Any]], following: int | str | None, **more: Any) -> dict[str, Any]:
    """A page; the last one has no `paging`."""
    told: dict[str, Any] = {**more, "results": list(results)}
    if following is not None:
        link = str(call.request.url.include_query_params(after=following))
        told["paging"] = {"next": {"after": str(following), "link": link}}
    return told


def _problem(category: str, message: str, sub: str = "", **context: list[str]) -> dict[str, Any]:
    told = {"status": "error", "category": category, "message": message, "context": context}
    return {**told, **({"subCategory": sub} if sub else {})}
