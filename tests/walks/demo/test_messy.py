"""Messy, Inc. itself: the same each time, complete documents, dirt that is found, rules that hold."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json

import pytest

from walks.demo.test_figures import machines, netsuite, parquet, salesforce, sheet, snapshots
from walks.mesh import reapply, rows
from walks.terminal import weft
from weft.demo import PEOPLE, QUESTION, build
from weft.demo.silos import last_night, make
from weft.errors import Denied
from weft.flow.run import run
from weft.mesh.open import KNOWN

DOMAINS = {"sales", "marketing", "product", "people", "success", "finance", "manufacturing"}


def _digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


class Shown:
    """Progress, to be looked at."""

    def __init__(self):
        self.told = []

    def start(self, name, total=None):
        self.told.append((name, total))

    def step(self, name, amount=1, text=""):
        self.told.append((name, text))

    def done(self, name, text=""):
        self.told.append((name, "done"))


def test_the_generator_makes_the_same_bytes_each_time_and_shows_how_far_it_is(messy, tmp_path):
    shown = Shown()
    make(tmp_path, shown)
    begun, *steps, done = shown.told
    assert (begun, done) == (("silos", 7), ("silos", "done"))
    assert {name for _, name in steps} == {p.name for p in tmp_path.iterdir()} - {"exports"}
    assert not (tmp_path / "hubspot" / "ad_spend-2026-10-01.json").exists()
    last_night(tmp_path)
    there = _digests(messy.silos)
    assert _digests(tmp_path) == there
    assert len(there) > 80


def test_how_much_there_is(messy):
    assert sum(messy.story.rows.values()) >= 300_000
    assert {name.partition(".")[0] for name in messy.story.rows} == DOMAINS
    assert len({s["SnapshotDate__c"] for s in snapshots(messy)}) == 1096  # three years, each day


def test_every_domain_has_owners_and_two_products(messy):
    known = messy.story.known
    assert set(known.domains) == DOMAINS
    for name, domain in known.domains.items():
        assert domain.owner in known.people and domain.stewards and domain.purpose
        assert sum(p.startswith(f"{name}.") for p in known.products) >= 2
        assert any(p.domain == name for p in (*known.policies, *known.grants)), name
    assert sum(not p.domain for p in known.policies) >= 3


def test_contracts_are_complete(messy):
    for contract in messy.story.known.contracts.values():
        assert contract.purpose and contract.usage and contract.limitations and contract.name
        assert contract.price and contract.roles and contract.team
        assert {s.property for s in contract.sla} >= {"frequency", "freshness", "retention"}
        for table in contract.tables:
            assert table.description and table.business_name and table.rules, table.name
            assert all(p.description and p.business_name for p in table.properties), table.name
    for product in messy.story.known.products.values():
        assert product.purpose and product.usage and product.limitations


def test_derived_products_join_silos(messy):
    known = messy.story.known
    inputs = {str(p.name): {n.domain for n in p.shape.inputs} for p in known.placed if p.shape.kind == "derived"}
    assert inputs["success.health.accounts"] == {"success", "sales", "finance", "product"}
    assert sum(len(domains) > 1 for domains in inputs.values()) >= 3


def found(messy, kind, about):
    (one,) = [f for f in messy.story.found if (f.kind, f.about) == (kind, about)]
    return one.amount


def test_every_run_ended_well_but_the_one_of_the_night(messy):
    *first, night = messy.story.runs
    assert {one.state for one in first} == {"succeeded"}
    assert (night.product, night.state) == ("marketing.spend", "held")


def test_what_is_quarantined_is_what_is_wrong_in_the_files(messy):
    bad = [
        a for a in salesforce(messy, "Account") if len(a["BillingCountry"]) != 2 or a["NumberOfEmployees"] == "unknown"
    ]
    assert found(messy, "quarantined", "sales.crm.accounts") == len(bad) > 0
    assert found(messy, "quarantined", "finance.ledger.postings") == sum(
        p["amount"] == "#REF" for p in netsuite(messy, "transactionaccountingline.psv")
    )
    assert found(messy, "quarantined", "people.staff.workers") == sum(
        w["Total_Base_Pay"] == "tbd" for w in sheet(messy, "Workers.xlsx", "Worker Details", 2)
    )
    assert found(messy, "quarantined", "success.customers.surveys") == sum(
        s["Score"] > 10 for s in parquet(messy, "nps_response")
    )
    assert (
        found(messy, "quarantined", "manufacturing.machines.counts")
        == machines(messy, "SELECT count(*) FROM production_count WHERE total_count < 0")[0][0]
    )


def test_misspelt_references_are_counted(messy):
    names = {i["displayname"] for i in netsuite(messy, "item.psv")}
    lines = salesforce(messy, "OpportunityLineItem")
    assert (
        found(messy, "unmatched", "sales.pipeline.line_items") == sum(x["ProductName"] not in names for x in lines) > 0
    )
    numbers = {
        w["Employee_ID"] for w in sheet(messy, "Workers.xlsx", "Worker Details", 2) if w["Total_Base_Pay"] != "tbd"
    }
    users = salesforce(messy, "User")
    assert found(messy, "unmatched", "sales.crm.users") == sum(u["EmployeeNumber"] not in numbers for u in users) > 0


def test_repeated_rows_are_counted(messy):
    with (messy.silos / "salesforce" / "Opportunity.csv").open(encoding="utf-8") as file:
        good = [row["Id"] for row in csv.DictReader(file) if row["Amount"] != "tbd"]
    assert found(messy, "repeated", "sales.pipeline.opportunities") == len(good) - len(set(good)) > 0


def test_late_and_missing_events_are_told(messy):
    late = machines(messy, "SELECT count(*) FROM event WHERE julianday(received_utc) - julianday(end_utc) > 1")
    assert found(messy, "late", "manufacturing.machines.events") == late[0][0] > 0
    silent = machines(messy, "SELECT count(*) FROM event WHERE start_utc BETWEEN '2026-05-12' AND '2026-05-14'")
    assert silent == [(0,)]
    assert found(messy, "silent", "manufacturing.oee.daily") == 2


def test_drift_and_the_unclaimed_table_are_told(messy):
    told = {(f.kind, f.about): f.text for f in messy.story.found}
    drifted = told["drifted", "sales.snapshots.opportunity_snapshots"]
    assert "'Next_Step__c' is new" in drifted and "'NextStep' is missing" in drifted
    assert ("drifted", "success.usage.daily_usage") in told
    assert ("unclaimed", "manufacturing.mes.ashi_calibration_v2_final") in told
    assert [f.about for f in messy.story.found if f.kind == "unclaimed"] == [
        "manufacturing.mes.ashi_calibration_v2_final"
    ]


def test_readers_keep_what_they_had_when_the_night_is_held(messy):
    night = json.loads((messy.silos / "exports" / "marketing" / "ad_spend-2026-10-01.json").read_text())
    assert len(night) == 6
    sql = "SELECT count(*) AS n, max(spend) AS most FROM marketing.spend.ad_spend WHERE day = DATE '2026-09-30'"
    (seen,) = rows(messy.world, sql, "mia@messy.example")
    assert seen["n"] == 6
    assert seen["most"] < min(float(n["spend"]) for n in night)


def test_two_people_ask_and_see_what_they_may(messy):
    sam, paula = (rows(messy.world, QUESTION, who, "reporting") for who in PEOPLE)
    assert [r["won_amount"] for r in sam] == [r["won_amount"] for r in paula]
    assert {r["base_pay"] for r in sam} == {None} and all(len(r["email"]) == 64 for r in sam)
    numbers = {w["Email_-_Work"]: w["Total_Base_Pay"] for w in sheet(messy, "Workers.xlsx", "Worker Details", 2)}
    assert all(str(int(r["base_pay"])) == numbers[r["email"]] for r in paula)


@pytest.mark.parametrize(
    ("who", "sql", "seen"),
    [
        ("noor@messy.example", "SELECT count(DISTINCT country) AS n FROM success.health.accounts", 3),
        ("ines@messy.example", "SELECT count(DISTINCT country) AS n FROM success.health.accounts", 8),
        ("mia@messy.example", "SELECT min(year(start_utc)) AS n FROM manufacturing.machines.events", 2025),
        ("greta@messy.example", "SELECT min(year(start_utc)) AS n FROM manufacturing.machines.events", 2023),
        ("sam@messy.example", "SELECT count(score) AS n FROM marketing.leads.contacts", 0),
    ],
)
def test_policies_of_domains_hold(messy, who, sql, seen):
    assert [r["n"] for r in rows(messy.world, sql, who, "reporting")] == [seen]


def test_postings_are_denied_outside_of_finance_and_their_sums_are_not(messy):
    with pytest.raises(Denied, match=r"finance\.margin has the sums"):
        rows(messy.world, "SELECT * FROM finance.ledger.postings", "sam@messy.example")
    assert rows(messy.world, "SELECT count(*) AS n FROM finance.ledger.postings", "felix@messy.example")[0]["n"] > 0
    assert (
        rows(messy.world, "SELECT sum(revenue) AS n FROM finance.margin.monthly_margin", "sam@messy.example")[0]["n"]
        > 0
    )


def test_policies_hold_their_own_examples(messy):
    done = weft(messy.world.folder, "policy", "test")
    assert done.code == 0, done
    assert done.out.rstrip().endswith("examples, 0 failed")


def test_words_and_knowledge_are_kept(messy):
    known = messy.story.known
    assert {term.partition("/")[0] for term in known.glossary} == DOMAINS
    assert "Ashi" in known.products["manufacturing.machines"].custom["weft.knowledge"]["odd"]


def test_who_left_or_is_unknown_reads_nothing(messy):
    for who in ("ashi@messy.example", "eve@elsewhere.example"):
        with pytest.raises(Denied):
            rows(messy.world, "SELECT * FROM manufacturing.oee.daily", who)


def test_every_kind_of_connector_is_one_that_is_known(messy):
    assert {s.connector for s in messy.story.known.sources.values()} == {"files", "sql"}
    for source in messy.story.known.sources.values():
        assert KNOWN.build(source.connector, source.config)


def test_without_the_library_for_workbooks_that_silo_sends_csv(messy, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *more: None if name == "openpyxl" else find(name, *more)
    )
    world = build(tmp_path / "messy")
    reapply(world)
    run(world, ("people.staff",))
    counted = "SELECT count(*) AS n, sum(base_pay) AS pay, max(hired_on) AS newest FROM people.staff.workers"
    assert rows(world, counted, "paula@messy.example") == rows(messy.world, counted, "paula@messy.example")
    world.close()
