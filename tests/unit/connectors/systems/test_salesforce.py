"""Salesforce against its simulator: what is held equals the ledger's truth, whatever happens between reads."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from held import Held, bad_day
from weft.errors import Broken, Invalid, Unavailable
from weft.mesh.open import KNOWN
from weft.seams import Reach

weft_vendors = pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from weft_vendors.core import Clock, serving  # noqa: E402
from weft_vendors.salesforce import VENDOR as SALESFORCE  # noqa: E402
from weft_vendors.salesforce import Field  # noqa: E402
from weft_vendors.salesforce.schema import Sobject  # noqa: E402

WIRE = ("429", "503", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "nan")
FAULTS = (*WIRE, "406", "420", "expire", "timeout", "locator", "fail", "lost")
SEEDS = 50


class Together:
    """The mesh's clock goes with the org's."""

    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now()

    def sleep(self, seconds):
        self._clock.advance(seconds)


class Keys:
    """A vault of the test's own."""

    def __init__(self, **secrets):
        self.secrets = secrets

    def get(self, reference):
        return self.secrets[reference.rpartition("/")[2]]

    def renew(self, reference, seen, make):
        name = reference.rpartition("/")[2]
        if self.secrets[name] == seen:
            self.secrets[name] = make(seen)
        return self.secrets[name]


def reach_of(org, folder, **secrets):
    vault = Keys(secret=org.login.client_secret, **secrets)
    quiet = SimpleNamespace(start=lambda *_: None, step=lambda *_: None, done=lambda *_: None)
    return Reach(vault, folder, folder, Together(org.clock), quiet)


def connector_of(org, **config):
    told = {
        "domain": org.url,
        "client_id": org.login.client_id,
        "client_secret": "secret://vault/secret",
        "privateNetwork": True,
    }
    return KNOWN.build("salesforce", told | config)


@contextmanager
def served(**options):
    org = SALESFORCE(clock=Clock("2026-03-02T09:00:00+00:00"), **options)
    with serving(org):
        yield org


def same(field, held, true):
    """Whether a held value is the true one, whether it came as JSON, as typed JSON or as CSV."""
    if held in {None, ""} or true in {None, ""}:
        return (held or None) == (true or None)
    if field.type == "datetime":
        held = held if isinstance(held, datetime) else datetime.fromisoformat(held)
        return held == datetime.fromisoformat(true)
    if isinstance(true, bool):
        return str(held).lower() == str(true).lower()
    if isinstance(true, int | float):
        return float(held) == float(true)
    return str(held) == true


def differences(org, held):
    """What is lost, too much, or has another value."""
    known, truth = org.schema.object(held.stream), org.truth(held.stream)
    ids = {key[0] for key in held.rows}
    wrong = [f"lost {i}" for i in truth.keys() - ids] + [f"too much {i}" for i in ids - truth.keys()]
    for id_ in ids & truth.keys():
        row = held.rows[id_,]
        wrong += [
            f"{id_}.{f.name}: {row.get(f.name)!r}, not {truth[id_].get(f.name)!r}"
            for f in known.visible()
            if f.type != "address" and not same(f, row.get(f.name), truth[id_].get(f.name))
        ]
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_is_what_is_true(seed, tmp_path, monkeypatch) -> None:
    dice = Random(seed)
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", dice.choice([5, 20, 100_000]))
    with served(seed=seed, page=dice.choice([3, 7, 50])) as org:
        org.objects = dice.sample(["Opportunity", "CampaignMember", "Case", "Account"], k=2)
        reach, connector = reach_of(org, tmp_path), connector_of(org, bulk_from=dice.choice([0, 30, 10_000]))
        held = [Held(connector, name, "Id") for name in org.objects]
        for _ in range(3):
            org.churn(15)
            org.clock.advance(3600)
        for _ in range(dice.randrange(2, 5)):
            org.churn(dice.randrange(40))
            if dice.random() < 0.3:
                org.schema.add(
                    dice.choice(org.objects), Field(f"New{dice.randrange(99)}__c", dice.choice(["string", "double"]))
                )
            if (
                dice.random() < 0.3
            ):  # for good: what changes while a field is hidden is not seen later, and so documented
                known = org.schema.object(dice.choice(org.objects))
                org.schema.hide(known.name, *known.hidden, known.fields[dice.randrange(3, 7)].name)
            org.faults.clear()
            bad_day(org, reach, held, dice, FAULTS, path="/services/data/*")
            org.clock.advance(dice.choice([30, 3600, 86_400 * 3]))
            # What ends sessions is `expire`: two refusals of one request in a row would be wrong credentials.
            org.login.sessions = dict.fromkeys(org.login.sessions, org.clock.now())
        org.faults.clear()
        org.clock.advance(120)  # what was deleted is told by whole minutes
        for one in held:
            one.read(reach)  # what goes on with an old list may bring back what was deleted since,
            one.read(reach)  # and the read after it tells that again
            assert differences(org, one) == [], seed


