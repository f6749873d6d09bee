"""Requests and tokens that are signed: OAuth 1, AWS, JSON web tokens."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.connectors.rest.granting import claims_of
from unit.connectors.rest.shop import CANARY, auth, get
from weft.connectors.rest.auth import aws_sig_v4_authenticator as aws
from weft.connectors.rest.auth import oauth1_authenticator
from weft.connectors.rest.http.message import Request
from weft.connectors.rest.secret import Secret
from weft.errors import Invalid, WeftError


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
        head, claims = claims_of(first.removeprefix("Bearer "), made[algorithm], algorithm)
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
