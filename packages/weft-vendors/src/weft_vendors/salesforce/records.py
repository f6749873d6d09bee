"""Records: what the system computes, and invented ones with values that are hard to carry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.salesforce.ids import new
from weft_vendors.salesforce.oauth import USER
from weft_vendors.salesforce.schema import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from weft_vendors.core import Row
    from weft_vendors.salesforce.app import Salesforce
    from weft_vendors.salesforce.schema import Field, Sobject

_WORDS = (
    "Express Logistics",
    "Müller & Söhne, GmbH",
    'O\'Brien "Bros"',
    "東京支店",
    "NA",
    "NULL",
    "0123",
    "line one\nline two",
    "a;b\tc",
    "true",
    "2026-03-31",
    "1e5",
    "=SUM(A1)",
    "🏭 works",
    "back\\slash",
    "x" * 200,
)
_WON = {"Closed Won": (True, True, 100.0), "Closed Lost": (True, False, 0.0)}
_HISTORY = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability", "ForecastCategory")
_QUARTER = 3
_START = date(2024, 1, 1)


def whole(known: Sobject, row: Row) -> Row:
    """The record with all fields that are stored."""
    made: Row = {f.name: False if f.name == "IsDeleted" else None for f in known.fields if f.type != "address"}
    made.update(row)
    return made


def stamped(known: Sobject, row: Row, at: str) -> Row:
    """The record as it is after a write at that time."""
    made = whole(known, row)
    names = {f.name for f in known.fields}
    made["CreatedDate"], made["CreatedById"] = made.get("CreatedDate") or at, made.get("CreatedById") or USER
    made |= {n: at for n in ("LastModifiedDate", "SystemModstamp") if n in names}
    if "LastModifiedById" in names:
        made["LastModifiedById"] = USER
    return _deal(made) if known.name == "Opportunity" else made


def _deal(row: Row) -> Row:
    closed, won, chance = _WON.get(row["StageName"] or "", (False, False, row["Probability"]))
    made = {**row, "IsClosed": closed, "IsWon": won, "Probability": chance, "HasOpportunityLineItem": False}
    if row["Amount"] is not None and chance is not None:
        made["ExpectedRevenue"] = round(row["Amount"] * chance / 100, 2)
    if row["CloseDate"]:
        day = date.fromisoformat(row["CloseDate"])
        quarter = (day.month - 1) // _QUARTER + 1
        made |= {"FiscalQuarter": quarter, "FiscalYear": day.year, "Fiscal": f"{day.year} {quarter}"}
    return made


def history(old: Row | None, row: Row, id_: str) -> Row | None:
    """The entry of OpportunityHistory, where a deal is new or one of the fields that it follows changed."""
    if row["IsDeleted"] or (old and all(old[n] == row[n] for n in _HISTORY)):
        return None
    told = {n: row[n] for n in _HISTORY}
    common = {"CreatedDate": row["SystemModstamp"], "CreatedById": USER, "SystemModstamp": row["SystemModstamp"]}
    return {"Id": id_, "OpportunityId": row["Id"], "IsDeleted": False, **told, **common}


def address(row: Row, name: str) -> dict[str, Any] | None:
    """A compound field from its parts; null where all of them are."""
    stem = name.removesuffix("Address")
    parts = {p[0].lower() + p[1:]: row.get(stem + p) for p in ADDRESS}
    if all(v is None for v in parts.values()):
        return None
    return {**parts, "geocodeAccuracy": None, "latitude": None, "longitude": None}


def invent(org: Salesforce, object_: str, random: Random, old: Row | None) -> Row:
    """A new record, or an old one (out of the recycle bin, if it lies there) with some fields changed."""
    known = org.schema.objects[object_.lower()]
    system = {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
    fields = [f for f in known.fields if f.name not in system | {"MasterRecordId"} and f.type != "address"]
    if old is not None:
        fields = random.sample(fields, k=min(3, len(fields)))
    row: Row = {"Id": new(known.prefix, random)} if old is None else {**old, "IsDeleted": False, "MasterRecordId": None}
    if old is not None and "MasterRecordId" not in old:
        del row["MasterRecordId"]
    row |= {f.name: _value(org, f, random) for f in fields if not f.calculated}
    return row


def _value(org: Salesforce, field: Field, random: Random) -> Any:
    if field.type != "boolean" and random.random() < 0.1:  # noqa: PLR2004 - a tenth is empty
        return None
    made: dict[str, Callable[[], Any]] = {
        "boolean": lambda: random.random() < 0.5,  # noqa: PLR2004
        "int": lambda: random.randrange(1_000_000),
        "double": lambda: round(random.uniform(-1000, 1000), 2),
        "currency": lambda: round(random.uniform(0, 10 ** random.randrange(1, 10)), 2),
        "percent": lambda: float(random.randrange(101)),
        "date": (_START + timedelta(days=random.randrange(1500))).isoformat,
        "datetime": lambda: f"{_START + timedelta(days=random.randrange(1500))}T07:30:00.000+0000",
        "reference": lambda: _referred(org, field, random),
        "picklist": lambda: random.choice(field.to.split("|")),
        "multipicklist": lambda: ";".join(random.sample(field.to.split("|"), k=2)),
        "email": lambda: f"someone{random.randrange(1000)}@example.org",
    }
    return made.get(field.type, lambda: random.choice(_WORDS))()


def _referred(org: Salesforce, field: Field, random: Random) -> str | None:
    there = list(org.ledger.rows(field.to))
    return random.choice(there) if there else None
