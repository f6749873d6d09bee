"""A small company whose every hidden value can be told from all others: its documents, its raw rows, its files."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from walks.mesh import product, source

Row = dict[str, Any]

PEOPLE = 400
CHANGED = (3, 10, 11, 42, 43)
"""Ids of the people that the second file changes; it adds two more. Few enough that the log is not folded."""
REGIONS = ("EMEA", "APAC", "AMER", None)
NAMES = ("Zoë", "Renée", "Ýrsa", "李", "Jürgen", "O'Brien", 'Ann "A"', "👩‍🚀 Mae", "Ngũgĩ", "Straße")
ZONES = ("Z", "-05:00", "+09:00")


def _canary(rng: random.Random) -> str:
    return "zq" + f"{rng.randrange(16**8):08x}"


def _person(i: int, rng: random.Random) -> Row:
    """One person; text of theirs carries a mark that no other value has."""
    seen = datetime(2019 + i % 6, 12, 31, 20, 30, tzinfo=UTC) + timedelta(minutes=17 * i)
    return {
        "id": i,
        "name": None if i % 29 == 0 else f"{NAMES[i % 10]} {_canary(rng)}",
        # Some share a mailbox, so that joins and groups by it find more than one.
        "email": None
        if i % 31 == 0
        else f"box{i // 40}@mail.example"
        if i % 20 == 0
        else f"{_canary(rng)}@mail.example",
        "phone": None if i % 37 == 0 else f"08{i % 9}" if i % 23 == 0 else f"+4930{_canary(rng)}",
        "region": REGIONS[i % 4] if i % 7 else "EMEA",
        "age": None if i % 41 == 0 else 18 + i % 61,
        "income": None if i % 43 == 0 else Decimal(4_000_000 + rng.randrange(4_000_000)) / 100,
        "score": None if i % 47 == 0 else (rng.randrange(2_000_000) - 1_000_000) / 1024,
        "born": None if i % 53 == 0 else date(1940, 1, 1) + timedelta(days=61 * i),
        "seen": None if i % 59 == 0 else seen,
        "active": None if i % 19 == 0 else i % 3 == 0,
        "home": None
        if i % 17 == 0
        else {"city": f"Town {_canary(rng)}", "zip": f"{i:05d}", "geo": {"lat": i / 8, "lon": -i / 16}},
        "labels": None if i % 13 == 0 else [f"l{_canary(rng)}", "vip"][: 1 + i % 2],
        "visits": [] if i % 11 == 0 else [{"shop": f"s{_canary(rng)}", "cost": i}, {"shop": "web", "cost": 2 * i}],
        "note": {"said": _canary(rng), "n": i},
    }


def raw() -> dict[str, list[Row]]:
    """The rows of every table as whoever owns them sees them."""
    first, second = batches()
    newest = {row["id"]: row for row in (*first, *second)}
    people = [{**row, "note": json.dumps(row["note"], separators=(",", ":"))} for row in newest.values()]
    return {"people": people, "orders": _orders(), "calls": _calls(), "members": [member(row) for row in people]}


def batches() -> tuple[list[Row], list[Row]]:
    """Two exports of people: all of them, and a few days later what changed."""
    rng = random.Random(7)
    first = [_person(i, rng) for i in range(1, PEOPLE + 1)]
    second = [_person(i, rng) | {"region": REGIONS[(i + 1) % 4]} for i in (*CHANGED, PEOPLE + 1, PEOPLE + 2)]
    return first, second


def member(row: Row) -> Row:
    """What `MEMBERS_SQL` makes of one person."""
    email = row["email"]
    return {
        "id": row["id"],
        "mail": None if email is None else email.upper(),
        "host": None if email is None else email.partition("@")[2],
        "town": (row["home"] or {}).get("city"),
        "pay": None if row["income"] is None else row["income"] * 2,
        "year": None if row["born"] is None else row["born"].year,
        "region": row["region"],
    }


def _orders() -> list[Row]:
    return [
        {"id": i, "person": 1 + i * 7 % (PEOPLE + 20), "item": f"item {i % 9}", "amount": Decimal(i * 37) / 100}
        for i in range(1, 701)
    ]


def _calls() -> list[Row]:
    rng = random.Random(8)
    return [
        {"person": 1 + i * 3 % PEOPLE, "number": f"+1202{_canary(rng)}", "minutes": i % 40, "region": REGIONS[i % 3]}
        for i in range(200)
    ]


MEMBERS_SQL = """
    SELECT id, upper(email) AS mail, split_part(email, '@', 2) AS host, home.city AS town,
           CAST(income * 2 AS DECIMAL(14, 2)) AS pay, year(born) AS year, region
    FROM d.crm.people
