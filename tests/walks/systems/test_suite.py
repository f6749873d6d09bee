"""NetSuite, Workday and Gainsight into products: typed by contracts, followed through changes and deletes, equal to the ledgers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from walks.mesh import ADA, BASE, product, reapply, rows, source, write
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from simulated import Together
from weft_vendors.core import Clock, serving
from weft_vendors.core.signed import Key
from weft_vendors.gainsight import VENDOR as GAINSIGHT
from weft_vendors.netsuite import VENDOR as NETSUITE
from weft_vendors.workday import VENDOR as WORKDAY


def money(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))


def pacific(value):
    return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo("America/Los_Angeles")).astimezone(UTC)


BILLS = {
    "id": ("id", "integer", int),
    "number": ("tranid", "string", str),
    "day": ("trandate", "date", date.fromisoformat),
    "total": ("foreigntotal", "number", money),
    "changed_at": ("lastmodifieddate", "timestamp", pacific),
}
STAFF = {
    "id": ("Workday_ID", "string", str),
    "name": ("Full_Name", "string", str),
    "manager": ("Is_Manager", "boolean", bool),
    "hired": ("Hire_Date", "date", date.fromisoformat),
    "pay": ("Annual_Base_Pay", "number", money),
    "changed_at": ("Last_Functionally_Updated", "timestamp", lambda v: datetime.fromisoformat(v).astimezone(UTC)),
}
COMPANIES = {
    "id": ("Gsid", "string", str),
    "name": ("Name", "string", str),
    "arr": ("Arr", "number", money),
    "months": ("Customer_Lifetime_in_Months", "integer", int),
    "changed": ("ModifiedDate", "integer", int),
}
FIELDS = {"Workday_ID": "workdayID", "Last_Functionally_Updated": "lastFunctionallyUpdated"}


def table(name, stream, columns):
    properties = "\n".join(
        f"      - {{name: {n}, physicalName: {p}, logicalType: {t}"
        + (", primaryKey: true, required: true" if n == "id" else "")
        + (", physicalType: 'decimal(18,2)'" if t == "number" else "")
        + "}"
        for n, (p, t, _) in columns.items()
    )
    return f"  - name: {name}\n    customProperties: [{{property: weft.stream, value: {stream}}}]\n    properties:\n{properties}\n"


def field(name):
    """What the ledger calls a column of the report."""
    words = name.split("_")
    return FIELDS.get(name) or words[0].lower() + "".join(words[1:])


def true(truth, columns, named=lambda name: name):
    found = (
        {n: None if row[named(p)] is None else of(row[named(p)]) for n, (p, _, of) in columns.items()}
        for row in truth.values()
    )
    return {row["id"]: row for row in found}


def test_products_follow_three_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock("2026-03-08T08:00:00Z")  # the day on which Los Angeles puts its clocks forward
    erp, hr, cs = NETSUITE(clock=clock, seed=3), WORKDAY(clock=clock, seed=3), GAINSIGHT(clock=clock, seed=3)
    erp.login.certificate = Key("ES256")
    erp.objects, hr.objects, cs.objects = ("transaction",), ("worker",), ("company",)
    for vendor in (erp, hr, cs):
        vendor.churn(60)
    secrets = {
        "CLIENT": erp.login.client,
        "PEM": erp.login.certificate.pem,
        "PASSWORD": hr.login.password,
        "KEY": cs.access_key,
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    with serving(erp, hr, cs):
        sources = (
            source(
                "erp",
                f"connector: netsuite\nconfig: {{account: '1234567', url: '{erp.url}', client_id: secret://env/CLIENT, "
                f"certificate_id: {erp.login.kid}, private_key: secret://env/PEM, algorithm: ES256, privateNetwork: true}}\n",
            ),
            source(
                "hr",
                f"connector: workday\nconfig: {{url: '{hr.url}', tenant: messy, flow: basic, user: {hr.login.user}, "
                "password: secret://env/PASSWORD, privateNetwork: true, "
                "reports: [{name: staff, owner: ISU_Weave, report: Workers, key: Workday_ID}]}\n",
            ),
            source(
                "cs",
                f"connector: gainsight\nconfig: {{url: '{cs.url}', access_key: secret://env/KEY, privateNetwork: true}}\n",
            ),
        )
        contract = "schema:\n" + table("bills", "erp.transaction", BILLS) + table("staff", "hr.staff", STAFF)
        contract += table("companies", "cs.company", COMPANIES)
        ports = ("stream:erp.transaction", "stream:hr.staff", "stream:cs.company")
        merged = {**BASE, **product("suite", contract, reads=ports)}
        for one in sources:
            merged |= one
        write(tmp_path, merged)
        world = open_world(tmp_path, user=ADA, clock=Together(clock))
        reapply(world)
        for _ in range(3):
            (done,) = run(world)
            assert [t.state for t in done.tables] == ["published"] * 3, done
            for name, truth, columns, named in (
                ("bills", erp.ledger.truth("transaction"), BILLS, str),
                ("staff", hr.ledger.truth("worker"), STAFF, field),
                ("companies", cs.ledger.truth("company"), COMPANIES, str),
            ):
                held = {row["id"]: row for row in rows(world, f"FROM d.suite.{name}")}
                assert held == true(truth, columns, named), name
            for vendor in (erp, hr, cs):
                vendor.churn(20)
        world.close()
