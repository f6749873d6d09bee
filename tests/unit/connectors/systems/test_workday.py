"""Workday against its simulator: what is held equals the ledger's truth, whatever happens between reads."""

from __future__ import annotations

from random import Random

import pytest

from held import Held, bad_day
from weft.errors import Invalid, Unavailable

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from served import reached, same, secrets
from simulated import built
from weft_vendors.core import Clock
from weft_vendors.workday import VENDOR as WORKDAY
from weft_vendors.workday.seen import visible
from weft_vendors.workday.times import zoned

FAULTS = ("429", "503", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "nan", "revoked")
SEEDS = 50
STREAMS = {
    "staff": ("worker", "Workday_ID"),
    "lines": ("journalLine", "Workday_ID"),
    "open_jobs": ("requisition", "Workday_ID"),
    "wql_allWorkers": ("worker", "workdayID"),
    "wql_jobRequisitions": ("requisition", "workdayID"),
    "workers": ("worker", "id"),
    "organizations": ("organization", "id"),
    "pay_slips": ("paySlip", "id"),
    "soap_requisitions": ("requisition", "id"),
    "soap_journals": ("journalLine", "id"),
}
UPDATED = {"updated_from": "Updated_From", "updated_through": "Updated_Through"}
REPORTS = [
    {"name": "staff", "owner": "ISU_Weave", "report": "Workers", "key": "Workday_ID"},
    {"name": "lines", "owner": "ISU_Weave", "report": "Journal_Lines", "key": "Workday_ID", **UPDATED},
    {"name": "open_jobs", "owner": "ISU_Weave", "report": "Requisitions", "key": "Workday_ID", **UPDATED},
]


def connector_of(tenant, **config):
    known = {"url": tenant.url, "tenant": "messy", "user": tenant.login.user, "client_id": tenant.login.client}
    known |= {"reports": REPORTS, "start_date": "2026-02-20T00:00:00Z"}
    return built("workday", **(known | secrets("client_secret", "refresh_token", "password") | config))


def zone(tenant):
    from zoneinfo import ZoneInfo

    return ZoneInfo(tenant.settings.zone)


def told(tenant, field, held, true):
    """Whether a column of a report, of WQL, REST or SOAP means the ledger's value."""
    if isinstance(held, dict):  # a reference or money
        held = held.get("id") or held.get("value") or (held.get("wd:ID") or {}).get("#text")
    if isinstance(held, list):
        held = [
            h.get("ID") or h.get("descriptor") or next(iter(h.values())) if isinstance(h, dict) else h for h in held
        ]
    if field.type == "bool":
        return str(held).lower() in {"1", "true"} if true else str(held).lower() in {"0", "false", "none"}
    if true is None or true == []:
        return held in (None, "", [])
    if field.type == "ts":
        return str(held) in {true, zoned(true, zone(tenant))} or held.isoformat() == true.replace("Z", "+00:00")
    if field.type == "date":
        return str(held)[:10] == true
    return same(held, true)


def column(held, field):
    """What the stream calls a field."""
    if held.stream in {"workers", "organizations", "pay_slips"} or held.stream.startswith("wql_"):
        return field.name
    if held.stream.startswith("soap_"):
        return f"wd:{field.alias}_Reference" if field.type == "ref" else f"wd:{field.alias}"
    return f"{field.alias}_WID" if field.type == "ref" else field.alias


def differences(tenant, held):
    """What is lost, too much, or has another value."""
    object_ = STREAMS[held.stream][0]
    tenant.settle()
    truth, rows = tenant.ledger.truth(object_), {key[0]: row for key, row in held.rows.items()}
    if held.stream == "pay_slips":
        truth = {i: r for i, r in truth.items() if r["worker"] in tenant.ledger.truth("worker")}
    wrong = [f"lost {i}" for i in truth.keys() - rows.keys()] + [f"too much {i}" for i in rows.keys() - truth.keys()]
    for id_ in rows.keys() & truth.keys():
        data = next((v for k, v in rows[id_].items() if k.endswith("_Data")), None)
        row = data if held.stream.startswith("soap_") else rows[id_]
        for field in visible(tenant, object_):
            name = column(held, field)
            if field.type not in {"wid", "group", "list"} and not told(
                tenant, field, row.get(name), truth[id_][field.name]
            ):
                wrong.append(f"{id_}.{name}: {row.get(name)!r}, not {truth[id_][field.name]!r}")
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_is_what_is_true(seed, tmp_path, monkeypatch) -> None:
    dice = Random(seed)
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", dice.choice([5, 20]))  # a kill falls between batches
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=seed)
    tenant.settings.rate, tenant.login.rotates = None, dice.random() < 0.5
    tenant.settings.wql_total, tenant.settings.empty_report = dice.random() < 0.5, dice.choice(["absent", "list"])
    streams = dice.sample(list(STREAMS), k=2)
    tenant.objects = sorted({STREAMS[s][0] for s in streams} | {"worker", "costCenter"})
    with reached(tenant, tmp_path) as reach:
        connector = connector_of(tenant, page_size=dice.choice([3, 7, 50]))
        held = [Held(connector, s, STREAMS[s][1]) for s in streams]
        for _ in range(dice.randrange(2, 4)):
            tenant.churn(dice.randrange(30))
            tenant.faults.clear()
            bad_day(tenant, reach, held, dice, FAULTS, path="/ccx/[as]*")
            tenant.clock.advance(dice.choice([30, 3600, 86_400 * 3]))
        tenant.faults.clear()
        tenant.clock.advance(86_400 * 2)  # all keys are compared once a day
        for one in held:
            one.read(reach)
            assert differences(tenant, one) == [], seed


