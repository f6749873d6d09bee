"""NetSuite against its simulator: what is held equals the ledger's truth, whatever happens between reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from held import Held, bad_day
from weft.errors import Invalid, Unavailable

pytest.importorskip("weft_vendors", reason="packages/weft-vendors is not installed")
from served import reached, secrets
from simulated import built
from weft_vendors.core import Clock
from weft_vendors.core.signed import Key
from weft_vendors.netsuite import VENDOR as NETSUITE
from weft_vendors.netsuite import Role

FAULTS = ("429", "503", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "nan", "revoked")
SEEDS = 50
NOON = "2026-03-01T20:00:00+00:00"
DST = ("2026-03-08T09:40:00+00:00", "2026-11-01T08:40:00+00:00")
"""Shortly before Los Angeles puts its clocks forward, and back."""
KEYS = {
    "transaction": ("id",),
    "transactionline": ("uniquekey",),
    "transactionaccountingline": ("transaction", "transactionline", "accountingbook"),
    "customer": ("id",),
    "item": ("id",),
    "account": ("id",),
    "customrecord_subscription": ("id",),
}
SIGNED = secrets("client_id", "private_key")
CERTIFICATE = Key("ES256")


def connector_of(account, **config):
    known = {
        "account": "1234567",
        "url": account.url,
        "certificate_id": account.login.kid,
        "algorithm": "ES256",
        "privateNetwork": True,
    }
    return built("netsuite", **(known | SIGNED | {"start_date": "2020-01-01T00:00:00Z"} | config))


def held_of(connector, name):
    more = {"parameters": {"more": ["custcol_batch"]}} if name == "transactionline" else {}
    return Held(connector, name, *KEYS[name], **more)


def same(column, held, true):
    if true is None or held is None:
        return held == true
    return Decimal(held) == Decimal(str(true)) if column.type in {"int", "ref", "num"} else held == true


def differences(account, held):
    """What is lost, too much, or has another value."""
    table, truth = account.tables[held.stream], account.ledger.truth(held.stream)
    rows = {"|".join(key): row for key, row in held.rows.items()}
    wrong = [f"lost {i}" for i in truth.keys() - rows.keys()] + [f"too much {i}" for i in rows.keys() - truth.keys()]
    for id_ in rows.keys() & truth.keys():
        wrong += [
            f"{id_}.{c.name}: {rows[id_].get(c.name)!r}, not {truth[id_][c.name]!r}"
            for c in table.columns.values()
            if not c.hidden and not same(c, rows[id_].get(c.name), truth[id_][c.name])
        ]
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_is_what_is_true(seed, tmp_path, monkeypatch) -> None:
    dice = Random(seed)
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", dice.choice([5, 20]))  # a kill falls between batches
    account = NETSUITE(clock=Clock(dice.choice([NOON, *DST])), seed=seed)
    account.login.certificate = CERTIFICATE
    account.settings.cap, account.settings.cap_mode = 8, dice.choice(["truncate", "error"])
    account.objects = dice.sample(list(KEYS), k=2)
    with reached(account, tmp_path) as reach:
        connector = connector_of(account, page_size=dice.choice([3, 7]))
        held = [held_of(connector, name) for name in account.objects]
        for _ in range(dice.randrange(2, 4)):
            account.churn(dice.randrange(30))
            account.faults.clear()  # else a token that was just renewed may be revoked once more: that is an end
            bad_day(account, reach, held, dice, FAULTS, path="/services/rest/[qr]*")
            account.clock.advance(dice.choice([30, 3600, 86_400 * 3]))
        account.faults.clear()
        # Of lines no log tells what was deleted; all keys are compared once a week.
        told = not {"transactionline", "transactionaccountingline"} & set(account.objects)
        account.clock.advance(3600 if told and seed % 2 else 86_400 * 8)
        for one in held:
            one.read(reach)
            assert differences(account, one) == [], seed


FLOWS = {
    "client_credentials": {"algorithm": "PS256", **SIGNED},
    "token": secrets("consumer_key", "consumer_secret", "token_id", "token_secret"),
    "refresh_token": secrets("client_id", "client_secret", "refresh_token"),
}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_way_to_log_in(flow, tmp_path) -> None:
    account = NETSUITE(clock=Clock(NOON), seed=1)
    account.put("subsidiary", {"id": 1, "name": "Messy, Inc."})
    account.login.refresh["long"] = account.clock.now() + timedelta(days=7)
    with reached(account, tmp_path) as reach:
        reach.vault.secrets["refresh_token"] = "long"
        known = {"account": "1234567", "url": account.url, "certificate_id": account.login.kid, "flow": flow}
        connector = built("netsuite", **known, **FLOWS[flow])
        connector.test(reach)
        held = Held(connector, "subsidiary", "id")
        held.read(reach)
        account.clock.advance(3601)  # the access token has ended
        account.put("subsidiary", {"id": 2, "name": "Messy GmbH"})
        held.read(reach)
        assert sorted(held.rows) == [("1",), ("2",)]


def test_what_an_account_offers(tmp_path) -> None:
    account = NETSUITE(clock=Clock(NOON), seed=1)
    account.login.certificate = CERTIFICATE
    account.churn(200)
    hidden = account.tables["customer"].columns
    hidden["salesrep"] = replace(hidden["salesrep"], hidden="-")  # a feature that is off
    with reached(account, tmp_path) as reach:
        connector = connector_of(account)
        found = {s.name: s for s in connector.discover(reach, {"customer": {}})}
        assert {*KEYS, "subsidiary", "accountingperiod", "consolidatedexchangerate"} <= found.keys()
        assert {c.name: c.type for c in found["customer"].columns}["lastmodifieddate"] == "date-time"
        for name, stream in found.items():
            Held(connector, name, *stream.key).read(reach)
        held = Held(connector, "customer", "id")
        held.read(reach)
        columns = {name for row in held.rows.values() for name in row}
        assert {"custentity_seats", "custentity_segment", "entityid"} <= columns
        assert {row["salesrep"] for row in held.rows.values()} == {None}


PROBLEMS = {
    "wrong key": (Invalid, "gives no token", lambda a: setattr(a.login, "certificate", Key("ES256"))),
    "revoked for good": (Invalid, "does not accept the credentials", lambda a: a.faults.plan("revoked", times=99)),
    "no such table": (Invalid, "the account does not run a query of the table", lambda a: a.tables.pop("customer")),
    "hidden": (Invalid, "does not run", lambda a: setattr(a, "role", Role(hidden_tables=("customer",)))),
    "busy": (Unavailable, "429", lambda a: a.faults.plan("429", path="*suiteql*", times=10**6)),
    "broken": (
        Unavailable,
        "answers 500 (UNEXPECTED_ERROR)",
        lambda a: a.faults.plan("500", path="*suiteql*", times=99),
    ),
    "too slow": (Unavailable, "504", lambda a: setattr(a.settings, "rows_in_time", -1)),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_told_when_it_goes_wrong(problem, tmp_path) -> None:
    kind, words, spoil = PROBLEMS[problem]
    account = NETSUITE(clock=Clock(NOON), seed=1)
    account.login.certificate = CERTIFICATE
    account.put("customer", {"id": 1, "companyname": "A secret name"})
    with reached(account, tmp_path) as reach:
        connector = connector_of(account)
        spoil(account)
        with pytest.raises(kind) as told:
            Held(connector, "customer", "id").read(reach)
        assert words in str(told.value) and "secret name" not in str(told.value), str(told.value)
