"""Authenticators: against published vectors, other people's libraries, and servers that check."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from web import Told
from weft.connectors.rest.auth import aws_sig_v4_authenticator as aws
from weft.connectors.rest.auth import consent, oauth1_authenticator
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.parts import kinds
from weft.connectors.rest.secret import Secret
from weft.errors import Broken, Denied, Invalid, Unavailable, WeftError

CANARY = "canary-5f0e7c"


def auth(kind, **said):
    return kinds("auth").build(kind, said)


def get(site, **said):
    return Request("GET", f"{site.url}/orders", **said)


class Vault:
    """Two processes' view of one vault: renewals are one at a time, and stored before anybody is given them."""

    def __init__(self, **secrets):
        self.kept = secrets
        self.lock = threading.Lock()

    def get(self, reference):
        return self.kept[reference]

    def renew(self, reference, seen, make):
        with self.lock:
            if self.kept[reference] == seen:
                self.kept[reference] = make(seen)
            return self.kept[reference]


class Issuer:
    """An authorization server that rotates its refresh tokens, and the API behind it."""

    def __init__(self, site, **said):
        self.refresh, self.access = {"r0"}, set()
        self.count, self.lasts, self.broken = 0, {"expires_in": 3600}, []
        self.rotates, self.wanted, self.forms = True, {}, []
        self.__dict__.update(said)
        self.lock = threading.Lock()
        site.answer = self.answer

    def answer(self, asked):
        with self.lock:
            if asked.path != "/token":
                known = asked.headers.get("authorization", "").removeprefix("Bearer ") in self.access
                return Told() if known else Told(401, b'{"error": "invalid_token"}')
            if self.broken:
                return self.broken.pop(0)
            self.forms.append(asked.form)
            if any(asked.form.get(key) != value for key, value in self.wanted.items()):
                return Told(401, b'{"error": "invalid_client"}')
            given = asked.form.get("refresh_token")
            if asked.form["grant_type"] == "refresh_token" and given not in self.refresh:
                return Told(400, b'{"error":"invalid_grant","error_description":"token r7 of mia@example.com"}')
            self.count += 1
            said = {"access_token": f"access-token-{self.count}", "token_type": "Bearer", **self.lasts}
            self.access.add(said["access_token"])
            if given and self.rotates:
                self.refresh = {f"refresh-token-{self.count}"}
                said["refresh_token"] = f"refresh-token-{self.count}"
            return Told(body=json.dumps(said).encode())


@pytest.fixture
def granted(asking, told, site, monkeypatch):
    """`with granted(**fields of the authenticator) as fetch`, its vault given by `vault=`."""

    @contextmanager
    def opening(vault=None, config=None, seats=10, **said):
        if vault is not None:
            monkeypatch.setattr(type(told.vault), "get", lambda _, reference: vault.get(reference))
            monkeypatch.setattr(type(told.vault), "renew", lambda _, *a: vault.renew(*a), raising=False)
        oauth = auth("OAuthAuthenticator", tokenRefreshEndpoint=f"{site.url}/token", **said)
        with asking(auth=oauth, config=config or {}, seats=seats) as fetch:
            yield fetch

    return opening


def secret(reference="secret://vault/crm", value="r0"):
    return {"refresh": Secret.of(value, reference)}


REFRESH = {"refreshToken": "{{ config.refresh }}"}


