"""Systems of others, as products: simulated accounts, read by a whole mesh, typed by contracts, followed when rows go."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from simulated import Together
from walks.mesh import open_mesh, product, rows, source
from weft.flow import base, sources
from weft.flow.run import run

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from typing import TYPE_CHECKING

from weft_vendors.atlassian import Atlassian
from weft_vendors.core import Clock, serving
from weft_vendors.hubspot import HubSpot

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-03-02T09:00:00+00:00"
SCOPES = ("crm.objects.deals.read", "crm.objects.contacts.read", "crm.schemas.custom.read")
STREAMS = "{deals: {}, contacts: {}, tickets: {}}"
DEALS = """
schema:
  - name: deals
    customProperties: [{property: weft.stream, value: crm.deals}, {property: weft.cursor, value: modified}]
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: amount, logicalType: number, physicalType: "DECIMAL(18,4)"}
      - {name: closes, physicalName: closedate, logicalType: timestamp}
      - {name: won, physicalName: hs_is_closed_won, logicalType: boolean}
      - {name: modified, physicalName: updatedAt, logicalType: timestamp}
"""
ISSUES = """
schema:
  - name: issues
    customProperties: [{property: weft.stream, value: jira.issues}, {property: weft.cursor, value: updated}]
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: key, logicalType: string, required: true}
      - {name: state, logicalType: string}
      - {name: points, logicalType: number}
      - {name: words, logicalType: string}
      - {name: updated, logicalType: timestamp}
"""
SHAPE = """
SELECT id, key, status.name AS state, customfield_10026 AS points, updated,
  array_to_string(json_extract_string(description::JSON, '$..text'), ' ') AS words
FROM jira.issues
"""


def test_deals_of_hubspot_are_typed_by_the_contract_and_go_when_they_go(tmp_path: Path, monkeypatch) -> None:
    portal = HubSpot(clock=Clock(AT), seed=1)
    told = {"amount": "60000.5000", "closedate": "2026-04-04T14:59:45.103Z", "hs_is_closed_won": "true"}
    portal.put(
        "deals",
        *({"id": str(n), "properties": told} for n in (1, 2, 3)),
        {"id": "4", "properties": {"amount": "", "closedate": None}},
    )
    portal.put("deals", {"id": "5", "properties": {"amount": "a lot"}})
    portal.clock.advance(7200)
    monkeypatch.setenv("HUBSPOT", portal.door.key("service-na1", frozenset(SCOPES)))
    with serving(portal) as urls:
        config = f"{{base_url: {urls['hubspot']}, token: secret://env/HUBSPOT, privateNetwork: true}}"
        documents = (
            source("crm", f"connector: hubspot\nconfig: {config}\nstreams: {STREAMS}\n"),
            product("p", DEALS, reads=("stream:crm.deals",)),
        )
        world = replace(open_mesh(tmp_path, *documents), clock=Together(portal.clock))
        deals, contacts, tickets = sources.test(world, sources.find(base.declared(world), "crm"))
        assert (deals.rows, deals.error, contacts.rows, contacts.error) == (
            5,
            "",
            0,
            "",
        ) and "closedate" in deals.columns
        assert tickets.rows == 0 and "it wants one of the scopes tickets" in tickets.error
        (first,) = run(world)
        assert (first.tables[0].state, first.tables[0].rows, first.tables[0].quarantined) == ("published", 4, 1)
        found = rows(world, "SELECT * EXCLUDE (modified) FROM d.p.deals ORDER BY id")
        whole = {"amount": Decimal("60000.5000"), "closes": datetime(2026, 4, 4, 14, 59, 45, 103000, UTC), "won": True}
        assert found == [
            *({"id": str(n), **whole} for n in (1, 2, 3)),
            {"id": "4", "amount": None, "closes": None, "won": None},
        ]
        portal.put("deals", {"id": "2", "properties": told | {"amount": "7"}})
        portal.delete("deals", "1")
        portal.purge("deals", "3")
        portal.clock.advance(90_000)
        run(world)
        assert [(row["id"], row["amount"]) for row in rows(world, "SELECT id, amount FROM d.p.deals ORDER BY id")] == [
            ("2", 7),
            ("4", None),
        ]
        world.close()


def test_issues_of_jira_keep_their_id_when_they_move(tmp_path: Path, monkeypatch) -> None:
    site = Atlassian(clock=Clock(AT), seed=2)
    site.churn(60)
    site.clock.advance(7200)
    monkeypatch.setenv("JIRA", site.credentials()["api_token"])
    with serving(site) as urls:
        config = (
            f"{{site: '{urls['atlassian']}', email: mia@messy.example, token: secret://env/JIRA, privateNetwork: true}}"
        )
        documents = (
            source("jira", f"connector: atlassian\nconfig: {config}\n"),
            product("p", ISSUES, reads=("stream:jira.issues",)),
        )
        documents[1]["domains/d/p/issues.sql"] = SHAPE
        world = replace(open_mesh(tmp_path, *documents), clock=Together(site.clock))
        for _ in range(2):
            (made,) = run(world)
            assert made.tables[0].state == "published", made.tables[0].error
            held = {row["id"]: row for row in rows(world, "SELECT * FROM d.p.issues")}
            truth = site.ledger.truth("issues")
            assert {key: row["key"] for key, row in held.items()} == {key: row["key"] for key, row in truth.items()}
            for key, row in truth.items():
                assert held[key]["state"] == row["fields"]["status"]["name"]
                assert held[key]["points"] == row["fields"]["customfield_10026"]
                assert held[key]["updated"] == datetime.fromisoformat(row["fields"]["updated"])
                words = row["fields"]["description"]
                assert (held[key]["words"] or "") == (words["content"][0]["content"][0]["text"] if words else "")
            site.churn(60)
            site.clock.advance(90_000)
        world.close()