FLOWS = {
    "refresh_token": secrets("client_secret", "refresh_token"),
    "jwt": secrets("private_key"),
    "basic": secrets("password"),
}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_way_to_log_in(flow, tmp_path) -> None:
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    tenant.churn(60)
    with reached(tenant, tmp_path) as reach:
        known = {"url": tenant.url, "tenant": "messy", "user": tenant.login.user, "client_id": tenant.login.client}
        connector = built("workday", **known, flow=flow, reports=REPORTS, **FLOWS[flow])
        stream = "staff" if flow == "basic" else "workers"
        held = Held(connector, stream, STREAMS[stream][1])
        for _ in range(3):
            held.read(reach)
            assert differences(tenant, held) == []
            tenant.churn(20)
            tenant.clock.advance(3601)  # the access token has ended, and the refresh token was replaced
        if flow == "basic":
            assert "wql_allWorkers" not in {one.name for one in connector.discover(reach, {})}
            with pytest.raises(Invalid, match="has no stream"):
                Held(connector, "wql_allWorkers", "workdayID").read(reach)


def test_every_stream_is_read_and_described(tmp_path) -> None:
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    tenant.settings.rate = None
    tenant.churn(150)
    with reached(tenant, tmp_path) as reach:
        connector = connector_of(tenant)
        connector.test(reach)
        found = {s.name: s for s in connector.discover(reach, {})}
        assert {*STREAMS, "history", "time_off_entries", "soap_workers", "wql_costCenters"} <= found.keys()
        for name, stream in found.items():
            held = Held(connector, name, *stream.key)
            held.read(reach)
            assert held.rows, name


PROBLEMS = {
    "wrong secret": ("workers", Invalid, "invalid_client", lambda t: setattr(t.login, "secret", "another")),
    "scope": (
        "wql_allWorkers",
        Invalid,
        "has no stream 'wql_allWorkers'",
        lambda t: setattr(t.login, "scopes", frozenset({"Staffing"})),
    ),
    "domain": (
        "workers",
        Invalid,
        "activate pending security policy",
        lambda t: setattr(t.settings, "forbidden", ("worker",)),
    ),
    "soap domain": (
        "soap_journals",
        Invalid,
        "domains do not hold",
        lambda t: setattr(t.settings, "forbidden", ("journalLine",)),
    ),
    "soap password": ("soap_journals", Invalid, "user or password", lambda t: setattr(t.login, "password", "another")),
    "tenant": ("staff", Invalid, "no such tenant, report, owner", lambda t: setattr(t.settings, "owner", "somebody")),
    "maintenance": (
        "staff",
        Unavailable,
        "a web page comes instead of data",
        lambda t: setattr(t.settings, "maintenance", True),
    ),
    "too long": ("staff", Unavailable, "cut off", lambda t: setattr(t.settings, "report_rows_in_time", 0)),
    "429": ("workers", Unavailable, "429", lambda t: t.faults.plan("429", path="/ccx/api/*", times=10**6)),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_told_when_it_goes_wrong(problem, tmp_path) -> None:
    stream, kind, words, spoil = PROBLEMS[problem]
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    tenant.settings.rate = None
    tenant.churn(60)
    with reached(tenant, tmp_path) as reach:
        connector = connector_of(tenant)
        spoil(tenant)
        with pytest.raises(kind) as told:
            Held(connector, stream, "id").read(reach)
        assert words in str(told.value), str(told.value)


def test_a_report_does_not_hide_behind_a_stream_of_its_name(tmp_path) -> None:
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    with reached(tenant, tmp_path) as reach:
        for names, whose in ((("workers",), "as 'workday' names one of its own"), (("all", "all"), "itself twice")):
            connector = connector_of(tenant, reports=[REPORTS[0] | {"name": name} for name in names])
            with pytest.raises(Invalid, match=f"'{names[0]}' {whose}"):
                Held(connector, names[0], "Workday_ID").read(reach)


def test_a_change_for_a_later_day_comes_on_that_day(tmp_path) -> None:
    tenant = WORKDAY(clock=Clock("2026-03-01T20:00:00+00:00"), seed=1)
    tenant.put("worker", {"workdayID": "a" * 32, "fullName": "Anna", "active": True, "effectiveDate": "2020-01-01"})
    with reached(tenant, tmp_path) as reach:
        held = Held(connector_of(tenant), "staff", "Workday_ID")
        later = tenant.ledger.truth("worker")["a" * 32] | {"fullName": "Anna B.", "effectiveDate": "2026-03-20"}
        tenant.put("worker", later)
        names = []
        for _ in range(2):
            held.read(reach)
            names += [row["Full_Name"] for row in held.rows.values()]
            tenant.clock.advance(20 * 86_400)
        assert names == ["Anna", "Anna B."]
