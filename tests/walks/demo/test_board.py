"""The board of Messy, Inc.: each KPI, each point of its trend and each part, against the silos' files and Python alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from xml.etree import ElementTree as ET

import pytest

from walks.demo.reading import comma, german, leads, machines, netsuite, parquet, salesforce, snapshots, spend, taken
from walks.mesh import rows
from weft.flow.views.board import board
from weft.flow.views.metric import metric
from weft.flow.views.viewer import Viewer
from weft.metrics import start

TODAY = date(2026, 10, 1)
OLGA = Viewer(actor="olga@messy.example", purpose="reporting")


def month(day):
    return start("month", day)


def quarter(day):
    return start("quarter", day)


def ratios(upper, lower):
    return {key: float(upper[key]) / float(lower[key]) for key in lower if lower[key]}


@pytest.fixture(scope="module")
def forecasts(messy):
    """Forecast of each quarter by the day that it was seen on, and what it won."""
    days = sorted({date.fromisoformat(s["SnapshotDate__c"]) for s in snapshots(messy)})
    quarters = sorted({quarter(day) for day in (*days, TODAY)})
    edges = [day for q in quarters for day in (q, quarter(q + timedelta(days=100)) - timedelta(days=1))]
    wanted = {edge: max((day for day in days if day <= edge), default=None) for edge in edges}
    won = [
        (date.fromisoformat(o["CloseDate"]), Decimal(o["Amount"]))
        for o in taken(salesforce(messy, "Opportunity"))
        if o["IsWon"] == "true"
    ]
    seen = defaultdict(Decimal)
    for s in snapshots(messy):
        day = date.fromisoformat(s["SnapshotDate__c"])
        if day in wanted.values() and not s["StageName"].startswith("Closed"):
            seen[day, quarter(date.fromisoformat(s["CloseDate"]))] += Decimal(s["Amount"]) * int(s["Probability"]) / 100
    for day in set(wanted.values()) - {None}:
        for q in quarters:
            seen[day, q] += sum(amount for closed, amount in won if quarter(closed) == q and closed < day)
    total = defaultdict(Decimal)
    for closed, amount in won:
        total[quarter(closed)] += amount
    first = {q: seen[wanted[q], q] for q in quarters if wanted[q]}
    last = {q: seen[wanted[quarter(q + timedelta(days=100)) - timedelta(days=1)], q] for q in quarters}
    return first, last, total


def sales_forecast(messy, forecasts):
    return {(q, ""): float(value) for q, value in forecasts[1].items()}


def forecast_accuracy(messy, forecasts):
    first, _, won = forecasts
    return {(q, ""): float(100 * (1 - abs(f - won[q]) / won[q])) for q, f in first.items() if won[q]}


def retention(messy, kept):
    arr = {(h["Gsid"], h["SnapshotMonth"]): h["Arr"] for h in parquet(messy, "company_history")}
    before, after = Counter(), Counter()
    for (company, then), paid in arr.items():
        now = then.replace(year=then.year + 1)
        if paid > 0 and (company, now) in arr:
            before[now, ""] += paid
            after[now, ""] += 100 * kept(paid, arr[company, now])
    return ratios(after, before)


def net_retention(messy, _):
    return retention(messy, lambda _, now: now)


def gross_retention(messy, _):
    return retention(messy, min)


def customer_health(messy, _):
    weighed, arr = Counter(), Counter()
    for h in parquet(messy, "company_history"):
        if h["Score"] is not None:
            weighed[h["SnapshotMonth"], ""] += h["Score"] * h["Arr"]
            arr[h["SnapshotMonth"], ""] += h["Arr"]
    return ratios(weighed, arr)


def _number(account):
    return account["NumberOfEmployees"].isdigit()


def arr_at_risk(messy, _):
    accounts = salesforce(messy, "Account")
    country = {a["Id"]: a["BillingCountry"] for a in accounts if len(a["BillingCountry"]) == 2 and _number(a)}
    found = Counter()
    for c in parquet(messy, "company"):
        if c["CurrentScore"] is not None and c["CurrentScore"] < 50:
            found[None, ""] += float(c["Arr"])
            found[None, country.get(c["SfdcAccountId"])] += float(c["Arr"])
    return found


def gross_margin(messy, _):
    kinds = {a["id"]: a["accttype"] for a in netsuite(messy, "account.psv")}
    classes = {i["id"]: i["class"] for i in netsuite(messy, "item.psv")}
    closed = {p["id"]: german(p["startdate"]) for p in netsuite(messy, "accountingperiod.psv") if p["closed"] == "T"}
    ours = {c["id"] for c in netsuite(messy, "customer.psv") if c["isintercompany"] == "T"}
    items = {(x["transaction"], x["id"]): x["item"] for x in netsuite(messy, "transactionline.psv")}
    good = {
        t["id"]: closed[t["postingperiod"]]
        for t in netsuite(messy, "transaction-*.psv")
        if t["posting"] == "T" and t["postingperiod"] in closed and t["entity"] not in ours and german(t["trandate"])
    }
    margin, revenue = defaultdict(Decimal), defaultdict(Decimal)
    for p in netsuite(messy, "transactionaccountingline.psv"):
        amount, kind = comma(p["amount"]), kinds[p["account"]]
        if p["transaction"] not in good or p["posting"] != "T" or amount is None:
            continue
        for part in ("", classes[items[p["transaction"], p["transactionline"]]]):
            key = good[p["transaction"]], part
            revenue[key] += amount if kind == "Income" else 0
            margin[key] += 100 * (amount if kind == "Income" else -amount if kind == "COGS" else 0)
    return ratios(margin, revenue)


def releases(messy):
    """(project, day of the release, days late, days since the release before it in its project)."""
    promised, released, last = {}, {}, {}
    for path in sorted((messy.silos / "exports" / "product").glob("versions-*.xml")):
        for version in ET.parse(path).getroot():
            day = date.fromisoformat(version.findtext("releaseDate"))
            promised.setdefault(version.get("id"), day)
            if version.findtext("released") == "true":
                released[version.get("id")] = version.findtext("project"), day
    for number, (project, day) in sorted(released.items(), key=lambda item: (item[1][1], item[0])):
        yield project, day, (day - promised[number]).days, (day - last[project]).days if project in last else None
        last[project] = day


def releases_on_time(messy, _):
    late, every = Counter(), Counter()
    for project, day, days, _ in releases(messy):
        for part in ("", project):
            every[quarter(day), part] += 1
            late[quarter(day), part] += 100 * (days <= 0)
    return ratios(late, every)


def release_cadence(messy, _):
    found = defaultdict(list)
    for _, day, _, since in releases(messy):
        if since is not None:
            found[quarter(day), ""].append(since)
    return {key: float(median(days)) for key, days in found.items()}


def cohorts(messy):
    """MQLs and SQLs by the month of the first step and the source."""
    mqls, sqls = Counter(), Counter()
    for source, mql, sql in leads(messy):
        if mql:
            key = month(date.fromisoformat(mql[:10])), source
            mqls[key] += 1
            sqls[key] += sql is not None
    return mqls, sqls


def summed(counter):
    found = Counter(counter)
    for (day, _), value in counter.items():
        found[day, ""] += value
    return found


def mql_to_sql(messy, _):
    mqls, sqls = cohorts(messy)
    return {key: 100 * value for key, value in ratios(summed(sqls), summed(mqls)).items()}


def cost_per_lead(messy, _):
    mqls, _ = cohorts(messy)
    cost = defaultdict(Decimal)
    for s in spend(messy):
        cost[month(date.fromisoformat(s["date"])), s["campaign"].partition("/")[0]] += Decimal(s["spend"])
    paid = {key: n for key, n in mqls.items() if cost[key] > 0}
    return ratios(summed({key: float(cost[key]) for key in paid}), summed(paid))


def oee(messy, _):
    cycle = {
        a: (line, ideal) for a, line, ideal in machines(messy, "SELECT asset_id, line, ideal_cycle_s FROM machine")
    }
    planned, total, good, ideal = Counter(), Counter(), Counter(), Counter()
    for asset, state, begun, end in machines(messy, "SELECT asset_id, state, start_utc, end_utc FROM event"):
        seconds = int((datetime.fromisoformat(end) - datetime.fromisoformat(begun)).total_seconds())
        if state != "OFF":
            planned[date.fromisoformat(begun[:7] + "-01"), cycle[asset][0]] += seconds
    for asset, begun, made, fine in machines(
        messy, "SELECT asset_id, shift_start_utc, total_count, good_count FROM production_count"
    ):
        if made >= 0:
            key = date.fromisoformat(begun[:7] + "-01"), cycle[asset][0]
            total[key] += made
            good[key] += fine
            ideal[key] += made * cycle[asset][1]
    planned, total, good, ideal = map(summed, (planned, total, good, ideal))
    return {key: 100 * ideal[key] * good[key] / total[key] / n for key, n in planned.items() if total[key]}


KPIS = {
    f.__name__.replace("_", "-"): f
    for f in (
        sales_forecast, forecast_accuracy, net_retention, gross_retention, customer_health, arr_at_risk, gross_margin,
        releases_on_time, release_cadence, mql_to_sql, cost_per_lead, oee,
    )
}  # fmt: skip
LEADS = {"sales-forecast": "2026-10-01", "gross-margin": "2026-08-01", "mql-to-sql": "2026-07-01", "arr-at-risk": ""}
"""What leads where it is not the last whole quarter or month: now, the last closed one, the youngest ripe cohort."""


@pytest.fixture(scope="module")
def shown(messy):
    return {tile.metric: tile for tile in board(messy.world, OLGA, "company").tiles}


@pytest.mark.parametrize("name", KPIS)
def test_every_figure_is_that_of_the_silos(messy, shown, forecasts, name):
    tile = shown[name]
    expected = KPIS[name](messy, forecasts)
    assert (tile.denied, tile.error) == ("", "")
    found = {date.fromisoformat(p.period): p.value for p in tile.points if p.value is not None}
    assert len(found) >= (0 if name == "arr-at-risk" else 8)
    assert found == {day: pytest.approx(expected[day, ""], rel=1e-9) for day in found}
    first = min(found, default=TODAY)
    assert set(found) == {day for day, part in expected if part == "" and day and first <= day <= TODAY}
    assert tile.now.period == LEADS.get(name, "2026-07-01" if tile.grain == "quarter" else "2026-09-01")
    period = date.fromisoformat(tile.now.period) if tile.now.period else None
    assert tile.now.value == pytest.approx(expected[period, ""], rel=1e-9)
    parts = {part.name: part.value for part in tile.parts if part.value is not None}
    own = {part: value for (day, part), value in expected.items() if part != "" and day == period}
    assert parts == {part: pytest.approx(value, rel=1e-9) for part, value in own.items()}


def test_the_board_shows_them_all(messy, shown):
    assert set(shown) == set(KPIS)
    assert {name: tile.trust for name, tile in shown.items() if tile.trust == "bad"} == {}
    for tile in shown.values():
        assert tile.owner_name and tile.description and tile.target is not None
        assert tile.state in ("good", "watch", "bad")
        assert all(g.fresh and g.published for g in tile.grounds)
    assert "machines are never silent" in shown["oee"].grounds[0].failed
    assert {tile.metric: tile.behind for tile in shown.values() if tile.behind} == {"gross-margin": 1}
    assert not shown["sales-forecast"].now.whole and shown["sales-forecast"].now.seen == "2026-09-30"
    assert [p.whole for p in shown["mql-to-sql"].points[-3:]] == [True, False, False]


def test_the_way_back_gives_the_rows_behind_the_value(messy):
    for name in ("gross-margin", "forecast-accuracy", "arr-at-risk"):
        view = metric(messy.world, OLGA, name)
        assert view.tile.now.rows == sum(len(rows(messy.world, b.sql, OLGA.actor)) for b in view.behind)
    margin = metric(messy.world, OLGA, "gross-margin")
    assert margin.upstream[0] == "finance.margin.monthly_margin"
    assert {"finance.ledger.postings", "stream:finance.netsuite.postings"} <= set(margin.upstream)
    assert margin.used == ("board:company",)
    found = {str(r["period"]): r["value"] for r in rows(messy.world, margin.sql, OLGA.actor)}
    assert found.items() >= {p.period: p.value for p in margin.tile.points}.items()


def test_two_people_see_their_own_truth(messy):
    """Noor sees no customer outside of her countries, which are none; Ashi left; each tile says so."""
    ines, noor, ashi = (
        {t.metric: t for t in board(messy.world, Viewer(actor=f"{who}@messy.example"), "company").tiles}
        for who in ("ines", "noor", "ashi")
    )
    assert ines["arr-at-risk"].now.value > noor["arr-at-risk"].now.value
    assert (ines["arr-at-risk"].grounds[0].filtered, noor["arr-at-risk"].grounds[0].filtered) == (False, True)
    assert (ines["arr-at-risk"].trust, noor["arr-at-risk"].trust) == ("good", "watch")
    assert ines["oee"].now == noor["oee"].now
    assert all(t.denied and "Ask " in t.hint and t.now is None and not t.points for t in ashi.values())
    assert "greta@messy.example" in ashi["oee"].hint
