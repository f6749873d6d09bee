"""Associations: which records belong to which, kept as one row of the ledger for each record on the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft_vendors.core import Ledger, Row
    from weft_vendors.hubspot.app import HubSpot

PRIMARY = "Primary"
_IDS = {
    ("deals", "companies"): (5, 341),
    ("deals", "contacts"): (None, 3),
    ("contacts", "companies"): (1, 279),
    ("tickets", "contacts"): (None, 16),
    ("tickets", "companies"): (26, 339),
}
"""Types that HubSpot defines: of the primary link, and of any."""
LINKED = tuple(_IDS)
"""Pairs that churn links."""


def pair(left: str, right: str) -> str:
    """Name of the ledger's object for links between two types."""
    return f"{left}-{right}"


def linked(left: str, right: str, key: str, others: Iterable[str]) -> Row:
    """The row that says what a record is linked to; the first other is the primary where there is one."""
    primary, plain = _IDS.get((left, right), (None, 449))
    to: list[dict[str, Any]] = []
    for at, other in enumerate(others):
        types = [{"category": "HUBSPOT_DEFINED", "typeId": plain, "label": None}]
        if primary and at == 0:
            types.insert(0, {"category": "HUBSPOT_DEFINED", "typeId": primary, "label": PRIMARY})
        to.append({"toObjectId": other, "associationTypes": types})
    return {"id": key, "to": to}


def link(portal: HubSpot, left: str, right: str, key: str, others: Iterable[str]) -> None:
    """What a record is linked to from now on; its modified time stays."""
    portal.ledger.put(pair(left, right), {key: linked(left, right, key, others)}, portal.clock.now())


def of(ledger: Ledger, left: str, right: str, key: str) -> list[dict[str, Any]]:
    """What a record is linked to, in the order of ids; links to what is in the bin or gone are not told."""
    there = ledger.rows(right)
    row = ledger.rows(pair(left, right)).get(key)
    living = [to for to in row["to"] if not there.get(to["toObjectId"], {"archived": True})["archived"]] if row else []
    return sorted(living, key=lambda to: int(to["toObjectId"]))


def inline(left: str, right: str, to: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """As a list of records tells links: an id once for each of its types."""
    one, other = left.removesuffix("s"), {"companies": "company"}.get(right, right.removesuffix("s"))
    return [
        {
            "id": each["toObjectId"],
            "type": f"{one}_to_{other}" + ("" if kind["label"] or right != "companies" else "_unlabeled"),
        }
        for each in to
        for kind in each["associationTypes"]
    ]