@pytest.fixture
def org():
    with served(seed=1, page=20) as made:
        made.churn(120)
        yield made


def test_every_flow_lets_in_and_a_refresh_token_may_rotate(org, tmp_path) -> None:
    known = org.credentials()
    reach = reach_of(org, tmp_path, refresh=known["refresh_token"], pem=known["private_key"])
    flows = {
        "client_credentials": {},
        "jwt": {"username": known["username"], "private_key": "secret://vault/pem"},
        "refresh_token": {"refresh_token": "secret://vault/refresh"},
    }
    for flow, config in flows.items():
        connector_of(org, flow=flow, **config).test(reach)
    org.login.rotate = True
    for _ in range(2):
        org.login.sessions.clear()  # and the token that was replaced is void
        connector_of(org, flow="refresh_token", **flows["refresh_token"]).test(reach)
    assert known["refresh_token"] not in org.login.refresh_tokens


def test_the_org_says_which_streams_there_are_and_what_they_hold(org, tmp_path) -> None:
    org.schema.add("Machine__c", Field("Speed__c", "double"), Field("Deal__c", "reference", "Opportunity"))
    org.schema.hide("Account", "AnnualRevenue", "Phone")
    org.put("Machine__c", {"Id": "a01000000000001AAA", "Name": "Loom", "Speed__c": 2.5})
    org.load("TaskStatus", [{"Id": "01N000000000001AAA", "MasterLabel": "Open", "SortOrder": 1, "IsClosed": False}])
    reach, connector = reach_of(org, tmp_path), connector_of(org)
    found = {info.name: {c.name: c.type for c in info.columns} for info in connector.discover(reach, {})}
    assert {"Opportunity", "OpportunityFieldHistory", "TaskStatus", "Machine__c", "Limits"} <= set(found)
    assert "AccountChangeEvent" not in found, "it cannot be queried"
    assert (
        not {"AnnualRevenue", "Phone", "BillingAddress"} & set(found["Account"]) and "BillingCity" in found["Account"]
    )
    assert found["Machine__c"]["Speed__c"] == "number"
    changes = {"Amount": (100, 250.5), "StageName": ("Prospecting", "Closed Won"), "CloseDate": (None, "2026-03-31")}
    common = {"OpportunityId": next(iter(org.truth("Opportunity"))), "CreatedDate": "2026-03-02T08:00:00.000+0000"}
    for n, (field, (old, new)) in enumerate(changes.items()):
        row = {"Id": f"01700000000000{n}AAA", "Field": field, "OldValue": old, "NewValue": new, **common}
        org.load("OpportunityFieldHistory", [row])
    for name, stamp in (("AccountHistory", "CreatedDate"), ("Machine__Share", "LastModifiedDate")):  # no SystemModstamp
        fields = (Field("Id", "id"), Field("IsDeleted", "boolean"), Field(stamp, "datetime"))
        org.schema.objects[name.lower()] = Sobject(name, "017", fields)
        org.load(name, [{"Id": "017000000000001AAA", stamp: common["CreatedDate"]}])
    connector = connector_of(org)
    histories = ("AccountHistory", "OpportunityHistory", "OpportunityFieldHistory")
    for name in ("Machine__c", "Machine__Share", "TaskStatus", *histories):
        held = Held(connector, name, "Id")
        held.read(reach)
        assert differences(org, held) == [], name
        org.clock.advance(60)
        held.read(reach)
        assert differences(org, held) == [], name
    few = Held(connector, "Account", "Id", parameters={"fields": ["Name"]})
    few.read(reach)
    (row, *_) = few.rows.values()
    assert set(row) == {"Id", "IsDeleted", "Name", "CreatedDate", "SystemModstamp"}


def test_what_the_log_of_deletes_forgot_is_found_by_comparing_all_ids(org, tmp_path) -> None:
    reach, held = reach_of(org, tmp_path), Held(connector_of(org), "CampaignMember", "Id")
    held.read(reach)
    org.delete("CampaignMember", *list(org.truth("CampaignMember"))[:3])
    org.purged = org.clock.now() + timedelta(seconds=1)
    org.clock.advance(3 * 86_400)
    held.read(reach)
    assert len(differences(org, held)) == 3
    org.clock.advance(20 * 86_400)  # longer than the log of deletes is kept, too
    held.read(reach)
    assert differences(org, held) == []


