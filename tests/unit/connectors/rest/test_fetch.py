"""Asking: limits, waits, tries, redirects, damage; with the messages that a user sees."""

from __future__ import annotations

import gzip
import socket
import struct
import sys
import threading
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.connectors.rest.shop import LATER, errors, get, in_turn, refused
from web import Told
from weft.connectors.rest import asking as door
from weft.connectors.rest.http import unpack
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.http.message import Headers, Request
from weft.connectors.rest.http.network import Network
from weft.connectors.rest.parts import kinds
from weft.errors import Broken, Denied, Invalid, Unavailable, WeftError


def test_header_fields_of_one_name():
    found = Headers([("Link", "<a>"), ("X", "1"), ("link", "<b>")])
    assert (found["LINK"], list(found), len(found), "x" in found) == ("<a>, <b>", ["link", "X"], 2, True)


def test_only_what_may_be_sent_twice_is(asking, site, clock):
    with asking() as fetch:
        in_turn(site, Told(502), Told(503), Told())
        assert fetch.send(get(site)).status == 200
        in_turn(site, Told(502))
        assert refused(Unavailable, fetch, Request("POST", f"{site.url}/orders")) == (
            f"shop.orders: POST /orders answers 502\n  {LATER}"
        )
        in_turn(site, Told(502), Told())
        assert fetch.send(Request("POST", f"{site.url}/orders", repeatable=True)).status == 200
        in_turn(site, Told(429), Told())
        assert fetch.send(Request("POST", f"{site.url}/orders")).status == 200
        in_turn(site, Told(body=b"{" * 100, cut=50))
        assert refused(Unavailable, fetch, Request("POST", f"{site.url}/orders")) == (
            "shop.orders: POST /orders: the answer stops before its end\n"
            "  A POST is not sent twice, unless the connector says 'repeatable: true'."
        )
        site.asked.clear()
        in_turn(site, Told(500, b'{"errorCode": "UNKNOWN_EXCEPTION"}'))
        assert refused(Unavailable, fetch, get(site)) == (
            f"shop.orders: GET /orders answers 500 (UNKNOWN_EXCEPTION) in 6 tries\n  {LATER}"
        )
        assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("answered", "sort", "said"),
    [
        (
            Told(401, b'[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]'),
            Invalid,
            (
                "answers 401 (INVALID_SESSION_ID): it does not accept the credentials of this source\n"
                "  They are wrong, expired or revoked: look at what the source's secret:// references lead to, then try "
                "'weft source test'."
            ),
        ),
        (
            Told(
                403,
                b'{"status":"error","message":"This app has no scope for mia@example.com","category":"MISSING_SCOPES"}',
            ),
            Denied,
            (
                "answers 403 (MISSING_SCOPES): the credentials are good, but may not do this\n"
                "  Ask who administers the system for the right or the scope to read it, or leave the stream out."
            ),
        ),
        (
            Told(404, b"<html>no</html>"),
            Invalid,
            (
                "answers 404: there is no such thing, or the credentials may not see it\n"
                "  Look at the base URL and the settings of the source."
            ),
        ),
        (
            Told(400, b'{"o:errorDetails":[{"detail":"value 4711 of row 3","o:errorCode":"INVALID_PARAMETER"}]}'),
            Invalid,
            (
                "answers 400 (INVALID_PARAMETER): the system refuses the request as it is\n"
                "  Look at the settings of the source and its streams."
            ),
        ),
        (Told(418, b""), Broken, "answers 418: nobody foresaw that\n"),
    ],
)
def test_an_error_tells_the_code_and_what_to_do_but_no_value(asking, site, answered, sort, said):
    in_turn(site, answered)
    with asking() as fetch:
        assert refused(sort, fetch, get(site)).startswith(f"shop.orders: GET /orders {said}")


def test_error_handlers_of_a_manifest(asking, site, clock):
    handler = kinds("errors").build(
        "CompositeErrorHandler",
        {
            "errorHandlers": [
                {
                    "maxRetries": 2,
                    "backoffStrategies": [{"kind": "ConstantBackoffStrategy", "backoffTimeInSeconds": "{{ 3 + 4 }}"}],
                    "responseFilters": [
                        {
                            "predicate": "{{ response.busy }}",
                            "action": "RETRY",
                            "errorMessage": "busy with {{ response.id }}",
                        }
                    ],
                },
                {
                    "backoffStrategies": [
                        {"kind": "WaitTimeFromHeader", "header": "X-Wait", "regex": r"in (\d+) s"},
                        {"kind": "ExponentialBackoffStrategy", "factor": 5},
                    ],
                    "responseFilters": [
                        {"httpCodes": [400], "errorMessageContains": "sprint", "action": "ignore"},
                        {"errorMessageContains": "slow down", "action": "RATE_LIMITED"},
                        {
                            "httpCodes": [404],
                            "action": "FAIL",
                            "failureType": "transient_error",
                            "errorMessage": "gone",
                        },
                        {"httpCodes": [409], "action": "RESET_PAGINATION"},
                    ],
                },
            ]
        },
    )
    with asking(errors=handler) as fetch:
        in_turn(site, Told(body=b'{"busy": true, "id": "Mia Krystof, 7 High Street"}'))
        assert "answers 200 in 3 tries: busy with ..." in refused(WeftError, fetch, get(site))
        assert clock.slept == [7, 7]
        in_turn(site, Told(400, b"no sprint here"))
        assert fetch.send(get(site)).ignored
        in_turn(site, Told(409))
        assert fetch.send(get(site)).reset
        assert refused(Unavailable, fetch, get(site)) if in_turn(site, Told(404)) else True
        clock.slept.clear()
        in_turn(site, Told(200, b"slow down", {"X-Wait": "in 9 s"}), Told(200, b"slow down"), Told())
        assert fetch.send(get(site)).status == 200
        assert clock.slept == [9, 10]
        until = kinds("backoff").build("WaitUntilTimeFromHeader", {"header": "X-Until", "minWait": 4})
        with asking(errors=errors(backoffStrategies=[until])) as patient:
            clock.slept.clear()
            in_turn(site, Told(503, headers={"X-Until": str(clock.now().timestamp() + 12)}), Told())
            assert patient.send(get(site)).status == 200
            assert clock.slept == [12]
        short = kinds("backoff").build("WaitTimeFromHeader", {"header": "X-Wait", "maxWaitingTimeInSeconds": 5})
        with asking(errors=errors(backoffStrategies=[short])) as hasty:
            in_turn(site, Told(503, headers={"X-Wait": "9"}))
            assert "a request waits" in refused(Unavailable, hasty, get(site))


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.integers(1, 40), st.booleans(), st.data())
def test_what_is_packed_comes_whole_or_not_at_all(members, size, gz, data):
    packed = b"".join(map(gzip.compress, members)) if gz else zlib.compress(b"".join(members))
    coding = "gzip" if gz else "deflate"

    def unpacking(content):
        pieces = [content[at : at + size] for at in range(0, len(content), size)]
        return b"".join(unpack.unpacked(pieces, coding))

    assert unpacking(packed) == b"".join(members)
    start = len(packed) - len(gzip.compress(members[-1])) if gz else 0  # after a whole member nothing is missing
    cut = data.draw(st.integers(start + 1, len(packed) - 1))
    with pytest.raises(unpack.Packed):
        unpacking(packed[:cut])


