"""Figures of the products, computed again from the silos' files with Python alone, and compared with what weft answers."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from xml.etree import ElementTree as ET

import pytest

from walks.demo.reading import (
    comma,
    german,
    leads,
    machines,
    netsuite,
    parquet,
    salesforce,
    sheet,
    snapshots,
    spend,
    taken,
    workers,
)
from walks.mesh import rows

OLGA = "olga@messy.example"


def ask(messy, sql, actor=OLGA):
    """The rows of the answer as tuples."""
    return [tuple(row.values()) for row in rows(messy.world, sql, actor, "reporting")]


# -- sales


def test_won_amount_of_each_seller(messy):
    employees = {u["Id"]: u["EmployeeNumber"] for u in salesforce(messy, "User")}
    known = workers(messy)
    won = defaultdict(Decimal)
    for o in taken(salesforce(messy, "Opportunity")):
        number = employees[o["OwnerId"]]
        if o["IsWon"] == "true" and o["CloseDate"].startswith("2026") and number in known:
            won[known[number]["Legal_Name"]] += Decimal(o["Amount"])
    found = ask(messy, "SELECT seller, won_amount FROM sales.forecast.sellers WHERE year = 2026 AND won_deals > 0")
    assert len(won) > 30
    assert dict(found) == dict(won)


@pytest.mark.parametrize("day", ["2025-09-01", "2026-09-01"])
def test_forecast_of_a_quarter_as_of_a_day(messy, day):
    quarter = {"2025-09-01": ("2025-07", "2025-08", "2025-09"), "2026-09-01": ("2026-07", "2026-08", "2026-09")}[day]
    weighted = sum(
        Decimal(s["Amount"]) * int(s["Probability"]) / 100
        for s in snapshots(messy)
        if s["SnapshotDate__c"] == day and s["CloseDate"][:7] in quarter and not s["StageName"].startswith("Closed")
    )
    closed = sum(
        Decimal(o["Amount"])
        for o in taken(salesforce(messy, "Opportunity"))
        if o["IsWon"] == "true" and o["CloseDate"][:7] in quarter and o["CloseDate"] < day
    )
    sql = f"SELECT closed_amount, forecast FROM sales.forecast.quarterly_forecast WHERE snapshot_date = DATE '{day}' AND quarter = DATE '{quarter[0]}-01'"
    ((found_closed, found),) = ask(messy, sql)
    assert found_closed == closed > 0
    assert abs(found - (closed + weighted)) <= Decimal("0.01")


def test_win_rate_by_source(messy):
    closed, won = Counter(), Counter()
    for o in taken(salesforce(messy, "Opportunity")):
        if o["IsClosed"] == "true":
            closed[o["LeadSource"]] += 1
            won[o["LeadSource"]] += o["IsWon"] == "true"
    sql = "SELECT lead_source, count(*), count(*) FILTER (WHERE is_won) FROM sales.pipeline.opportunities WHERE is_closed GROUP BY 1"
    assert sorted(ask(messy, sql)) == sorted((s, n, won[s]) for s, n in closed.items())


# -- marketing


def test_mql_to_sql_by_source(messy):
    mqls, sqls = Counter(), Counter()
    for source, mql, sql in leads(messy):
        mqls[source] += mql is not None
        sqls[source] += mql is not None and sql is not None
    found = ask(messy, "SELECT source, sum(mqls), sum(sqls) FROM marketing.funnel.cohorts GROUP BY 1")
    assert sorted(found) == sorted((s, n, sqls[s]) for s, n in mqls.items())
    assert sum(sqls.values()) > 1000


def test_cost_per_lead_of_a_year(messy):
    cost = sum(
        Decimal(s["spend"])
        for s in spend(messy)
        if s["date"][:4] == "2025" and s["campaign"].startswith("PAID_SEARCH/")
    )
    count = sum(1 for source, mql, _ in leads(messy) if source == "PAID_SEARCH" and (mql or "").startswith("2025"))
    sql = (
        "SELECT sum(spend), sum(mqls) FROM marketing.funnel.cohorts WHERE source = 'PAID_SEARCH' AND year(month) = 2025"
    )
    assert ask(messy, sql) == [(cost, count)]


def test_who_is_known_to_both_systems_though_addresses_are_hashed(messy):
    contacts = {c["Email"] for c in salesforce(messy, "Contact") if "@" in c["Email"]}
    both = 0
    for path in sorted((messy.silos / "hubspot").glob("contacts-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            p = json.loads(line)["properties"]
            mql = p["hs_lifecyclestage_marketingqualifiedlead_date"]
            both += bool(mql) and p["hubspotscore"] != "N/A" and p["email"] in contacts
    assert ask(messy, "SELECT sum(known_to_sales) FROM marketing.funnel.cohorts") == [(both,)]


# -- product


def test_releases_on_time(messy):
    promised, released = {}, {}
    for path in sorted((messy.silos / "exports" / "product").glob("versions-*.xml")):
        for version in ET.parse(path).getroot():
            day = date.fromisoformat(version.findtext("releaseDate"))
            promised.setdefault(version.get("id"), day)
            if version.findtext("released") == "true":
                released[version.get("id")] = day
    late = [(released[v] - promised[v]).days for v in released]
    sql = "SELECT count(*), count(*) FILTER (WHERE days_late <= 0), median(days_late) FROM product.delivery.punctuality WHERE released_on IS NOT NULL"
    assert ask(messy, sql) == [(len(late), sum(d <= 0 for d in late), median(late))]
    assert 0 < sum(d <= 0 for d in late) < len(late)


def issues(messy):
    for line in (messy.silos / "atlassian" / "issues.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["fields"]


def test_open_issues_of_accounts(messy):
    waiting = Counter(
        f["customfield_10042"] for f in issues(messy) if f["customfield_10042"] and f["status"]["name"] != "Done"
    )
    found = ask(messy, "SELECT account_id, open_issues FROM product.delivery.account_issues WHERE open_issues > 0")
    assert dict(found) == dict(waiting)


# -- finance


def test_gross_margin_of_closed_months(messy):
    kinds = {a["id"]: a["accttype"] for a in netsuite(messy, "account.psv")}
    classes = {i["id"]: i["class"] for i in netsuite(messy, "item.psv")}
    closed = {
        p["id"]
        for p in netsuite(messy, "accountingperiod.psv")
        if p["closed"] == "T" and p["startdate"].endswith(".2026")
    }
    ours = {c["id"] for c in netsuite(messy, "customer.psv") if c["isintercompany"] == "T"}
    items = {(x["transaction"], x["id"]): x["item"] for x in netsuite(messy, "transactionline.psv")}
    good = {
        t["id"]
        for t in netsuite(messy, "transaction-*.psv")
        if t["posting"] == "T" and t["postingperiod"] in closed and t["entity"] not in ours and german(t["trandate"])
    }
    sums = defaultdict(Decimal)
    for p in netsuite(messy, "transactionaccountingline.psv"):
        amount = comma(p["amount"])
        if p["transaction"] in good and p["posting"] == "T" and amount is not None:
            sums[classes[items[p["transaction"], p["transactionline"]]], kinds[p["account"]]] += amount
    sql = "SELECT class, sum(revenue), sum(cogs) FROM finance.margin.monthly_margin WHERE closed AND year(month) = 2026 GROUP BY 1"
    found = {row[0]: row[1:] for row in ask(messy, sql)}
    assert found == {c: (sums[c, "Income"], sums[c, "COGS"]) for c in ("Looms", "Parts", "Service")}
    assert all(0 < cogs < revenue for revenue, cogs in found.values())


def test_documents_keyed_in_after_their_period_was_closed(messy):
    documents = {t["id"]: t for t in netsuite(messy, "transaction-*.psv") if german(t["trandate"])}
    late = 0
    for t in documents.values():
        month = german(t["trandate"]).replace(day=28) + timedelta(days=4)
        late += german(t["createddate"]) > month - timedelta(days=month.day) + timedelta(days=12)
    (found,) = [f.amount for f in messy.story.found if (f.kind, f.about) == ("late", "finance.ledger.transactions")]
    assert found == late > 0


# -- success


def test_net_and_gross_retention(messy):
    arr = {(h["Gsid"], h["SnapshotMonth"]): h["Arr"] for h in parquet(messy, "company_history")}
    then, now = date(2025, 9, 1), date(2026, 9, 1)
    cohort = [company for company, month in arr if month == then and arr[company, then] > 0]
    before, after = sum(arr[c, then] for c in cohort), sum(arr[c, now] for c in cohort)
    kept = sum(min(arr[c, then], arr[c, now]) for c in cohort)
    stay = sum(arr[c, now] > 0 for c in cohort)
    sql = "SELECT customers_then, customers_now, arr_then, arr_now, arr_kept FROM success.retention.monthly_retention WHERE month = DATE '2026-09-01'"
    assert ask(messy, sql) == [(len(cohort), stay, before, after, kept)]
    assert kept < after and stay < len(cohort)


def test_net_promoters(messy):
    scores = [s["Score"] for s in parquet(messy, "nps_response") if s["RespondedOn"].year == 2026 and s["Score"] <= 10]
    sql = "SELECT count(*), count(*) FILTER (WHERE score >= 9), count(*) FILTER (WHERE score <= 6) FROM success.customers.surveys WHERE year(responded_on) = 2026"
    assert ask(messy, sql) == [(len(scores), sum(s >= 9 for s in scores), sum(s <= 6 for s in scores))]


def test_hours_of_the_last_thirty_days(messy):
    hours = sum(u["LoomHours"] for u in parquet(messy, "usage-2026") if u["Date"] > date(2026, 8, 31))
    assert ask(messy, "SELECT sum(loom_hours_30d) FROM success.health.accounts") == [(hours,)]


def test_revenue_in_the_health_of_customers(messy):
    """NetSuite's revenue arrives where Gainsight spells the account as NetSuite does."""
    spelt = {c["SfdcAccountId"] for c in parquet(messy, "company")}
    revenue = dict(ask(messy, "SELECT account_id, revenue FROM finance.margin.customer_revenue WHERE year = 2026"))
    found = dict(ask(messy, "SELECT account_id, revenue_2026 FROM success.health.accounts WHERE revenue_2026 > 0"))
    found.pop(None, None)  # customers whose account Salesforce does not have
    assert sum(revenue.values()) > sum(found.values()) > 0
    assert found.items() <= {a: r for a, r in revenue.items() if a in spelt}.items()
    assert ask(messy, "SELECT sum(revenue_2026) FROM success.health.accounts") == [
        (sum(r for a, r in revenue.items() if a in spelt),)
    ]


