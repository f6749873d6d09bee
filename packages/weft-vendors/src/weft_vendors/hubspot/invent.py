"""New records and changed ones, from a seed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.hubspot.wire import iso, millis

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from weft_vendors.core import Row

WORDS = ("Warp", "Weft", "Shed", "Reed", "Beam", "Heddle", "Shuttle", "Bobbin", "Selvage", "Twill", "Ärmel", "Çözgü")
OPTIONS = {
    "lifecyclestage": ("lead", "marketingqualifiedlead", "salesqualifiedlead", "customer"),
    "pipeline": ("default",),
    "dealstage": ("appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost"),
    "hs_pipeline": ("0",),
    "hs_pipeline_stage": ("1", "2", "4"),
    "hs_ticket_priority": ("LOW", "MEDIUM", "HIGH"),
    "deal_currency_code": ("USD", "EUR"),
    "hs_legal_basis": ("Legitimate interest", "Freely given consent", "Not applicable"),
    "hs_analytics_source": ("ORGANIC_SEARCH", "PAID_SEARCH", "SOCIAL_MEDIA", "EMAIL_MARKETING"),
}
USUAL, RARE = 0.8, 0.06
SYSTEM = {"hs_object_id", "createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_merged_object_ids"}


def properties(told: Mapping[str, Mapping[str, Any]], random: Random, at: datetime) -> dict[str, str | None]:
    """Values for some of a type's properties."""
    return {
        name: value(how, random, at) for name, how in told.items() if name not in SYSTEM and random.random() < USUAL
    }


def value(told: Mapping[str, Any], random: Random, at: datetime) -> str | None:
    """A property's value as it is on the wire: text, empty text or null."""
    if random.random() < RARE:
        return random.choice(["", None])
    name, kind = told["name"], told["type"]
    if kind == "number":
        return _number(told, random)
    if kind in {"datetime", "date"}:
        then = at + timedelta(days=random.randrange(-300, 300), milliseconds=random.choice([0, 0, 123, 907]))
        return iso(then) if kind == "datetime" else then.date().isoformat()
    if kind == "bool":
        return random.choice(["true", "false"])
    if kind == "enumeration":
        options = OPTIONS.get(name, ("one", "two", "three"))
        many = told["fieldType"] == "checkbox"
        return (
            ";".join(random.sample(options, random.randrange(1, len(options) + 1))) if many else random.choice(options)
        )
    return f"{random.choice(WORDS)} {random.choice(WORDS)} {random.randrange(10_000)}" + random.choice(
        ["", "", ' "', "\n;,é"]
    )


def _number(told: Mapping[str, Any], random: Random) -> str:
    if told.get("numberDisplayHint") == "currency":
        return f"{random.randrange(10_000_000)}" + random.choice(["", ".5", ".50", ".125", ".000000001"])
    if told["name"] == "hubspotscore" and random.random() < RARE:  # a number that is none does occur
        return "N/A"
    return str(random.choice([random.randrange(100), random.randrange(10**15), random.randrange(1000) / 8]))


def owner(key: str, random: Random, at: datetime) -> Row:
    """A user who owns records."""
    first, last = random.choice(WORDS), random.choice(WORDS)
    return {
        "id": key,
        "email": f"{first}.{key}@messy.example".lower(),
        "firstName": first,
        "lastName": last,
        "userId": random.randrange(10**7, 10**8),
        "type": "PERSON",
        "createdAt": iso(at),
        "updatedAt": iso(at),
        "archived": False,
        "teams": [{"id": str(random.randrange(9)), "name": random.choice(WORDS), "primary": True}]
        if random.random() < USUAL
        else [],
    }


def campaign(random: Random, at: datetime) -> Row:
    """A campaign."""
    start = at + timedelta(days=random.randrange(-90, 90))
    told = {
        "hs_name": f"{random.choice(WORDS)} {random.randrange(99)}",
        "hs_start_date": start.date().isoformat(),
        "hs_end_date": (start + timedelta(days=30)).date().isoformat(),
        "hs_budget_items_sum_amount": f"{random.randrange(90_000)}.50",
        "hs_spend_items_sum_amount": f"{random.randrange(90_000)}.00",
        "hs_currency_code": "USD",
        "hs_campaign_status": "in_progress",
    }
    return {"id": _guid(random), "properties": told, "businessUnits": [], "createdAt": iso(at), "updatedAt": iso(at)}


def email(key: str, random: Random, at: datetime) -> Row:
    """A marketing e-mail with its figures."""
    sent = random.randrange(50_000)
    return {
        "id": key,
        "name": f"Newsletter {key}",
        "subject": random.choice(WORDS),
        "type": "BATCH_EMAIL",
        "state": "PUBLISHED",
        "publishDate": iso(at),
        "createdAt": iso(at),
        "updatedAt": iso(at),
        "isPublished": True,
        "archived": False,
        "stats": stats(sent),
    }


def stats(sent: int) -> dict[str, Any]:
    """Figures of an e-mail that was sent so often."""
    counters = {
        "sent": sent,
        "delivered": sent - sent // 50,
        "open": sent // 3,
        "click": sent // 20,
        "bounce": sent // 50,
        "unsubscribed": sent // 400,
    }
    ratios = {"openratio": 33.3, "clickratio": 5.0}
    return {
        "counters": counters,
        "ratios": ratios,
        "deviceBreakdown": {"open_device_type": {"computer": sent // 5, "mobile": sent // 8}},
    }


def form(random: Random, at: datetime) -> Row:
    """A form."""
    return {
        "id": _guid(random),
        "name": f"Form {random.choice(WORDS)}",
        "formType": "hubspot",
        "archived": False,
        "createdAt": iso(at),
        "updatedAt": iso(at),
        "fieldGroups": [{"groupType": "default_group", "fields": [{"name": "email"}]}],
        "configuration": {"language": "en"},
    }


def submission(to: str, random: Random, at: datetime) -> Row:
    """What somebody sent through a form."""
    values = [{"name": "email", "value": f"v{random.randrange(10**6)}@mail.example", "objectTypeId": "0-1"}]
    return {
        "conversionId": _guid(random),
        "submittedAt": millis(at),
        "values": values,
        "pageUrl": "https://messy.example/looms",
        "formId": to,
    }


def email_event(random: Random, at: datetime) -> Row:
    """Something that happened to an e-mail; its id is unique only with its time."""
    key, created = _guid(random), millis(at)
    return {
        "key": f"{created}:{key}",
        "id": key,
        "created": created,
        "type": random.choice(["SENT", "DELIVERED", "OPEN", "CLICK", "BOUNCE"]),
        "recipient": f"v{random.randrange(10**6)}@mail.example",
        "emailCampaignId": random.randrange(5),
        "appId": 113,
        "portalId": 1234567,
        "sentBy": {"id": _guid(random), "created": created - 1000},
    }


def event(random: Random, at: datetime) -> Row:
    """Something that a contact did."""
    return {
        "id": _guid(random),
        "eventType": random.choice(["e_visited_page", "e_form_submission"]),
        "objectType": "CONTACT",
        "objectId": str(random.randrange(100)),
        "occurredAt": iso(at),
        "properties": {"hs_url": "https://messy.example"},
    }


def _guid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))
