"""Salesforce into a product: typed by a contract, followed through changes and deletes, asked, equal to the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from walks.mesh import ADA, BASE, product, reapply, rows, source, write
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from weft_vendors.core import Clock, serving
from weft_vendors.salesforce import VENDOR as SALESFORCE

DEALS = {
    "id": ("Id", "string", str),
    "name": ("Name", "string", str),
    "amount": ("Amount", "number", lambda v: Decimal(str(v)).quantize(Decimal("0.01"))),
    "closes": ("CloseDate", "date", date.fromisoformat),
    "won": ("IsWon", "boolean", bool),
    "year": ("FiscalYear", "integer", int),
    "changed_at": ("SystemModstamp", "timestamp", lambda v: datetime.fromisoformat(v).astimezone(UTC)),
}
MEMBERS = {"id": ("Id", "string", str), "lead": ("LeadId", "string", str), "status": ("Status", "string", str)}


class Together:
    """The mesh's clock goes with the org's; nobody waits."""

    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now()

    def sleep(self, seconds):
        self._clock.advance(seconds)


def table(name, stream, columns):
    properties = "\n".join(
        f"      - {{name: {n}, physicalName: {p}, logicalType: {t}"
        + (", primaryKey: true, required: true" if n == "id" else "")
        + (", physicalType: 'decimal(18,2)'" if t == "number" else "")
        + "}"
        for n, (p, t, _) in columns.items()
    )
    head = f"  - name: {name}\n    customProperties: [{{property: weft.stream, value: {stream}}}]\n    properties:\n"
    return head + properties + "\n"


def true(org, object_, columns):
    return {
        i: {n: None if row[p] is None else of(row[p]) for n, (p, _, of) in columns.items()}
        for i, row in org.truth(object_).items()
    }


def test_a_product_follows_its_org(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = SALESFORCE(clock=Clock("2026-03-02T09:00:00Z"), seed=11, page=40)
    org.objects = ("Opportunity", "CampaignMember")
    org.churn(150)
    monkeypatch.setenv("CRM_SECRET", org.login.client_secret)
    contract = "schema:\n" + table("deals", "crm.Opportunity", DEALS) + table("members", "crm.CampaignMember", MEMBERS)
    with serving(org):
        crm = (
            f"connector: salesforce\nconfig: {{domain: '{org.url}', client_id: {org.login.client_id}, "
            "client_secret: secret://env/CRM_SECRET, privateNetwork: true, bulk_from: 50}\n"
            "streams: {Opportunity: {}, CampaignMember: {}}\n"
        )
        ports = ("stream:crm.Opportunity", "stream:crm.CampaignMember")
        write(tmp_path, {**BASE, **source("crm", crm), **product("pipeline", contract, reads=ports)})
        world = open_world(tmp_path, user=ADA, clock=Together(org.clock))
        reapply(world)
        for _ in range(3):
            (done,) = run(world)
            assert [t.state for t in done.tables] == ["published", "published"], done
            for name, stream, columns in (("deals", "Opportunity", DEALS), ("members", "CampaignMember", MEMBERS)):
                held = {r["id"]: r for r in rows(world, f"FROM d.pipeline.{name}")}
                assert held == true(org, stream, columns)
            org.churn(60)
            org.clock.advance(600)
        world.close()