def test_a_read_that_is_gone_on_with_sees_what_happened_since_it_was_cut(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", 5)
    with served(page=5) as org:
        deals = [{"Id": f"0065e00000000{n:02}AAA", "Name": str(n), "StageName": "Prospecting"} for n in range(40)]
        for n in range(20):
            org.put("Opportunity", deals[n])
            org.clock.advance(400)
        reach, held = reach_of(org, tmp_path), Held(connector_of(org, bulk_from=0), "Opportunity", "Id")
        held.read(reach, batches=1)
        org.delete("Opportunity", next(iter(held.rows))[0])
        org.clock.advance(120)
        held.read(reach)
        assert differences(org, held) == [], "a first load, and what was deleted before it ended"
        org.put("Opportunity", *deals[20:39])
        org.clock.advance(600)
        held.read(reach, batches=1)
        org.put("Opportunity", deals[39], at=org.clock.now() - timedelta(minutes=5))
        org.clock.advance(60)
        held.read(reach)
        assert differences(org, held) == [], "and a transaction that had begun before"


def test_large_objects_come_by_jobs_and_what_jobs_do_not_know_by_pages(tmp_path) -> None:
    with served(page=20) as org:
        for name, count in {"Account": 60, "CampaignMember": 59, "Lead": 60, "TaskStatus": 70}.items():
            org.put(name, *(org.invent(name, org.random) for _ in range(count)))
        org.schema.objects["lead"] = replace(org.schema.objects["lead"], bulk=False)
        reach, connector = reach_of(org, tmp_path), connector_of(org, bulk_from=60)
        jobs = []
        for name in ("Account", "CampaignMember", "Lead", "TaskStatus"):
            held = Held(connector, name, "Id")
            held.read(reach)
            assert differences(org, held) == []
            jobs.append(len(org.gate.jobs))
        assert jobs == [1, 1, 1, 1]
        asked = org.ledger.ask("SELECT status FROM request WHERE path LIKE '%/jobs/query' ORDER BY number")
        assert asked == [(200,), (400,)], "the job of leads was refused"


def test_a_page_of_a_job_that_lost_a_record_on_its_way_is_not_taken_for_whole(org, tmp_path) -> None:
    reach, held = reach_of(org, tmp_path), Held(connector_of(org, bulk_from=0), "Opportunity", "Id")
    org.faults.plan("lost")
    with pytest.raises(Unavailable, match=r"says that it holds \d+ records, and \d+ came"):
        held.read(reach)
    held.read(reach)
    assert differences(org, held) == []


REFUSALS = {
    "limit": (
        Unavailable,
        "answers 403 (REQUEST_LIMIT_EXCEEDED): the org's API calls of the last 24 hours are used up",
    ),
    "timeout": (Unavailable, "QUERY_TIMEOUT"),
    "502": (Unavailable, "answers 502 (UNKNOWN_EXCEPTION) in 6 tries"),
    "html": (Unavailable, "a web page"),
    "error": (Broken, "the answer holds 'error' instead of 'records', though its status says success"),
    "bom": (None, ""),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_goes_wrong_is_told_as_what_it_is(org, tmp_path, kind) -> None:
    reach, held = reach_of(org, tmp_path), Held(connector_of(org), "Opportunity", "Id")
    held.read(reach)
    org.churn(10)
    org.faults.plan(kind, path="*/queryAll*", times=99)
    kind_of, text = REFUSALS[kind]
    if kind_of is None:
        held.read(reach)
        assert differences(org, held) == []
        return
    with pytest.raises(kind_of) as refused:
        held.read(reach)
    told = str(refused.value)
    assert text in told
    assert told.startswith("salesforce.Opportunity: ") and "SELECT" not in told
    assert kind == "error" or "GET /services/data/v66.0/queryAll" in told


def test_credentials_and_rights_are_told_apart(org, tmp_path) -> None:
    reach = reach_of(org, tmp_path)
    reach.vault.secrets["secret"] = "wrong-secret"
    with pytest.raises(Invalid, match="invalid_client") as refused:
        connector_of(org).test(reach)
    assert "wrong-secret" not in str(refused.value)
    reach = reach_of(org, tmp_path)
    with pytest.raises(Invalid, match="has no stream 'Nothing__c'"):
        Held(connector_of(org), "Nothing__c", "Id").read(reach)
    org.gate.daily = 20
    sparing = Held(connector_of(org, max_api_usage=50), "Account", "Id")
    sparing.read(reach)
    with pytest.raises(Unavailable, match="more of the org's daily API calls are used than 'max_api_usage' allows"):
        sparing.read(reach)
    assert len(org.gate.calls) <= 12
