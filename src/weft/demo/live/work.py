"""What people do in the systems of Messy, Inc. while one watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_NEXT = {"Prospecting": "Qualification", "Qualification": "Proposal", "Proposal": "Negotiation"}
_ODDS = {"Qualification": 25.0, "Proposal": 50.0, "Negotiation": 75.0, "Closed Won": 100.0, "Closed Lost": 0.0}


def done(system: Any, dice: Random) -> Iterator[str]:
    """A few changes; each told in a sentence."""
    work = {"salesforce": _sell, "hubspot": _market, "atlassian": _develop}.get(system.name)
    if work is not None:
        yield from work(system, dice)


def _sell(org: Any, dice: Random) -> Iterator[str]:
    rows = org.ledger.rows("Opportunity")
    deals = [row for row in rows.values() if not row["IsClosed"]]
    for deal in dice.sample(deals, min(3, len(deals))):
        stage = _NEXT.get(deal["StageName"]) or dice.choice(["Closed Won", "Closed Won", "Closed Lost"])
        closed = stage.startswith("Closed")
        changed = {"StageName": stage, "Probability": _ODDS[stage], "IsClosed": closed, "IsWon": stage == "Closed Won"}
        if closed:
            changed["CloseDate"] = org.clock.now().date().isoformat()
        org.put("Opportunity", {**deal, **changed})
        yield f"{deal['Name']} is in {stage} now"


def _market(portal: Any, dice: Random) -> Iterator[str]:
    rows = portal.ledger.rows("contacts")
    leads = [row for row in rows.values() if row["properties"].get("lifecyclestage") == "lead"]
    for lead in dice.sample(leads, min(2, len(leads))):
        now = portal.clock.stamp()
        became = {"lifecyclestage": "marketingqualifiedlead", "hs_lifecyclestage_marketingqualifiedlead_date": now}
        portal.put("contacts", {**lead, "properties": {**lead["properties"], **became}})
        yield "a lead is qualified for marketing"


def _develop(site: Any, dice: Random) -> Iterator[str]:
    rows = site.ledger.rows("issues")
    issues = [row for row in rows.values() if row["fields"].get("resolutiondate") is None]
    for issue in dice.sample(issues, min(2, len(issues))):
        fields = {**issue["fields"], "status": {"name": "Done"}, "resolutiondate": site.clock.stamp()}
        site.put("issues", {**issue, "fields": fields})
        yield f"{issue['key']} is done"