def test_damage_is_seen_and_asked_for_again(asking, site, tmp_path, monkeypatch):
    whole = gzip.compress(b'{"a": 1}' * 1000)
    packed = {"Content-Encoding": "gzip"}
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(b"{}") + raw.flush()
    with asking() as fetch:
        in_turn(
            site, Told(body=whole[:-9], headers=packed), Told(body=b"{" * 9, cut=3), Told(body=whole, headers=packed)
        )
        assert fetch.send(get(site)).body == b'{"a": 1}' * 1000
        in_turn(site, Told(body=whole + gzip.compress(b"more"), headers=packed))
        assert fetch.send(get(site)).body.endswith(b"more")
        in_turn(site, Told(body=bare, headers={"Content-Encoding": "deflate"}))
        assert fetch.send(get(site)).body == b"{}"
        for body, headers, why in (
            (whole[:-9], packed, "its packed content stops before its end, in 6 tries"),
            (b"x" + whole, packed, "its packed content is damaged, in 6 tries"),
            (b"x", {"Content-Encoding": "br"}, "it comes packed as 'br', which was not asked for, in 6 tries"),
        ):
            in_turn(site, Told(body=body, headers=headers))
            assert refused(Unavailable, fetch, get(site)) == f"shop.orders: GET /orders: {why}\n  {LATER}"
        in_turn(site, Told(body=b"<!DOCTYPE html><p>log in", headers={"Content-Type": "text/html"}))
        assert refused(Unavailable, fetch, get(site)) == (
            "shop.orders: GET /orders: a web page comes instead of data, in 3 tries\n"
            "  Somebody answers in its place: a login, a maintenance page, a proxy. Look at the base URL."
        )
        in_turn(site, Told(body=b'{"a":'), Told(body=b"[1]"))

        def check(answer):
            if answer.json is None:
                raise Lost("the JSON stops in the middle")

        assert fetch.send(get(site), check).json == [1]
        monkeypatch.setattr(door, "LARGEST", 5_000_000)
        in_turn(site, Told(body=gzip.compress(bytes(30_000_000)), headers=packed))
        assert refused(Broken, fetch, get(site)) == (
            "shop.orders: GET /orders answers with more than 5 MB at once\n"
            "  Ask for smaller pages: 'pageSize' of the stream's pagination."
        )
        file = tmp_path / "file"
        in_turn(site, Told(body=b"x" * 500_000, cut=100_000), Told(body=whole, headers=packed))
        assert fetch.download(get(site), file).status == 200
        assert file.read_bytes() == b'{"a": 1}' * 1000
        in_turn(site, Told(403, b"no"))
        with pytest.raises(Denied):
            fetch.download(get(site), file)
        assert not file.exists()


def test_connections_that_end_in_the_middle(asking, site, clock):
    gate = threading.Event()

    def reset(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def half(connection):
        connection.shutdown(socket.SHUT_WR)
        gate.wait(5)

    with asking(network=Network(private_network=True, read_timeout=0.05)) as fetch:
        for end, said in (
            (reset, ("the connection breaks off", "the answer stops before its end")),
            (half, ("the answer stops before its end",)),
            (lambda _: gate.wait(5), (f"{site.url} does not answer in time",)),
        ):
            gate.clear()
            stops = Told(body=b"[" * 1000, cut=100, end=end)
            in_turn(site, stops, stops, Told(body=b"[1]"))
            assert fetch.send(get(site)).json == [1]
            in_turn(site, stops)
            text = refused(Unavailable, fetch, get(site))
            gate.set()
            assert any(f"GET /orders: {one}, in 6 tries" in text for one in said), text


def test_what_is_not_installed(told, monkeypatch):
    monkeypatch.setitem(sys.modules, "weft.connectors.rest.fetch", None)
    with pytest.raises(Unavailable) as error, door.opened(told, door.Setup("shop", ())):
        pass
    assert str(error.value) == (
        "'shop' is asked over HTTP, and what that needs is not installed\n  Install it: pip install 'weft[rest]'."
    )