def test_the_signature_of_oauth_1():
    keys = {
        "oauth_consumer_key": "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
        "oauth_token": "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
        "oauth_nonce": "fjaLirsIcCGVZWzBX0pg",
        "oauth_timestamp": "1508242306",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
    }
    secrets = (
        "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
        "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
    )
    host = "https://123456.suitetalk.api.netsuite.com/services/rest"
    sign = oauth1_authenticator.signature
    assert (
        sign(Request("GET", f"{host}/record/v1/employee/40"), keys, secrets)
        == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="
    )
    query = Request(
        "POST",
        f"{host}/query/v1/suiteql?limit=10",
        (("offset", "0"),),
        {"Content-Type": "application/json"},
        b'{"q": "x"}',
    )
    assert sign(query, keys, secrets) == "hxjABHU9/fx9suvhTNYoRa6DBLAY6w721nAek71w1GM="
    rfc = {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }  # RFC 5849, 1.2
    photo = Request("GET", "http://photos.example.net/photos?file=vacation.jpg&size=original")
    assert sign(photo, rfc, ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00")) == "MdpQcU8iPSUjWoN/UDMsK2sui9I="
    form = {
        "oauth_consumer_key": "xvz1evFS4wEEPTGEFPHBog",
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "oauth_version": "1.0",
    }  # a vendor's published example: a form's fields are signed
    status = Request(
        "POST",
        "https://api.twitter.com/1/statuses/update.json?include_entities=true",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21",
    )
    assert sign(
        status, form, ("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")
    ) == ("tnnArxj06cWHq44gCs1OSKk/jLY=")


def test_requests_signed_by_oauth_1(asking, site):
    tba = auth(
        "OAuth1Authenticator", consumerKey="ck", consumerSecret="cs", token="t", tokenSecret="ts", realm="123456_SB1"
    )
    with asking(auth=tba) as fetch:
        fetch.send(get(site, params=(("q", "a b&c"),)))
        header = site.asked[0].headers["authorization"]
        assert header.startswith('OAuth realm="123456_SB1", oauth_token="t", oauth_consumer_key="ck", oauth_nonce="')
        said = dict(pair.split("=", 1) for pair in header.removeprefix("OAuth ").replace('"', "").split(", "))
        assert said["oauth_timestamp"] == "1767323045"
        fetch.send(get(site))
        assert said["oauth_nonce"] not in site.asked[1].headers["authorization"]


STAMP = "20150830T123600Z"
SCOPE = "20150830/us-east-1/service/aws4_request"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "https://example.amazonaws.com/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ],
)
def test_the_published_signatures_of_aws(url, signature):
    assert aws.signed(Request("GET", url, headers={"X-Amz-Date": STAMP}), SCOPE, AWS_SECRET) == (
        "host;x-amz-date",
        signature,
    )


@settings(max_examples=60)
@given(
    st.lists(st.text("ab c/~é%+&", min_size=1, max_size=4), max_size=3),
    st.lists(st.tuples(st.text("abA é+&=", max_size=3), st.text("ab é+&=/", max_size=3)), max_size=4),
    st.binary(max_size=5),
    st.sampled_from(["execute-api", "s3"]),
)
def test_signatures_of_aws_are_those_of_its_own_library(path, params, body, service):
    pytest.importorskip("botocore", reason="the library of AWS is not installed")
    from unittest import mock
    from urllib.parse import quote

    from botocore import auth as own
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = "https://example.amazonaws.com/" + "/".join(quote(part, safe="~") for part in path)
    request = Request(
        "POST", url, tuple(params), {"X-Amz-Date": STAMP, "Content-Type": "text/plain; a=1"}, body or None
    )
    if service == "s3":
        request = request.headed("X-Amz-Content-Sha256", hashlib.sha256(body).hexdigest())
    theirs = AWSRequest(request.method, request.whole_url, data=body, headers=dict(request.headers))
    signer = (own.S3SigV4Auth if service == "s3" else own.SigV4Auth)(
        Credentials("AKID", AWS_SECRET), service, "us-east-1"
    )
    with mock.patch.object(own, "get_current_datetime", return_value=datetime(2015, 8, 30, 12, 36)):  # noqa: DTZ001 - as theirs
        signer.add_auth(theirs)
    names, signature = aws.signed(request, SCOPE.replace("service", service), AWS_SECRET)
    assert theirs.headers["Authorization"].endswith(f"SignedHeaders={names}, Signature={signature}")


