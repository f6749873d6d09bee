"""Tokens of OAuth 2: how they are asked for, kept, renewed, and what happens when they are not given."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from unit.connectors.rest.granting import REFRESH, Issuer, Vault, claims_of, secret
from unit.connectors.rest.shop import CANARY, auth, get
from web import Told
from weft.errors import Broken, Invalid, Unavailable


def test_client_credentials_in_all_their_forms(granted, site, clock):
    issuer = Issuer(site, wanted={"client_id": "id", "client_secret": "cs", "scope": "a,b", "audience": "x"})
    said = {
        "grantType": "client_credentials",
        "clientId": "id",
        "clientSecret": "{{ config.secret }}",
        "scopes": ["a", "b"],
        "scopesJoiner": ",",
        "refreshRequestBody": {"audience": "x"},
        "refreshRequestHeaders": {"X-Own": "y"},
    }
    with granted(config={"secret": "cs"}, **said) as fetch:
        fetch.send(get(site))
        fetch.of("lines").send(get(site))
        assert issuer.count == 1
        clock.sleep(3600 - 30)  # it ends soon
        fetch.send(get(site))
        assert issuer.count == 2
        assert site.asked[0].headers["x-own"] == "y"
    issuer.wanted = {}
    with granted(config={"secret": "cs2"}, **said, clientAuthentication="basic", requestFormat="json") as fetch:
        seen = []
        site.answer = lambda asked: (seen.append(asked), Told(body=b'{"access_token": "t", "expires_in": "3600"}'))[1]
        fetch.send(get(site))
        assert seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"id:cs2").decode()
        assert json.loads(seen[0].body) == {"grant_type": "client_credentials", "scope": "a,b", "audience": "x"}


def test_assertions_in_place_of_secrets(granted, site, keys):
    made, pem = keys
    signed = {
        "kind": "JwtAuthenticator",
        "secretKey": "{{ config.key }}",
        "algorithm": "PS256",
        "tokenDuration": 300,
        "jwtPayload": {"iss": "cid"},
    }
    issuer = Issuer(site)
    with granted(config={"key": pem["PS256"]}, grantType="client_credentials", profileAssertion=signed) as fetch:
        fetch.send(get(site))
    form = issuer.forms[0]
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    claims = claims_of(form["client_assertion"], made["PS256"], "PS256")[1]
    assert claims["iss"] == "cid" and claims["exp"] - claims["iat"] == 300 and claims["jti"]
    bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    with granted(config={"key": pem["PS256"]}, grantType=bearer, profileAssertion=signed) as fetch:
        fetch.send(get(site))
    assert set(issuer.forms[1]) == {"grant_type", "assertion"}


def test_a_refresh_token_that_rotates_is_stored_before_it_is_used(granted, site, clock):
    issuer, vault = Issuer(site), Vault(**{"secret://vault/crm": "r0"})
    with granted(vault, secret(), **REFRESH) as fetch:
        fetch.send(get(site))
        assert json.loads(vault.get("secret://vault/crm"))["refresh_token"] == "refresh-token-1"
        issuer.access.clear()  # revoked in the middle: 401 after a good answer
        assert fetch.send(get(site)).status == 200
        assert issuer.count == 2
        clock.sleep(3590)  # ended
        assert fetch.send(get(site)).status == 200
        assert issuer.count == 3
        # Another process begins: the access token is in the vault too, and nobody asks for another.
        with granted(vault, {**secret(), "process": 2}, **REFRESH) as second:
            assert second.send(get(site)).status == 200
            assert issuer.count == 3
            issuer.access.clear()
            # Both find it ended at the same time: one asks, both go on.
            with ThreadPoolExecutor(8) as pool:
                done = list(pool.map(lambda n: (fetch, second)[n % 2].send(get(site)).status, range(8)))
            assert done == [200] * 8 and issuer.count == 4
        # Nothing of it is good any more.
        issuer.access.clear(), issuer.refresh.clear()
        with pytest.raises(Invalid) as error:
            fetch.send(get(site))
        assert str(error.value) == (
            "shop.orders: the token endpoint /token answers 400 (invalid_grant) and gives no token\n"
            "  The refresh token, code or assertion is expired, revoked or was used already: log in anew by "
            "'weft source login SOURCE', or mend what the secret:// references lead to."
        )
        # Somebody logs in anew: the bare token is put into the vault, and the next request finds it.
        issuer.refresh, vault.kept["secret://vault/crm"] = {"r9"}, "r9"
        assert fetch.send(get(site)).status == 200


def test_a_token_that_does_not_tell_its_end_is_used_until_it_is_refused(granted, site, clock):
    issuer, vault = (
        Issuer(site, lasts={"issued_at": "1763800000000"}, rotates=False),
        Vault(**{"secret://vault/crm": "r0"}),
    )
    with granted(vault, secret(), **REFRESH) as fetch:
        fetch.send(get(site))
        clock.sleep(10**7)
        fetch.send(get(site))
        assert issuer.count == 1
        issuer.access.clear()
        fetch.send(get(site))
        assert issuer.count == 2
    issuer.lasts = {"expires_in": 20}  # shorter than any margin: it is used all the same
    with granted(vault, {**secret(), "process": 2}, **REFRESH) as fetch:
        issuer.access.clear()
        fetch.send(get(site))
        fetch.send(get(site))
        assert issuer.count == 3


def test_a_token_endpoint_that_fails(granted, site, clock):
    issuer, vault = Issuer(site), Vault(**{"secret://vault/crm": "r0"})
    issuer.broken = [Told(500), Told(429, headers={"Retry-After": "3"})]
    with granted(vault, secret(), **REFRESH) as fetch:
        assert fetch.send(get(site)).status == 200
        assert clock.slept == [0.8, 3]
    issuer.broken = [Told(500)] * 9
    with granted(vault, {**secret(), "process": 2}, **REFRESH) as fetch:
        issuer.access.clear()
        with pytest.raises(Unavailable, match="shop: POST /token answers 500 in 4 tries"):
            fetch.send(get(site))
        assert json.loads(vault.get("secret://vault/crm"))["refresh_token"] == "refresh-token-1"  # nothing is lost
        issuer.broken = []
        assert fetch.send(get(site)).status == 200
    for told, sort, said in (
        (Told(body=b"<html>"), Unavailable, "shop: POST /token: a web page comes instead of data, in 3 tries"),
        (Told(body=b"[1]"), Broken, "the token endpoint /token answers 200 with no 'access_token'"),
        (
            Told(body=b'{"error": "invalid_client"}'),
            Invalid,
            "answers 200 (invalid_client) and gives no token\n  Client id and client secret do not",
        ),
        (
            Told(400, b'{"error": "invalid_grant", "error_description": "request not supported on this domain"}'),
            Invalid,
            "answers 400 (invalid_grant: request not supported on this domain) and gives no token",
        ),
        (
            Told(403, b'{"error": "unauthorized_client", "error_description": "refresh_token is invalid"}'),
            Invalid,
            "(unauthorized_client: refresh_token is invalid) and gives no token\n  The refresh token, code or assertion",
        ),
        (Told(401), Invalid, "answers 401 and gives no token\n  Look at client id, client secret"),
        (Told(400, b'{"status":"BAD_REFRESH_TOKEN","message":"of mia@example.com"}'), Invalid, "(BAD_REFRESH_TOKEN)"),
    ):
        with granted(None, {"process": said}, grantType="client_credentials") as fetch:
            issuer.broken = [told] * 5
            with pytest.raises(sort) as error:
                fetch.send(get(site))
            assert said in str(error.value) and "mia" not in str(error.value)


def test_a_refresh_token_that_cannot_be_replaced_where_it_lies(granted, site):
    said = (
        "shop.orders: each use of the refresh token makes a new one, and the one of 'secret://env/CRM' cannot be replaced "
        "there\n  Put it into the vault: 'weft secret set NAME', then write secret://vault/NAME into the source; or log in "
        "by 'weft source login SOURCE'."
    )
    issuer = Issuer(site)
    with granted(None, secret("secret://env/CRM"), **REFRESH, refreshTokenUpdater={}) as fetch:
        with pytest.raises(Unavailable) as error:
            fetch.send(get(site))
        assert str(error.value) == said and issuer.count == 0  # it was not used up
    with granted(None, {**secret("secret://env/CRM"), "n": 2}, **REFRESH) as fetch, pytest.raises(Unavailable) as error:
        fetch.send(get(site))
    assert str(error.value) == said
    issuer.rotates, issuer.refresh = False, {"r0"}
    with granted(None, {**secret("secret://env/CRM"), "n": 3}, **REFRESH) as fetch:
        assert fetch.send(get(site)).status == 200


def test_a_token_that_ends_in_the_middle_of_a_redirect(granted, site, clock):
    """With one seat only: who asks for a token does not wait for the request that wants it."""
    issuer, answer = Issuer(site), site.answer

    def moved(asked):
        if asked.path == "/orders":
            clock.sleep(3600)
            return Told(302, headers={"Location": "/there"})
        return answer(asked)

    site.answer = moved
    with granted(None, {}, grantType="client_credentials", seats=1) as fetch:
        assert fetch.send(get(site)).status == 200
        assert issuer.count == 2


def test_a_token_that_is_refused_again_is_no_loop(granted, site):
    issuer, vault = Issuer(site), Vault(**{"secret://vault/crm": "r0"})
    answer = issuer.answer
    site.answer = lambda asked: answer(asked) if asked.path == "/token" else Told(401, b'{"error": "invalid_token"}')
    with granted(vault, secret(), **REFRESH) as fetch:
        with pytest.raises(Invalid, match=r"answers 401 \(invalid_token\): it does not accept the credentials"):
            fetch.send(get(site))
        assert issuer.count == 3


def test_a_token_endpoint_may_not_be_chosen_by_who_edits_the_source(asking, site, other):
    """Who may edit a source may not thereby read its secrets: they would send them to a host of their own."""
    config = {"domain": f"127.0.0.1:{other.port}/", "secret": CANARY}
    said = {"grantType": "client_credentials", "clientId": "id", "clientSecret": "{{ config.secret }}"}
    evil = auth("OAuthAuthenticator", tokenRefreshEndpoint="http://{{ config.domain }}token", **said)
    with (
        asking(auth=evil, config=config) as fetch,
        pytest.raises(Invalid, match=rf"http://127.0.0.1:{other.port} is not asked"),
    ):
        fetch.send(get(site))
    assert other.asked == []
