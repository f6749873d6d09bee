"""Atlassian against its simulator: what is held equals the ledger's truth, whatever happens between reads."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from random import Random

import pytest

from held import Held, bad_day, empty
from simulated import VAULT, built, logged_in, reach
from weft.errors import Invalid, Unavailable, WeftError

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from weft_vendors.atlassian import Atlassian
from weft_vendors.core import Clock, serving

FAULTS = ("429", "502", "503", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "overlap")
SEEDS = 50
AT = "2026-03-02T09:00:00+00:00"
APP = {"client_secret": VAULT + "client_secret"}
WAYS = {
    "api_token": {"token": VAULT + "api_token"},
    "scoped_token": {"token": VAULT + "scoped_token"},
    "service_account": {"token": VAULT + "service_token"},
    "oauth": {**APP, "refresh_token": VAULT + "refresh_token"},
    "client_credentials": APP,
}


@contextmanager
def served(**options):
    site = Atlassian(clock=Clock(AT), **options)
    with serving(site):
        yield site


def source(site, way="api_token", **config):
    known = {
        "email": site.door.email,
        "cloud_id": site.cloud,
        "client_id": site.door.client,
        "gateway": site.url,
        "login": site.url,
    }
    return built("atlassian", site=site.url, credentials=way, **WAYS[way], **known, **config)


def meant(value):
    """A value as wire, ledger and table mean it: what has an id is its id, documents are JSON, times are instants."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        value = json.loads(value)
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, dict):
        key = value.get("accountId") or value.get("id")
        return str(key) if key else {k: meant(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [meant(each) for each in value]
    return float(value) if isinstance(value, bool | int | float) else moment(value)


def moment(value):
    """The instant of a time with zone, the day of a date, any other text as it is."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return value
    return at.timestamp() if at.tzinfo else str(value)[:10]


def compared(truth, held, words):
    """Rows by key: what is lost, too much, or has another value."""
    wrong = [f"lost {key}" for key in truth.keys() - held.keys()] + [
        f"too much {key}" for key in held.keys() - truth.keys()
    ]
    return wrong + [
        f"{key}.{word}: {held[key].get(word)!r}, not {truth[key].get(word)!r}"
        for key in truth.keys() & held.keys()
        for word in words
        if meant(held[key].get(word)) != meant(truth[key].get(word))
    ]


def differences(site, one):
    """Of a stream's rows from the ledger."""
    held = {"/".join(map(str, key)): row for key, row in one.rows.items()}
    if one.stream == "issues":
        truth = {key: {"key": row["key"], **row["fields"]} for key, row in site.ledger.truth("issues").items()}
        words = [
            "key",
            *(key for key in site.ledger.rows("fields") if key not in {"comment", "worklog", "aggregateprogress"}),
        ]
        return compared(truth, held, words)
    if one.stream == "issue_changelogs":  # entries of deleted issues stay
        alive = site.ledger.truth("issues")
        truth = {f"{key}/{each['id']}": each for key, row in alive.items() for each in row["changelog"]}
        kept = {key: row for key, row in held.items() if key.split("/")[0] in alive}
        return compared(truth, kept, ["created", "author", "items"])
    words = {"worklogs": ["issueId", "timeSpentSeconds", "started", "author"], "versions": ["name", "released", "releaseDate", "projectId"],
             "sprints": ["name", "state", "startDate"], "users": ["displayName", "active"], "pages": ["title", "version"]}[one.stream]  # fmt: skip
    return compared(site.ledger.truth(one.stream), held, words)


KEYS = {"issue_changelogs": ("issueId", "id"), "users": ("accountId",)}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_is_what_is_true(seed, tmp_path) -> None:
    dice = Random(seed)
    with served(seed=seed) as site:
        site.zone = dice.choice(["America/Los_Angeles", "Asia/Kolkata", "UTC"])
        connector = source(site, dice.choice(list(WAYS)))
        near = reach(site, tmp_path)
        streams = (
            "issues",
            dice.choice(["issue_changelogs", "worklogs", "worklogs", "versions", "sprints", "users", "pages"]),
        )
        held = [Held(connector, name, *KEYS.get(name, ("id",))) for name in streams]
        for _ in range(dice.randrange(2, 4)):
            site.churn(dice.randrange(60))
            if dice.random() < 0.3:
                site.add_field(f"customfield_{dice.randrange(10_100, 10_200)}", "Story Points", "number", "float")
            bad_day(site, near, held, dice, FAULTS, path="/[!o]*", within=8)
            site.clock.advance(dice.choice([30, 600, 3600, 86_400 * 2]))
        site.faults.clear()
        site.clock.advance(90_000)
        for one in held:
            one.read(near)
            assert differences(site, one) == [], seed


def test_fields_of_the_site_are_columns_and_only_the_asked_projects_are_read(tmp_path) -> None:
    with served(seed=1) as site:
        site.churn(120)
        site.clock.advance(3600)
        connector, near = source(site, projects=["LOOM", "CARE"]), reach(site, tmp_path)
        connector.test(near)
        found = {info.name: info for info in connector.discover(near, {})}
        types = {column.name: column.type for column in found["issues"].columns}
        assert (types["customfield_10026"], types["updated"], types["summary"]) == ("number", "date-time", "string")
        named = {column.name: column.comment for column in found["issues"].columns}
        assert [key for key, name in named.items() if name == "Story Points"] == [
            "customfield_10026",
            "customfield_10036",
        ]
        held = Held(connector, "issues", "id")
        held.read(near)
        assert {row["project"]["key"] for row in held.rows.values()} == {"LOOM", "CARE"}


def expired(site):
    site.clock.advance(366 * 86_400)


def used_up(site):
    site.limits.points = 0


def other_run(site):
    """Somebody used the refresh token elsewhere: it is worth nothing any more."""
    site.door.revoke(site.credentials()["refresh_token"])


def imported(site):
    """More worklogs than a page of their feed holds, all in one moment."""
    site.feed_page = 5
    site.put("worklogs", *(site.invent("worklogs", site.random) for _ in range(6)))
    site.clock.advance(600)


@pytest.mark.parametrize(
    ("arrange", "asked", "kind", "words"),
    [
        (lambda _: {"api_token": "ATATT-wr0ng"}, ("api_token", "myself"), Invalid, ("401", "credentials")),
        (expired, ("api_token", "issues"), Invalid, ("as it answers nobody",)),
        (
            lambda s: {"service_token": s.door.service_token(frozenset({"read:jira-work"}))},
            ("service_account", "boards"),
            Invalid,
            ("scopes",),
        ),
        (lambda s: {"scoped_token": s.credentials()["api_token"]}, ("scoped_token", "issues"), Invalid, ("401",)),
        (other_run, ("oauth", "issues"), Invalid, ("invalid_grant",)),
        (imported, ("api_token", "worklogs"), Invalid, ("in one moment", "'start_date'")),
        (used_up, ("oauth", "projects"), Unavailable, ("429", "longestWait")),
        (lambda s: setattr(s, "cloud", "another"), ("service_account", "issues"), Invalid, ("404",)),
        (lambda s: s.faults.plan("502", times=99), ("api_token", "issues"), Unavailable, ("502", "Run again later")),
    ],
)
def test_what_goes_wrong_is_told_with_what_to_do(arrange, asked, kind, words, tmp_path) -> None:
    way, stream = asked
    with served(seed=1) as site:
        near, connector = reach(site, tmp_path), source(site, way)
        changed = arrange(site)
        near.vault.secrets |= changed if isinstance(changed, dict) else {}
        with pytest.raises(WeftError) as told:
            Held(connector, stream, "id").read(near)
        text = str(told.value)
        assert type(told.value) is kind and all(word in text for word in words), text
        assert not [name for name in WAYS[way] if near.vault.get(WAYS[way][name]) in text]


def test_each_use_of_a_refresh_token_is_kept_before_it_is_needed(tmp_path) -> None:
    with served(seed=1) as site:
        site.churn(30)
        near, connector = reach(site, tmp_path), source(site, "oauth")
        first, held = near.vault.secrets["refresh_token"], Held(connector, "issues", "id")
        for _ in range(3):
            site.clock.advance(4000)  # the access token has died
            held.read(near)
        kept = near.vault.secrets["refresh_token"]
        assert first not in kept and [token for token in site.door.refreshes if token in kept] == [*site.door.refreshes]


def test_somebody_logs_in_and_the_source_reads_on(tmp_path) -> None:
    with served(seed=1) as site:
        site.churn(60)
        site.clock.advance(3600)
        near, connector = reach(site, tmp_path), source(site, "oauth")
        near.vault.secrets["refresh_token"] = logged_in(connector, near)
        held = Held(connector, "issues", "id")
        held.read(near)
        assert held.rows and len(site.door.refreshes) > 1


def test_every_stream_is_read(tmp_path) -> None:
    with served(seed=4) as site:
        site.churn(500)
        site.clock.advance(3600)
        near, connector = reach(site, tmp_path), source(site)
        assert empty(connector, near) == []


def test_what_the_source_does_not_say_is_asked_for(tmp_path) -> None:
    with served(seed=1) as site:
        bare = built(
            "atlassian", site=site.url, gateway=site.url, credentials="service_account", token=VAULT + "service_token"
        )
        with pytest.raises(Invalid, match=r"cloud_id.*_edge/tenant_info"):
            bare.test(reach(site, tmp_path))
        with pytest.raises(Invalid, match="'email' and 'token'"):
            built("atlassian", site=site.url).test(reach(site, tmp_path))