"""

PEOPLE_CONTRACT = """
    schema:
      - name: people
        customProperties: [{property: weft.stream, value: crm.people}]
        properties:
          - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, required: true}
          - {name: name, logicalType: string, tags: [pii.name]}
          - {name: email, logicalType: string, tags: [pii.email]}
          - {name: phone, logicalType: string, tags: [pii.phone]}
          - {name: region, logicalType: string}
          - {name: age, logicalType: integer, tags: [age]}
          - {name: income, logicalType: number, physicalType: "decimal(12,2)", classification: confidential}
          - {name: score, logicalType: number, tags: [score]}
          - {name: born, logicalType: date, tags: [birth]}
          - {name: seen, logicalType: timestamp, tags: [seen]}
          - {name: active, logicalType: boolean, tags: [state]}
          - name: home
            logicalType: object
            properties:
              - {name: city, logicalType: string}
              - {name: zip, logicalType: string, tags: [pii.address]}
              - name: geo
                logicalType: object
                properties:
                  - {name: lat, logicalType: number}
                  - {name: lon, logicalType: number}
          - {name: labels, logicalType: array, tags: [labels], items: {logicalType: string}}
          - name: visits
            logicalType: array
            items:
              logicalType: object
              properties:
                - {name: shop, logicalType: string, tags: [visits]}
                - {name: cost, logicalType: integer}
          - {name: note, logicalType: object, tags: [note]}
      - name: orders
        customProperties: [{property: weft.stream, value: crm.orders}]
        properties:
          - {name: id, logicalType: integer}
          - {name: person, logicalType: integer}
          - {name: item, logicalType: string}
          - {name: amount, logicalType: number, physicalType: "decimal(12,2)"}
      - name: calls
        customProperties: [{property: weft.stream, value: crm.calls}]
        properties:
          - {name: person, logicalType: integer}
          - {name: number, logicalType: string, tags: [pii.phone]}
          - {name: minutes, logicalType: integer}
          - {name: region, logicalType: string}
"""
MEMBERS_CONTRACT = """
    schema:
      - name: members
        properties:
          - {name: id, logicalType: integer}
          - {name: mail, logicalType: string}
          - {name: host, logicalType: string}
          - {name: town, logicalType: string}
          - {name: pay, logicalType: number, physicalType: "decimal(14,2)"}
          - {name: year, logicalType: integer}
          - {name: region, logicalType: string}
"""
PEOPLE_YAML = {
    "people/bo.yaml": """
        {apiVersion: weft/v1, kind: Person, id: bo@x.example, name: Bo,
         attributes: {regions: [APAC, AMER], desk: APAC, none: []}}
        """,
    "people/cy.yaml": "{apiVersion: weft/v1, kind: Person, id: cy@x.example, name: Cy, active: false}",
    "people/di.yaml": "{apiVersion: weft/v1, kind: Person, id: di@x.example, name: Di}",
}
STREAMS = """
    connector: files
    config: {path: silo}
    streams:
      people: {path: "people-*.jsonl"}
      orders: {path: orders.csv}
      calls: {path: calls.csv}
"""
COMPANY = {
    **PEOPLE_YAML,
    **source("crm", STREAMS),
    **product("crm", PEOPLE_CONTRACT, reads=("stream:crm.people", "stream:crm.orders", "stream:crm.calls")),
    **product("folk", MEMBERS_CONTRACT, reads=("d-crm-c",)),
    "domains/d/folk/members.sql": MEMBERS_SQL,
}


def first_files() -> dict[str, str]:
    """The silo before anything changed."""
    return {
        "silo/people-1.jsonl": _lines(batches()[0]),
        "silo/orders.csv": _csv(_orders()),
        "silo/calls.csv": _csv(_calls()),
    }


def second_files() -> dict[str, str]:
    """What comes later: it lands in the log of the keyed table."""
    return {"silo/people-2.jsonl": _lines(batches()[1])}


def _lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, default=_text, ensure_ascii=False) + "\n" for row in rows)


def _text(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value.isoformat()


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
