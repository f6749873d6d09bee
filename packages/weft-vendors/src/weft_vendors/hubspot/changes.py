"""How a portal's records come to be and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft_vendors.hubspot import invent, links
from weft_vendors.hubspot.wire import iso, millis

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from weft_vendors.core import Row
    from weft_vendors.hubspot.app import HubSpot
    from weft_vendors.hubspot.catalogue import Type

FIRST = 9_200_000_000
"""Ids begin beyond 32 bits."""
FIRST_USER = 52_000_000
ONCE = {"submissions", "email_events", "events"}
"""What happened is neither changed nor taken back."""


def whole(row: Row, kind: Type, now: datetime) -> Row:
    """A record as the portal keeps it, from one that says less."""
    created = row.get("createdAt") or iso(now)
    updated = row.get("updatedAt") or created
    own = {"createdate": created, kind.modified: updated, "hs_object_id": str(row["id"])}
    bin_ = {"archivedAt": row.get("archivedAt") or iso(now)} if row.get("archived") else {}
    return {
        "id": str(row["id"]),
        "properties": {**row.get("properties", {}), **own},
        "createdAt": created,
        "updatedAt": updated,
        "archived": bool(row.get("archived")),
        **bin_,
    }


def stamped(row: Row, kind: Type, at: datetime) -> Row:
    """A record that is written at that time."""
    properties = {name: None if value is None else str(value) for name, value in row.get("properties", {}).items()}
    return whole(
        {**row, "properties": properties, "updatedAt": iso(at), "createdAt": row.get("createdAt") or iso(at)}, kind, at
    )


def next_id(portal: HubSpot, object_: str, first: int) -> str:
    """An id that was never given, with gaps between."""
    typed = object_ in portal.schema.types
    known = portal.index[object_].order[-1:] if typed else [int(key) for key in portal.ledger.rows(object_)]
    portal.last[object_] = max(portal.last.get(object_, first), *known, first) + portal.random.randrange(1, 8)
    return str(portal.last[object_])


def invented(portal: HubSpot, object_: str, random: Random) -> Row:
    """A new record of any object."""
    at = portal.clock.now()
    if object_ in portal.schema.types:
        return {
            "id": next_id(portal, object_, FIRST),
            "properties": invent.properties(portal.schema.properties[object_], random, at),
        }
    if object_ == "submissions":
        forms = portal.ledger.rows("forms")
        if not forms:
            portal.put("forms", invent.form(random, at))
        return invent.submission(random.choice(list(portal.ledger.rows("forms"))), random, at)
    numbered = {"owners": invent.owner, "marketing_emails": invent.email}
    if object_ in numbered:
        return numbered[object_](next_id(portal, object_, FIRST_USER), random, at)
    return {
        "campaigns": invent.campaign,
        "forms": invent.form,
        "email_events": invent.email_event,
        "events": invent.event,
    }[object_](random, at)


def altered(portal: HubSpot, object_: str, row: Row, random: Random) -> Row:
    """A changed record; one from the bin comes back."""
    if object_ in portal.schema.types:
        known = portal.schema.properties[object_]
        names = [name for name in known if name not in invent.SYSTEM]
        new = {
            name: invent.value(known[name], random, portal.clock.now())
            for name in random.sample(names, min(3, len(names)))
        }
        return {
            **{k: v for k, v in row.items() if k != "archivedAt"},
            "properties": {**row["properties"], **new},
            "archived": False,
        }
    if object_ in ONCE:
        return invented(portal, object_, random)
    if object_ == "owners":
        return {**row, "lastName": random.choice(invent.WORDS), "archived": False}
    if object_ == "campaigns":
        return {**row, "properties": {**row["properties"], "hs_budget_items_sum_amount": str(random.randrange(90_000))}}
    if object_ == "marketing_emails":
        return {**row, "stats": invent.stats(random.randrange(50_000)), "archived": False}
    return {**row, "name": f"Form {random.randrange(99)}", "archived": False}


def own(portal: HubSpot, object_: str) -> bool:
    """A change that only this system knows, now and then; False when it is to be an ordinary one."""
    random, there = portal.random, portal.ledger.rows(object_)
    alive = [key for key, row in there.items() if not row.get("archived")]
    deed = random.choice(["", "", "", "", "purge", "merge", "link", "link", "bulk"])
    if object_ not in portal.schema.types or not deed or len(alive) < 2:  # noqa: PLR2004 - it takes two to merge
        return False
    one, other = random.sample(alive, 2)
    if deed == "purge":
        portal.purge(object_, one)
    elif deed == "merge":
        portal.merge(object_, one, other)
    elif deed == "bulk":
        portal.put(
            object_, *(altered(portal, object_, there[key], random) for key in random.sample(alive, min(7, len(alive))))
        )
    else:
        _link(portal, object_, one)
    return True


def _link(portal: HubSpot, object_: str, key: str) -> None:
    for left, right in links.LINKED:
        there = list(portal.ledger.rows(right))
        if left == object_ and there:
            links.link(
                portal, left, right, key, portal.random.sample(there, portal.random.randrange(min(4, len(there)) + 1))
            )


def happened(row: Row, object_: str, at: datetime) -> Row:
    """A record of another object, written or happened at that time."""
    if object_ == "submissions":
        return {**row, "submittedAt": millis(at)}
    if object_ == "email_events":
        return {**row, "created": millis(at), "key": f"{millis(at)}:{row['id']}"}
    if object_ == "events":
        return {**row, "occurredAt": iso(at)}
    return {**row, "updatedAt": iso(at)} if "updatedAt" in row else row
