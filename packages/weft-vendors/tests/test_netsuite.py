"""The simulator of NetSuite against the list of what it must reproduce, asked as a client asks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.testclient import TestClient

from weft_vendors.core import Clock, serving
from weft_vendors.core.signed import Key
from weft_vendors.netsuite import VENDOR, Role
from weft_vendors.netsuite.login import TOKEN_PATH, signature

NOON = "2026-03-01T20:00:00+00:00"  # noon in Los Angeles
SQL = "/services/rest/query/v1/suiteql"
BASE = "https://1234567.suitetalk.example"


def signed(pem, alg, claims, kid):
    parts = [{"typ": "JWT", "alg": alg, "kid": kid}, claims]
    told = ".".join(urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    key = load_pem_private_key(pem.encode(), None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        pair = decode_dss_signature(key.sign(told.encode(), ec.ECDSA(SHA256())))
        made = b"".join(n.to_bytes(32, "big") for n in pair)
    else:
        made = key.sign(told.encode(), padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    return f"{told}.{urlsafe_b64encode(made).decode().rstrip('=')}"


class Account:
    def __init__(self, seed=7):
        self.vendor = VENDOR(clock=Clock(NOON), seed=seed)
        self.http = TestClient(self.vendor.app, base_url=BASE, follow_redirects=False)
        self.vendor.url = BASE
        self.known = self.vendor.credentials()

    def token(self, alg="PS256", kid=None, **claims):
        now = int(self.vendor.clock.now().timestamp())
        all_claims = {
            "iss": self.known["client_id"],
            "scope": ["rest_webservices"],
            "aud": BASE + TOKEN_PATH,
            "iat": now,
            "exp": now + 3000,
        }
        assertion = signed(self.known["private_key"], alg, all_claims | claims, kid or self.known["certificate_id"])
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        return self.http.post(TOKEN_PATH, data=form)

    def open(self):
        self.http.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"
        self.http.headers["Prefer"] = "transient"
        return self

    def ask(self, q, params=None, **query):
        told = self.http.post(SQL, json={"q": q, **({"params": params} if params else {})}, params=query)
        body = told.json()
        detail = body["o:errorDetails"][0]["detail"] if "o:errorDetails" in body else ""
        return SimpleNamespace(status=told.status_code, body=body, items=body.get("items"), detail=detail)


@pytest.fixture
def account():
    return Account().open()


def test_the_certificate_lets_in_and_every_fault_in_it_does_not():
    account = Account()
    given = account.token()
    assert (given.status_code, given.json()["expires_in"], given.json()["token_type"]) == (200, "3600", "Bearer")
    assert account.token(scope="rest_webservices,restlets").status_code == 200
    wrong = {
        "iss": account.token(iss="somebody"),
        "kid": account.token(kid="other"),
        "aud": account.token(aud="https://elsewhere"),
        "scope": account.token(scope=["everything"]),
        "long": account.token(exp=account.vendor.clock.now().timestamp() + 3700),
        "late": account.token(exp=account.vendor.clock.now().timestamp() - 1),
    }
    assert {k: (r.status_code, r.json()["error"]) for k, r in wrong.items()} == {
        "iss": (401, "invalid_client"),
        "kid": (401, "invalid_client"),
        "aud": (401, "invalid_client"),
        "scope": (400, "invalid_scope"),
        "long": (400, "invalid_grant"),
        "late": (400, "invalid_grant"),
    }
    account.vendor.login.certificate = Key("ES256")
    account.known = account.vendor.credentials()
    assert account.token(alg="ES256").status_code == 200
    assert account.http.post(TOKEN_PATH, data={"grant_type": "password"}).json() == {"error": "unsupported_grant_type"}


def test_a_code_becomes_tokens_with_its_proof():
    account = Account()
    proof = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
    asked = {"response_type": "code", "client_id": account.known["client_id"], "redirect_uri": "http://127.0.0.1/cb"}
    asked |= {"state": "s", "scope": "rest_webservices", "code_challenge": proof, "code_challenge_method": "S256"}
    back = account.http.get("/app/login/oauth2/authorize.nl", params=asked).headers["location"]
    code = httpx2.URL(back).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/cb"}
    form |= {"code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}
    who = (account.known["client_id"], account.known["client_secret"])
    given = account.http.post(TOKEN_PATH, data=form, auth=who).json()
    renewed = account.http.post(
        TOKEN_PATH, data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}, auth=who
    )
    assert renewed.status_code == 200
    assert account.http.post(TOKEN_PATH, data=form, auth=who).json() == {"error": "invalid_grant"}  # once
    assert account.http.post(TOKEN_PATH, data=form, auth=("x", "y")).status_code == 401


def test_a_bad_bearer_is_told_as_netsuite_tells_it(account):
    account.vendor.clock.advance(3601)
    told = account.ask("SELECT id FROM customer")
    assert (told.status, told.body["o:errorDetails"][0]["o:errorCode"]) == (401, "INVALID_LOGIN")
    refused = account.http.post(SQL, json={"q": "SELECT 1"}, headers={"Authorization": "Bearer no"})
    assert refused.headers["www-authenticate"].startswith('Bearer realm="1234567", error="invalid_token"')
    account.http.headers["Authorization"] = "Basic abc"
    assert account.ask("SELECT id FROM customer").status == 400
    restlets = account.token(scope=["restlets"]).json()["access_token"]
    account.http.headers["Authorization"] = f"Bearer {restlets}"
    assert account.ask("SELECT id FROM customer").status == 401


def test_token_based_authentication():
    keys = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5&c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"
    told = [
        ("oauth_token", "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"),
        ("oauth_consumer_key", "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"),
        ("oauth_nonce", "fjaLirsIcCGVZWzBX0pg"),
        ("oauth_timestamp", "1508242306"),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_version", "1.0"),
    ]
    root = "https://123456.suitetalk.api.netsuite.com/services/rest"
    assert (
        signature("GET", f"{root}/record/v1/employee/40", told, keys) == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="
    )
    paged = [*told, ("limit", "10"), ("offset", "0")]
    assert signature("POST", f"{root}/query/v1/suiteql", paged, keys) == "hxjABHU9/fx9suvhTNYoRa6DBLAY6w721nAek71w1GM="

    account = Account()

    def asked(realm="1234567", at=None, nonce="abcdef", extra=""):
        header = {
            "oauth_token": account.known["token_id"],
            "oauth_consumer_key": account.known["consumer_key"],
            "oauth_nonce": nonce,
            "oauth_timestamp": str(int(at or account.vendor.clock.now().timestamp())),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        secret = f"{account.known['consumer_secret']}&{account.known['token_secret']}"
        made = signature("GET", f"{BASE}/rest/tokeninfo", [*header.items(), ("a", "b c")], secret) + extra
        parts = {"realm": realm, **header, "oauth_signature": made}
        told = ", ".join(f'{k}="{httpx2.QueryParams({"v": v})!s}"'.replace("v=", "", 1) for k, v in parts.items())
        return account.http.get("/rest/tokeninfo?a=b%20c", headers={"Authorization": f"OAuth {told}"}).status_code

    assert asked() == 200
    assert asked() == 401  # the nonce was used
    assert asked(nonce="abcde") == 401
    assert asked(nonce="abcdefg", realm="1234567_SB1") == 401
    assert asked(nonce="abcdefh", at=account.vendor.clock.now().timestamp() - 400) == 401
    assert asked(nonce="abcdefi", extra="x") == 401


def test_values_are_texts_and_what_is_empty_is_left_out(account):
    row = {"id": 5, "companyname": "Acme", "lastmodifieddate": "2026-03-01 11:59:58", "isinactive": "F"}
    account.vendor.load("customer", [row, {"id": 6, "parent": 5, "currency": 1}])
    account.vendor.load("currency", [{"id": 1, "symbol": "EUR", "name": "Euro"}])
    columns = "id, companyName, lastmodifieddate, TO_CHAR(lastmodifieddate,'YYYY-MM-DD HH24:MI:SS') AS at, parent"
    told = account.ask(f"SELECT {columns}, isinactive, BUILTIN.DF(currency) AS c FROM customer ORDER BY id", limit=1)
    at = {"lastmodifieddate": "3/1/2026", "at": "2026-03-01 11:59:58"}
    assert told.items == [{"links": [], "id": "5", "companyname": "Acme", **at, "isinactive": "F"}]
    assert (told.body["count"], told.body["hasMore"], told.body["totalResults"]) == (1, True, 2)
    assert told.body["links"][0] == {"rel": "next", "href": f"{BASE}{SQL}?limit=1&offset=1"}
    assert account.ask(f"SELECT {columns}, BUILTIN.DF(currency) AS c FROM customer WHERE id = ?", ["6"]).items == [
        {"links": [], "id": "6", "parent": "5", "c": "Euro"}
    ]
    assert account.ask("SELECT COUNT(*) AS count FROM customer").items == [{"links": [], "count": "2"}]
    account.vendor.role = Role(date_format="YYYY-MM-DD")
    assert account.ask("SELECT lastmodifieddate FROM customer WHERE ROWNUM <= 5 AND id = 5").items[0] == {
        "links": [],
        "lastmodifieddate": "2026-03-01",
    }


def test_what_a_query_must_not_do(account):
    reasons = {
        "SELECT subsidiary FROM transaction": "Field 'subsidiary' for record 'transaction' was not found. Reason: NOT_EXPOSED",
        "SELECT c.balance FROM customer c": "Unknown identifier 'balance'",
        "SELECT nonsense FROM customer": "Unknown identifier 'nonsense'",
        "SELECT id FROM nowhere": "Record 'nowhere' was not found",
        "SELECT id FORM customer": "Invalid or unsupported search",
        "DELETE FROM customer": "Invalid or unsupported search",
        "SELECT a.id FROM customer a JOIN vendor b ON a.id = b.id, item c WHERE a.id = c.id(+)": "Invalid or unsupported",
    }
    for query, reason in reasons.items():
        told = account.ask(query)
        assert told.status == 400 and f"Search error occurred: {reason}" in told.detail
    assert account.ask("SELECT id FROM customer", limit=1001).status == 400
    assert account.ask("SELECT id FROM customer", limit=10, offset=5).status == 400
    del account.http.headers["Prefer"]
    assert account.ask("SELECT id FROM customer").body["o:errorDetails"][0]["o:errorCode"] == "INVALID_HEADER"
    account.http.headers["Prefer"] = "transient"
    account.vendor.role = Role(hidden_tables=("customer",))
    assert account.ask("SELECT id FROM customer").status == 400
    assert account.http.get("/services/rest/record/v1/customer").status_code == 403


def test_the_cap_and_the_ways_it_shows(account):
    account.vendor.settings.cap = 20
    account.vendor.load("item", [{"id": n} for n in range(1, 31)])
    last = account.ask("SELECT id FROM item ORDER BY id", limit=10, offset=10)
    assert (last.body["hasMore"], last.body["totalResults"], len(last.items)) == (False, 30, 10)
    assert account.ask("SELECT id FROM item ORDER BY id", limit=10, offset=20).items == []
    account.vendor.settings.cap_mode = "error"
    assert account.ask("SELECT id FROM item ORDER BY id", limit=10, offset=20).status == 400
    rest = account.ask("SELECT id FROM item WHERE id > 20 ORDER BY id", limit=10)
    assert [i["id"] for i in rest.items] == [str(n) for n in range(21, 31)]
    account.vendor.settings.rows_in_time = 25
    assert account.http.post(SQL, json={"q": "SELECT id FROM item"}).status_code == 504


def test_pages_without_a_decisive_order_do_not_fit_together(account):
    account.vendor.load("item", [{"id": n, "itemtype": "Service"} for n in range(1, 101)])

    def read(order):
        pages = [account.ask(f"SELECT id FROM item ORDER BY {order}", limit=10, offset=o) for o in range(0, 100, 10)]
        return len({i["id"] for p in pages for i in p.items})

    assert read("itemtype") < 100
    assert read("itemtype, id") == 100


def test_deletions_and_what_they_leave(account):
    account.vendor.load("transaction", [{"id": 1, "type": "CustInvc"}, {"id": 2, "type": "CustInvc"}])
    account.vendor.load("transactionline", [{"uniquekey": n, "transaction": 1, "id": n} for n in (1, 2)])
    line = {"transaction": 1, "transactionline": 1, "accountingbook": 1, "amount": 1250.5}
    account.vendor.load("transactionaccountingline", [line])
    account.vendor.delete("transactionline", "2")
    query = "SELECT type, recordid, TO_CHAR(deleteddate,'YYYY-MM-DD HH24:MI:SS') AS at FROM deletedrecord"
    assert account.ask(query).items == []  # lines are not told of, their transaction moves
    moved = "SELECT id FROM transaction WHERE lastmodifieddate >= TO_TIMESTAMP('2026-03-01 12:00:00','YYYY-MM-DD HH24:MI:SS')"
    assert [i["id"] for i in account.ask(moved).items] == ["1"]
    assert account.ask("SELECT amount FROM transactionaccountingline").items[0]["amount"] == "1250.5"
    account.vendor.delete("transaction", "1")
    assert account.ask(query).items == [{"links": [], "type": "invoice", "recordid": "1", "at": "2026-03-01 12:00:00"}]
    assert (
        account.vendor.ledger.truth("transactionline") == account.vendor.ledger.truth("transactionaccountingline") == {}
    )


def test_a_role_sees_fewer_rows_without_a_word(account):
    account.vendor.load("transaction", [{"id": 1, "subsidiary": 1}, {"id": 2, "subsidiary": 2}])
    account.vendor.load(
        "transactionaccountingline", [{"transaction": n, "transactionline": 1, "accountingbook": 1} for n in (1, 2)]
    )
    account.vendor.role = Role(hidden_subsidiaries=(2,))
    joined = "SELECT t.id FROM transaction t JOIN transactionaccountingline a ON a.transaction = t.id"
    assert [i["id"] for i in account.ask(joined).items] == ["1"]


def test_records_and_their_catalogue(account):
    row = {
        "id": 5,
        "companyname": "Acme",
        "lastmodifieddate": "2026-03-01 11:59:58",
        "isinactive": "F",
        "balance": 120.5,
    }
    account.vendor.load("customer", [row | {"currency": 1}, {"id": 6, "lastmodifieddate": "2026-02-01 00:00:00"}])
    root = "/services/rest/record/v1"
    found = account.http.get(
        f"{root}/customer", params={"q": 'lastModifiedDate ON_OR_AFTER "3/1/2026" AND id BETWEEN [1,9]'}
    )
    assert [i["id"] for i in found.json()["items"]] == ["5"]
    assert account.http.get(f"{root}/customer", params={"q": 'lastModifiedDate AFTER "2026-03-01"'}).status_code == 400
    whole = account.http.get(f"{root}/customer/5").json()
    assert (whole["isInactive"], whole["balance"], whole["lastModifiedDate"]) == (False, 120.5, "2026-03-01T19:59:58Z")
    assert whole["currency"] == {"links": [], "id": "1", "refName": "1"}
    missing = account.http.get(f"{root}/customer/99")
    assert (missing.status_code, missing.json()["o:errorDetails"][0]["o:errorCode"]) == (404, "NONEXISTENT_ID")
    catalogue = f"{root}/metadata-catalog"
    names = [i["name"] for i in account.http.get(catalogue).json()["items"]]
    assert {"customer", "invoice", "customrecord_subscription"} <= set(names) and "transaction" not in names
    schema = account.http.get(f"{catalogue}/customer", headers={"Accept": "application/schema+json"}).json()
    assert schema["properties"]["custentity_seats"]["x-ns-custom-field"] and "balance" in schema["properties"]
    assert (
        account.http.get(f"{catalogue}/transaction", headers={"Accept": "application/schema+json"}).status_code == 404
    )
    swagger = {"Accept": "application/swagger+json"}
    assert list(account.http.get(f"{catalogue}?select=customer", headers=swagger).json()["paths"]) == ["/customer"]
    assert account.http.get(f"{catalogue}?select=customer,%20item", headers=swagger).status_code == 400
    assert account.http.get("/services/rest/system/v1/governanceLimits").json()["accountConcurrencyLimit"] == 5


def test_too_many_at_once_and_an_unexpected_error():
    account = Account().open()
    account.vendor.settings.concurrency, account.vendor.settings.latency = 2, 0.2
    account.vendor.faults.plan("500", path="*metadata*")
    with serving(account.vendor) as urls, ThreadPoolExecutor(6) as pool:
        headers = dict(account.http.headers)

        def once(_):
            return httpx2.post(urls["netsuite"] + SQL, json={"q": "SELECT id FROM item"}, headers=headers)

        answers = list(pool.map(once, range(6)))
        broken = httpx2.get(urls["netsuite"] + "/services/rest/record/v1/metadata-catalog", headers=headers).json()
    busy = next(a.json() for a in answers if a.status_code == 429)
    assert sorted(a.status_code for a in answers).count(200) >= 2
    assert (busy["title"], busy["o:errorCode"]) == ("Bad Request", "USER_ERROR")
    assert busy["o:errorDetails"][0]["o:errorCode"] == "CONCURRENCY_LIMIT_EXCEEDED"
    assert broken["o:errorDetails"][0]["detail"].startswith("An unexpected error occurred. Error ID: ")


def test_the_ledger_knows_what_was_served_and_the_seed_makes_the_same():
    account = Account().open()
    account.vendor.churn(300)
    again = Account()
    again.vendor.churn(300)
    assert again.vendor.ledger.truth("transaction") == account.vendor.ledger.truth("transaction") != {}
    read = account.ask("SELECT id, uniquekey FROM transactionline").items
    assert len(read) == len(account.vendor.ledger.truth("transactionline"))
    served = account.vendor.ledger.ask("SELECT count(*) FROM served WHERE object = 'transactionline'")
    assert served == [(len(read),)]