# -- people


def test_capacity_of_a_month(messy):
    first = date(2026, 7, 1)
    there = workers(messy)
    heads, fte, away = Counter(), defaultdict(Decimal), defaultdict(Decimal)
    for w in there.values():
        gone = w["Termination_Date"]
        if w["Hire_Date"].date() <= first and (gone is None or gone.date() >= first):
            heads[w["Supervisory_Organization"]] += 1
            fte[w["Supervisory_Organization"]] += Decimal(str(w["FTE"]))
    for t in sheet(messy, "Time_Off.xlsx", "Time Off", 0):
        if t["Time_Off_Date"].date().replace(day=1) == first and t["Employee_ID"] in there:
            away[there[t["Employee_ID"]]["Supervisory_Organization"]] += Decimal(t["Units"]) / 8
    sql = (
        "SELECT department, heads, fte, days_away FROM people.capacity.monthly_capacity WHERE month = DATE '2026-07-01'"
    )
    assert sorted(ask(messy, sql)) == sorted((d, n, fte[d], away[d]) for d, n in heads.items())


# -- manufacturing


def test_oee_of_a_line_in_a_month(messy):
    cycle = {
        asset: (line, ideal)
        for asset, line, ideal in machines(messy, "SELECT asset_id, line, ideal_cycle_s FROM machine")
    }
    seconds = Counter()
    for asset, state, start, end in machines(messy, "SELECT asset_id, state, start_utc, end_utc FROM event"):
        if cycle[asset][0] == "Line B" and start.startswith("2026-03"):
            seconds[state] += int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    total = good = ideal = 0
    for asset, start, made, fine in machines(
        messy, "SELECT asset_id, shift_start_utc, total_count, good_count FROM production_count"
    ):
        if cycle[asset][0] == "Line B" and start.startswith("2026-03") and made >= 0:
            total, good, ideal = total + made, good + fine, ideal + made * cycle[asset][1]
    planned = sum(n for state, n in seconds.items() if state != "OFF")
    sql = (
        "SELECT sum(planned_s), sum(run_s), sum(ideal_s), sum(total_count), sum(good_count) FROM manufacturing.oee.daily"
        " WHERE line = 'Line B' AND day BETWEEN DATE '2026-03-01' AND DATE '2026-03-31'"
    )
    assert ask(messy, sql) == [(planned, seconds["RUN"], ideal, total, good)]
    assert 0.5 < good * ideal / total / planned < 1


def test_planned_stops_are_what_machines_did_not_run_for(messy):
    ((minutes,),) = machines(messy, "SELECT sum(minutes) FROM planned_stop")
    off = 0
    for start, end in machines(messy, "SELECT start_utc, end_utc FROM event WHERE state = 'OFF'"):
        off += (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 60
    assert ask(messy, "SELECT sum(minutes) FROM manufacturing.machines.planned_stops") == [(minutes,)]
    assert minutes == off
