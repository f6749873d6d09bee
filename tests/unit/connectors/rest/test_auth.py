"""Authenticators: against published vectors, other people's libraries, and servers that check."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from unit.connectors.rest.granting import REFRESH, Issuer, secret
from unit.connectors.rest.shop import CANARY, auth, get
from web import Told
from weft.connectors.rest.auth import consent
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.parts import kinds
from weft.connectors.rest.secret import Secret
from weft.errors import Broken, Denied, Invalid, WeftError


def test_the_challenge_of_pkce():
    assert (
        consent.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_a_login_in_a_browser(granted, asking, site):
    issuer = Issuer(site, wanted={"client_id": "id", "code": "code-of-mia"})
    said = {
        "clientId": "id",
        "scopes": ["api", "refresh_token"],
        "authorizeEndpoint": "https://login.example/authorize?a=1",
        "authorizeParams": {"prompt": "consent"},
        **REFRESH,
    }
    back = "http://127.0.0.1:8723/"
    with granted(None, secret(), **said) as fetch:
        begun = fetch.begin(back)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.address).query).items()}
        assert (
            begun.address.startswith("https://login.example/authorize?a=1&") and begun.reference == "secret://vault/crm"
        )
        assert asked == {
            "a": "1",
            "response_type": "code",
            "client_id": "id",
            "redirect_uri": back,
            "prompt": "consent",
            "state": begun.state,
            "code_challenge": consent.challenge(begun.verifier),
            "code_challenge_method": "S256",
            "scope": "api refresh_token",
        }
        assert begun.verifier not in repr(begun)
        for answered, sort, told in (
            ({"state": "x", "code": "code-of-mia"}, Invalid, "does not belong to this login"),
            ({"code": "code-of-mia"}, Invalid, "does not belong to this login"),
            ({"state": begun.state, "error": "access_denied"}, Denied, r"did not allow it \(access_denied\)"),
        ):
            with pytest.raises(sort, match=told):
                fetch.finish(begun, answered)
        good = {"state": begun.state, "code": "code-of-mia"}
        with pytest.raises(Invalid, match="the login gives no refresh token"):
            fetch.finish(begun, good)
        issuer.lasts = {"refresh_token": "r5"}
        assert json.loads(fetch.finish(begun, good))["refresh_token"] == "r5"
        assert issuer.forms[-1] == {
            "grant_type": "authorization_code",
            "code": "code-of-mia",
            "redirect_uri": back,
            "code_verifier": begun.verifier,
            "client_id": "id",
        }
    with (
        granted(None, secret("secret://env/X"), **said) as fetch,
        pytest.raises(Invalid, match="what a login gives is kept in the vault"),
    ):
        fetch.begin(back)
    for other in (auth("NoAuth"), auth("OAuthAuthenticator", tokenRefreshEndpoint="x", grantType="client_credentials")):
        with asking(auth=other) as fetch, pytest.raises(Invalid, match="nobody logs in to this source with a browser"):
            fetch.begin(back)


def test_tokens_that_a_login_gives(asking, site, clock):
    live, count = set(), [0]

    def answer(asked):
        if asked.path == "/login":
            if json.loads(asked.body) != {"username": "mia", "password": CANARY}:
                return Told(403, b'{"code": "BAD_LOGIN"}')
            count[0] += 1
            live.add(f"session-{count[0]}")
            return Told(
                body=json.dumps({"data": {"token": f"session-{count[0]}"}, "id": f"session-{count[0]}"}).encode()
            )
        used = asked.params.get("sid", "").removeprefix("S ") or asked.headers.get("x-session", "")
        return Told() if used in live else Told(401)

    site.answer = answer
    login = {
        "url": f"{site.url}/login",
        "method": "POST",
        "json": {"username": "{{ config.user }}", "password": "{{ config.password }}"},
    }
    sessions = auth(
        "SessionTokenAuthenticator",
        loginRequester=login,
        sessionTokenPath=["data", "token"],
        expirationDuration="PT1H",
        requestAuthentication={"kind": "ApiKey", "injectInto": "sid", "prefix": "S "},
    )
    legacy = auth(
        "LegacySessionTokenAuthenticator",
        header="X-Session",
        loginUrl="login",
        sessionTokenResponseKey="id",
        username="{{ config.user }}",
        password="{{ config.password }}",
    )
    config = {"user": "mia", "password": Secret.of(CANARY, "secret://vault/p")}

    def build(asked):
        names = {"config": {**config, "user": user}}
        return Request(
            asked.method,
            asked.url.text(names),
            headers={"Content-Type": "application/json"},
            body=json.dumps(asked.json_body.render(names)).encode(),
        )

    user = "mia"
    for one in (sessions, legacy):
        count[0] = 0
        with asking(auth=one, config=config, base=site.url, build=build) as fetch:
            fetch.send(get(site))
            fetch.send(get(site))
            assert count == [1]
            live.clear()
            fetch.send(get(site))
            assert count == [2]
            if one is sessions:
                clock.sleep(3600)
                fetch.send(get(site))
                assert count == [3]
        user = "ida"
        with (
            asking(auth=one, config={**config, "user": "ida"}, base=site.url, build=build) as fetch,
            pytest.raises(Invalid) as error,
        ):
            fetch.send(get(site))
        user = "mia"
        assert (
            "shop.orders: the login /login answers 403 (BAD_LOGIN) and gives no token\n  User or password are wrong"
            in str(error.value)
        )
    lost = sessions.model_copy(update={"session_token_path": ("data", "x")})
    with (
        asking(auth=lost, config={**config, "n": 2}, build=build) as fetch,
        pytest.raises(Broken, match=r"at 'data.x' there is no token"),
    ):
        fetch.send(get(site))


def test_tokens_with_ends_of_lines(asking, site):
    for token, good in ((f"{CANARY}\n", True), (f"{CANARY}\nX: y", False), (f"{CANARY}\u2713", False)):
        with asking(
            auth=auth("BearerAuthenticator", apiToken="{{ config.t }}"),
            config={"t": Secret.of(token, "secret://env/T")},
        ) as fetch:
            if good:
                fetch.send(get(site))
                assert site.asked[-1].headers["authorization"] == f"Bearer {CANARY}"
                continue
            with pytest.raises(Invalid) as error:
                fetch.send(get(site))
            assert str(error.value).startswith(
                "shop.orders: the address or a header of the request holds a character that none may have\n  Look for line ends"
            )


def test_the_simple_ones_and_choosing_among_them(asking, site):
    basic = {"kind": "BasicHttpAuthenticator", "username": "{{ config.user }}", "password": "{{ config.password }}"}
    key = {"kind": "ApiKeyAuthenticator", "apiToken": "{{ config.password }}", "header": "X-Key"}
    chosen = auth(
        "SelectiveAuthenticator",
        authenticatorSelectionPath=["login", "type"],
        authenticators={"basic": basic, "key": key},
    )
    config = {"user": "mia", "password": Secret.of(f"p:{CANARY}", "secret://env/P"), "login": {"type": "basic"}}
    with asking(auth=chosen, config=config) as fetch:
        fetch.send(get(site))
        assert (
            base64.b64decode(site.asked[-1].headers["authorization"].removeprefix("Basic ")).decode()
            == f"mia:p:{CANARY}"
        )
    with asking(auth=chosen, config={**config, "login": {"type": "key"}}) as fetch:
        fetch.send(get(site))
        assert site.asked[-1].headers["x-key"] == f"p:{CANARY}"
    for login, said in ((None, "is not said"), ({"type": CANARY}, "is none of those that are known")):
        with asking(auth=chosen, config={**config, "login": login}) as fetch, pytest.raises(Invalid) as error:
            fetch.send(get(site))
        assert f"the way to authenticate, 'login.type' of the source, {said}\n  Allowed are basic, key." in str(
            error.value
        )
        assert CANARY not in str(error.value)
    form = replace(
        Request("POST", f"{site.url}/orders", repeatable=True),
        body=b"a=1&k=old",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    for option, body in (
        ({"injectInto": "body_data", "fieldName": "k"}, b"a=1&k=x%26y"),
        ({"injectInto": "body_json", "fieldPath": ["in", "k"]}, b'{"a":1,"in":{"k":"x&y"}}'),
    ):
        with asking(auth=auth("ApiKeyAuthenticator", apiToken="x&y", injectInto=option)) as fetch:
            fetch.send(form if "data" in option["injectInto"] else replace(form, body=b'{"a": 1}'))
            assert site.asked[-1].body == body
    for said in ({"apiToken": "x"}, {"apiToken": "x", "header": "a", "injectInto": "b"}):
        with pytest.raises(WeftError, match="'header' or 'injectInto'"):
            auth("ApiKeyAuthenticator", **said)


def test_all_kinds_are_found():
    assert kinds("auth").names() == (
        *(
            "ApiKeyAuthenticator",
            "AwsSigV4Authenticator",
            "BasicHttpAuthenticator",
            "BearerAuthenticator",
            "JwtAuthenticator",
        ),
        *(
            "LegacySessionTokenAuthenticator",
            "MutualTlsAuthenticator",
            "NoAuth",
            "OAuth1Authenticator",
            "OAuthAuthenticator",
        ),
        *("SelectiveAuthenticator", "SessionTokenAuthenticator"),
    )
    assert (
        len(kinds("errors").names()) == 3 and len(kinds("backoff").names()) == 4 and len(kinds("budget").names()) == 5
    )


def test_the_how_to_shows_what_there_is():
    import re
    from pathlib import Path

    import yaml

    from weft.connectors.rest.http.network import Network

    text = (Path(__file__).parents[4] / "docs/howto/credentials-and-networks.md").read_text()
    shown = [one for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for one in yaml.safe_load_all(block)]
    ways = [one["auth"] for one in shown if "auth" in one]
    for way in ways:
        kinds("auth").build(way.pop("kind"), way)
    for budget in (one["limits"]["budget"] for one in shown if "limits" in one):
        kinds("budget").build(budget.pop("kind"), budget)
    own = {"url", "token", "client_id", "client_secret", "login"}
    configs = [{k: v for k, v in one["config"].items() if k not in own} for one in shown if "config" in one]
    for config in configs:
        Network.model_validate(config)
    assert (len(ways), len(configs)) == (8, 5)