def test_requests_signed_for_aws(asking, site):
    with asking(
        auth=auth(
            "AwsSigV4Authenticator",
            accessKeyId="AKID",
            secretAccessKey="x",
            sessionToken="st",
            region="eu-central-1",
            service="s3",
        )
    ) as fetch:
        fetch.send(get(site))
    headers = site.asked[0].headers
    assert headers["authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature="
    )
    assert headers["x-amz-security-token"] == "st"


def test_the_challenge_of_pkce():
    assert (
        consent.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


@pytest.fixture(scope="module")
def keys():
    made = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}
    made["PS256"] = made["RS256"]
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return made, {name: key.private_bytes(*form, serialization.NoEncryption()).decode() for name, key in made.items()}


def _claims(token, key, algorithm):
    """What a token says, checked with nothing but the signature itself."""
    head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    signed = token.rpartition(".")[0].encode()
    if algorithm == "ES256":
        half = [int.from_bytes(part, "big") for part in (signature[:32], signature[32:])]
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        key.public_key().verify(encode_dss_signature(*half), signed, ec.ECDSA(hashes.SHA256()))
    else:
        pad = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.public_key().verify(signature, signed, pad, hashes.SHA256())
    return json.loads(head), json.loads(claims)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_signed_tokens(asking, site, clock, keys, algorithm):
    made, pem = keys
    jwt = auth(
        "JwtAuthenticator",
        secretKey="{{ config.key }}",
        algorithm="{{ config.how }}" if algorithm == "PS256" else algorithm,
        headerPrefix="Bearer",
        tokenDuration=600,
        jwtHeaders={"kid": "k1"},
        jwtPayload={"iss": "{{ config.user }}", "aud": "wd"},
        additionalJwtPayload={"scope": ["restlets", "rest_webservices"]},
    )
    one_line = Secret.of(pem[algorithm].replace("\n", "\\n"), "secret://env/KEY")
    with asking(auth=jwt, config={"key": one_line, "user": "mia", "how": algorithm}) as fetch:
        fetch.send(get(site))
        fetch.send(get(site))
        first, second = (asked.headers["authorization"] for asked in site.asked)
        assert first == second  # it lasts
        head, claims = _claims(first.removeprefix("Bearer "), made[algorithm], algorithm)
        assert head == {"alg": algorithm, "kid": "k1", "typ": "JWT"}
        now = int(clock.now().timestamp())
        assert claims == {
            "iss": "mia",
            "aud": "wd",
            "scope": ["restlets", "rest_webservices"],
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        clock.sleep(560)
        fetch.send(get(site))
        assert site.asked[-1].headers["authorization"] != first


def test_keys_that_do_not_fit_are_not_shown(asking, site, keys):
    for key, algorithm in (
        (f"-----BEGIN {CANARY}", "RS256"),
        (keys[1]["ES256"], "RS256"),
        (keys[1]["ES256"], "ES512"),
        (CANARY, "ES256"),
    ):
        with asking(
            auth=auth("JwtAuthenticator", secretKey="{{ config.k }}", algorithm=algorithm), config={"k": key}
        ) as fetch:
            with pytest.raises(Invalid) as error:
                fetch.send(get(site))
            assert CANARY not in str(error.value) and "BEGIN" not in str(error.value)
            assert f"with {algorithm}" in str(error.value)


def test_algorithms_are_those_of_a_list(asking, site):
    with pytest.raises(WeftError, match=r"'algorithm' is none that signs, allowed are HS256, HS384"):
        auth("JwtAuthenticator", secretKey="x", algorithm="none")
    with (
        asking(
            auth=auth("JwtAuthenticator", secretKey="x", algorithm="{{ config.how }}"), config={"how": "none"}
        ) as fetch,
        pytest.raises(Invalid, match=r"shop.orders: 'algorithm' is none that signs"),
    ):
        fetch.send(get(site))


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
    claims = _claims(form["client_assertion"], made["PS256"], "PS256")[1]
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
