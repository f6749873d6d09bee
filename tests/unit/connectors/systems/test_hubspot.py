"""HubSpot against its simulator: what is held equals the ledger's truth, whatever happens between reads."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from random import Random

import pytest

from held import Held, bad_day, empty
from simulated import VAULT, built, logged_in, reach
from weft.errors import Denied, Invalid, Unavailable, WeftError

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from weft_vendors.core import Clock, serving
from weft_vendors.hubspot import HubSpot
from weft_vendors.hubspot.crm import history_of
from weft_vendors.hubspot.links import inline, link, of

FAULTS = ("429", "502", "503", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "overlap")
SEEDS = 50
AT = "2026-03-02T09:00:00+00:00"
WAYS = {
    "token": {"token": VAULT + "service_key"},
    "oauth": {"client_secret": VAULT + "client_secret", "refresh_token": VAULT + "refresh_token"},
    "client_credentials": {"client_secret": VAULT + "client_secret"},
}


@contextmanager
def served(**options):
    portal = HubSpot(clock=Clock(AT), **options)
    with serving(portal):
        yield portal


def source(portal, way="token", **config):
    told = (
        {"client_id": portal.door.client, "start_date": "2026-03-01"}
        if way != "token"
        else {"start_date": "2026-03-01"}
    )
    return built("hubspot", base_url=portal.url, credentials=way, **WAYS[way], **told, **config)


def same(kind, held, true):
    """Whether a held value is what the portal sent as text; empty text is no value."""
    held, true = (None if value == "" else value for value in (held, true))
    if held is None or true is None or held == true:
        return held == true
    try:
        if kind == "number":
            return Decimal(str(held)) == Decimal(true)
        if kind in {"date", "datetime"}:
            left, right = (datetime.fromisoformat(str(each)) for each in (held, true))
            return left.replace(tzinfo=left.tzinfo or UTC) == right.replace(tzinfo=right.tzinfo or UTC)
    except (InvalidOperation, ValueError):
        return False
    return str(held).lower() == true if kind == "bool" else False


def records(portal, held):
    """Differences of a CRM object."""
    known = portal.schema.properties[held.stream]
    truth = {key: row for key, row in portal.ledger.truth(held.stream).items() if not row["archived"]}
    ids = {key[0] for key in held.rows}
    wrong = [f"lost {i}" for i in truth.keys() - ids] + [f"too much {i}" for i in ids - truth.keys()]
    for key in ids & truth.keys():
        row, properties = held.rows[key,], truth[key]["properties"]
        wrong += [
            f"{key}.{name}: {row.get(name)!r}, not {properties.get(name)!r}"
            for name, told in known.items()
            if not same(told["type"], row.get(name), properties.get(name))
        ]
    return wrong


def others(portal, held):
    """Differences of what is no CRM object."""
    name = {"form_submissions": "submissions"}.get(held.stream, held.stream)
    if name == "deal_links":
        alive = {key for key, row in portal.ledger.truth("deals").items() if not row["archived"]}
        found = {key[0]: row.get("associations") for key, row in held.rows.items()} if held.rows else {}
        linked = {key: inline("deals", "companies", of(portal.ledger, "deals", "companies", key)) for key in alive}
        told = {key: (links or {}).get("companies") for key, links in found.items()}
        return [] if {k: (v or {}).get("results") or [] for k, v in told.items()} == linked else [(told, linked)]
    if name == "deal_history":
        alive = {key for key, row in portal.ledger.truth("deals").items() if not row["archived"]}
        deals = portal.schema.type("deals")
        past = {key: [(h["value"] or None) for h in history_of(portal, deals, key).get("amount", [])] for key in alive}
        told = {
            key[0]: [(h["value"] or None) for h in row["amount"] or []]
            for key, row in held.rows.items()
            if key[0] in alive
        }
        return [] if told == past else [(told, past)]
    words = {"submissions": ("conversionId", "submittedAt"), "email_events": ("id", "created", "type"), "owners": ("id", "lastName", "archived"),
             "campaigns": ("id", "updatedAt"), "marketing_emails": ("id", "stats", "archived")}[name]  # fmt: skip
    truth = sorted([repr([row[word] for word in words]) for row in portal.ledger.truth(name).values()])
    found = sorted([repr([row.get(word) for word in words]) for row in held.rows.values()])
    return [] if truth == found else [(name, set(truth) ^ set(found))]


KEYS = {"form_submissions": ("form_id", "conversionId"), "email_events": ("id", "created")}
OTHERS = ("owners", "deal_history", "campaigns", "marketing_emails", "form_submissions", "email_events", "deal_links")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_is_what_is_true(seed, tmp_path) -> None:
    dice = Random(seed)
    with served(seed=seed) as portal:
        crm = dice.choice(["contacts", "deals", "tickets", "machines"])
        other = dice.choice(OTHERS)
        portal.objects = (
            crm,
            crm,
            "deals",
            "companies",
            "submissions",
            "email_events",
            "owners",
            "campaigns",
            "marketing_emails",
        )
        connector = source(portal, dice.choice(list(WAYS)), version=dice.choice(["v3", "2026-03", "2026-09"]))
        near = reach(portal, tmp_path)
        held = [Held(connector, crm, "id"), Held(connector, other, *KEYS.get(other, ("id",)))]
        for _ in range(dice.randrange(2, 4)):
            portal.churn(dice.randrange(60))
            if dice.random() < 0.3:
                portal.schema.add_property(
                    crm, f"new_{dice.randrange(99)}", dice.choice(["string", "number", "datetime"])
                )
            bad_day(portal, near, held, dice, FAULTS, path="/[!o]*", within=8)
            portal.clock.advance(dice.choice([30, 600, 3600, 86_400 * 2]))
        portal.faults.clear()
        portal.clock.advance(90_000)
        for one in held:
            one.read(near)
            assert (records if one.stream == crm else others)(portal, one) == [], seed


def test_more_records_of_one_moment_than_a_search_gives(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("weft_vendors.hubspot.search.CAP", 600)  # ten thousand in truth
    with served(seed=1) as portal:
        many = range(9_000_000_000, 9_000_001_000)
        portal.load(
            "deals", ({"id": str(n), "properties": {"amount": "1"}, "createdAt": "2026-01-01T00:00:00Z"} for n in many)
        )
        held, near = Held(source(portal), "deals", "id"), reach(portal, tmp_path)
        held.read(near)
        assert len(held.rows) == len(many)
        portal.clock.advance(7200)
        portal.put(
            "deals", *({"id": str(n), "properties": {"amount": "2"}} for n in many)
        )  # somebody edits all of them at once
        portal.clock.advance(7200)
        held.read(near)
        assert {row["amount"] for row in held.rows.values()} == {"2"}


def test_objects_of_the_account_and_their_types_are_found(tmp_path) -> None:
    with served(seed=1) as portal:
        portal.schema.add_property("deals", "loom_count", "number")
        connector, near = source(portal), reach(portal, tmp_path)
        connector.test(near)
        found = {info.name: info for info in connector.discover(near, {})}
        assert {"machines", "contacts", "deal_links", "email_events"} <= found.keys()
        types = {column.name: column.type for column in found["deals"].columns}
        assert (types["loom_count"], types["closedate"], types["dealname"]) == ("number", "date-time", "string")
        assert found["deals"].key == ("id",) and types["updatedAt"] == "date-time"
        assert {column.name: column.comment for column in found["deals"].columns}["hs_is_closed_won"] == "Is closed won"
        portal.put(
            "machines", {"id": "7", "properties": {"serial": "L7", "hours": "12.5", "installed_on": "2026-01-05"}}
        )
        portal.clock.advance(600)
        held = Held(connector, "machines", "id")
        held.read(near)
        assert held.rows["7",]["serial"] == "L7"


def used_up(portal):
    portal.limits.daily = 0


def narrow(portal):
    return {"service_key": portal.door.key("service-na1", frozenset({"crm.objects.contacts.read"}))}


@pytest.mark.parametrize(
    ("arrange", "way", "kind", "words"),
    [
        (lambda _: {"service_key": "pat-na1-unknown"}, "token", Invalid, ("INVALID_AUTHENTICATION", "credentials")),
        (lambda _: {"service_key": "pat na1"}, "token", Invalid, ("530", "malformed")),
        (narrow, "token", Denied, ("403 (MISSING_SCOPES)", "crm.objects.deals.read")),
        (used_up, "token", Unavailable, ("429", "midnight")),
        (lambda _: {"refresh_token": "eu1-gone"}, "oauth", Invalid, ("BAD_REFRESH_TOKEN",)),
        (lambda _: {"client_secret": "wr0ng-secret"}, "client_credentials", Invalid, ("BAD_CLIENT_SECRET",)),
        (lambda p: p.faults.plan("503", times=99), "token", Unavailable, ("503", "Run again later")),
        (lambda p: p.faults.plan("html", times=99), "token", Unavailable, ("web page", "base URL")),
    ],
)
def test_what_goes_wrong_is_told_with_what_to_do(arrange, way, kind, words, tmp_path) -> None:
    with served(seed=1) as portal:
        near = reach(portal, tmp_path)
        changed = arrange(portal)
        near.vault.secrets |= changed if isinstance(changed, dict) else {}
        with pytest.raises(WeftError) as told:
            Held(source(portal, way), "deals", "id").read(near)
        text = str(told.value)
        assert type(told.value) is kind and all(word in text for word in words), text
        assert not [name for name in WAYS[way] if near.vault.get(WAYS[way][name]) in text]


def test_a_search_that_is_cut_off_is_asked_again(tmp_path) -> None:
    with served(seed=1) as portal:
        portal.put("deals", *({"id": str(n), "properties": {}} for n in range(1, 4)))
        portal.clock.advance(600)
        portal.faults.plan("reset", "*/search", times=2)
        held = Held(source(portal), "deals", "id")
        held.read(reach(portal, tmp_path))
        assert len(held.rows) == 3 and len(portal.faults.happened) == 2


def test_somebody_logs_in_and_the_source_reads_on(tmp_path) -> None:
    with served(seed=1) as portal:
        portal.churn(60)
        portal.clock.advance(3600)
        near, connector = reach(portal, tmp_path), source(portal, "oauth", login=portal.url)
        near.vault.secrets["refresh_token"] = logged_in(connector, near)
        held = Held(connector, "contacts", "id")
        held.read(near)
        assert held.rows and len(portal.door.refreshes) > 1


def test_every_stream_is_read(tmp_path) -> None:
    with served(seed=4) as portal:
        portal.churn(500)
        portal.clock.advance(3600)
        near, connector = reach(portal, tmp_path), source(portal, version="v3")
        assert empty(connector, near) == [
            "deal_links_more",
            "contact_links_more",
            "ticket_links_more",
            "email_campaigns",
            "events",
        ]


def test_links_beyond_those_that_a_list_tells(tmp_path) -> None:
    with served(seed=1) as portal:
        portal.put("companies", *({"id": str(n), "properties": {}} for n in range(1, 131)))
        portal.put("deals", *({"id": str(n), "properties": {}} for n in (901, 902)))
        link(portal, "deals", "companies", "901", [str(n) for n in range(1, 131)])
        link(portal, "deals", "companies", "902", ["5"])
        near, connector = reach(portal, tmp_path), source(portal)
        told, rest = Held(connector, "deal_links", "id"), Held(connector, "deal_links_more", "id", "to", "toObjectId")
        told.read(near)
        assert told.rows["901",]["associations"]["companies"]["paging"] and len(told.rows) == 2
        rest.read(near)
        assert {key for key in rest.rows if key[1] == "companies"} == {
            ("901", "companies", str(n)) for n in range(1, 131)
        }


def test_what_the_source_does_not_say_is_asked_for(tmp_path) -> None:
    with served(seed=1) as portal, pytest.raises(Invalid, match="the source gives no 'token'"):
        built("hubspot", base_url=portal.url).test(reach(portal, tmp_path))
