"""Asking: limits, waits, tries, redirects, damage; with the messages that a user sees."""

from __future__ import annotations

import gzip
import logging
import socket
import struct
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web import Told, authority, proxy, web
from weft.connectors import dial, waits
from weft.connectors.rest import asking as door
from weft.connectors.rest.http import unpack
from weft.connectors.rest.http.guard import Guard
from weft.connectors.rest.http.line import Line
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.http.message import Headers, Request
from weft.connectors.rest.http.network import Network
from weft.connectors.rest.parts import kinds
from weft.errors import Broken, Denied, Invalid, Unavailable, WeftError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CANARY = "canary-5f0e7c"
LATER = "What was committed stays. Run again later: it goes on from there."


def get(site, **said):
    return Request("GET", f"{site.url}/orders", **said)


def auth(kind, **said):
    return kinds("auth").build(kind, said)


def errors(**said):
    return kinds("errors").build("DefaultErrorHandler", said)


def told(sort, fetch, request):
    with pytest.raises(sort) as error:
        fetch.send(request)
    return str(error.value)


refused = told  # where a fixture has that name


def in_turn(site, *answers):
    left = list(answers)
    site.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        (" 1.5 ", 1.5),
        (format_datetime(datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC), usegmt=True), 60),
        ("2026-01-02T03:04:15Z", 10),
        ("2026-01-02T03:04Z", None),  # it is past
        (str(int(NOW.timestamp()) + 7), 7),
        (str(int(NOW.timestamp() + 7) * 1000), 7),
        ("1e9", 1e9),
        ("1000000000", 1e9),
        ("-5", None),
        ("0", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC)), None),
    ],
)
def test_a_wish_to_wait_in_all_its_forms(text, seconds):
    assert waits.span(text, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}, 20),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-01-02T03:04:10Z"}, 5),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "20"}, None),
        ({"X-HubSpot-RateLimit-Remaining": "0", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}, 10),
        ({"RateLimit": '"default";r=0;t=30'}, 30),
        ({"RateLimit": '"default";r=5;t=30'}, None),
        # The server's own clock is ahead by an hour: only the difference counts.
        ({"Date": "Fri, 02 Jan 2026 04:04:05 GMT", "Retry-After": "Fri, 02 Jan 2026 04:04:35 GMT"}, 30),
    ],
)
def test_headers_of_limits(headers, seconds):
    assert waits.told(Headers(headers), NOW) == seconds


def test_header_fields_of_one_name():
    found = Headers([("Link", "<a>"), ("X", "1"), ("link", "<b>")])
    assert (found["LINK"], list(found), len(found), "x" in found) == ("<a>, <b>", ["link", "X"], 2, True)


def test_a_limit_is_waited_for_as_long_as_is_bearable(asking, site, clock):
    with asking() as fetch:
        in_turn(site, Told(429, headers={"Retry-After": "30"}), Told())
        assert fetch.send(get(site)).status == 200
        assert clock.slept == [30]
        in_turn(site, Told(429, headers={"Retry-After": "3600"}))
        assert told(Unavailable, fetch, get(site)) == (
            "shop.orders: GET /orders answers 429 and asks to wait 3,600 s; a request waits 600 s at most\n"
            f"  {LATER} 'longestWait' of the source allows more."
        )
        assert len(site.asked) == 3
        # The other streams of the source do not even ask.
        assert told(Unavailable, fetch.of("lines"), get(site)) == (
            "shop.lines: GET /orders: what '127.0.0.1' allows is used up for 3,600 s more, and a request waits 600 s at most"
            "\n  What was committed stays. Run again then, or allow more by 'longestWait'."
        )
        assert len(site.asked) == 3
    for number, text in enumerate(("-4", "nonsense", "1e9")):
        with asking(config={"n": number}) as fetch:
            clock.slept.clear()
            in_turn(site, Told(429, headers={"Retry-After": text}))
            said = told(Unavailable, fetch, get(site))
            assert "asks to wait 1,000,000,000 s" in said if text == "1e9" else "answers 429 again and again" in said
            assert 500 < sum(clock.slept) <= 600 if text != "1e9" else not clock.slept
            assert all(seconds >= 0.5 for seconds in clock.slept)  # no tight loop
            if text == "-4":  # it was waited for in vain: the next one waits a little, in case that it is another limit
                clock.slept.clear()
                assert "again and again" in told(Unavailable, fetch.of("lines"), get(site))
                assert sum(clock.slept) < 16
                in_turn(site, Told(429), Told(), Told(429))
                fetch.send(get(site))
                clock.slept.clear()
                told(Unavailable, fetch, get(site))
                assert sum(clock.slept) > 500


def test_only_what_may_be_sent_twice_is(asking, site, clock):
    with asking() as fetch:
        in_turn(site, Told(502), Told(503), Told())
        assert fetch.send(get(site)).status == 200
        in_turn(site, Told(502))
        assert told(Unavailable, fetch, Request("POST", f"{site.url}/orders")) == (
            f"shop.orders: POST /orders answers 502\n  {LATER}"
        )
        in_turn(site, Told(502), Told())
        assert fetch.send(Request("POST", f"{site.url}/orders", repeatable=True)).status == 200
        in_turn(site, Told(429), Told())
        assert fetch.send(Request("POST", f"{site.url}/orders")).status == 200
        in_turn(site, Told(body=b"{" * 100, cut=50))
        assert told(Unavailable, fetch, Request("POST", f"{site.url}/orders")) == (
            "shop.orders: POST /orders: the answer stops before its end\n"
            "  A POST is not sent twice, unless the connector says 'repeatable: true'."
        )
        site.asked.clear()
        in_turn(site, Told(500, b'{"errorCode": "UNKNOWN_EXCEPTION"}'))
        assert told(Unavailable, fetch, get(site)) == (
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
        assert told(sort, fetch, get(site)).startswith(f"shop.orders: GET /orders {said}")


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
        assert "answers 200 in 3 tries: busy with ..." in told(WeftError, fetch, get(site))
        assert clock.slept == [7, 7]
        in_turn(site, Told(400, b"no sprint here"))
        assert fetch.send(get(site)).ignored
        in_turn(site, Told(409))
        assert fetch.send(get(site)).reset
        assert told(Unavailable, fetch, get(site)) if in_turn(site, Told(404)) else True
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
            assert "a request waits" in told(Unavailable, hasty, get(site))


@settings(max_examples=60)
@given(st.lists(st.floats(0, 5), max_size=80), st.integers(1, 7), st.sampled_from([1.0, 2.5, 10.0]))
def test_no_window_holds_more_than_is_allowed(gaps, limit, seconds):
    now = [0.0]
    budget = kinds("budget").build(
        "HTTPAPIBudget",
        {
            "policies": [
                {"kind": "UnlimitedCallRatePolicy", "matchers": [{"urlPathPattern": "^/free"}]},
                {"kind": "MovingWindowCallRatePolicy", "rates": [{"limit": limit, "interval": f"PT{seconds}S"}]},
            ]
        },
    )
    line = Line(budget)
    sent = []
    for gap in gaps:
        now[0] += gap
        assert line.delay("h", Request("GET", "https://h/free"), now[0]) == 0
        while (wait := line.delay("h", Request("GET", "https://h/x"), now[0])) > 0:
            now[0] += wait
        sent.append(now[0])
    for at in sent:
        assert sum(at - seconds + 1e-9 < one <= at for one in sent) <= limit


def test_a_budget_is_shared_by_the_streams_of_a_source(asking, site, clock):
    budget = kinds("budget").build(
        "HTTPAPIBudget",
        {
            "policies": [{"kind": "FixedWindowCallRatePolicy", "period": "PT10S", "callLimit": 2}],
            "statusCodesForRatelimitHit": [403],
        },
    )
    with asking(budget=budget) as fetch:
        for stream in ("a", "b", "c", "d", "e"):
            fetch.of(stream).send(get(site))
        assert clock.slept == [10, 10]
    with asking(budget=budget, config={"n": 2}) as fetch:
        clock.slept.clear()
        in_turn(site, Told(403, headers={"Retry-After": "4"}), Told())
        assert fetch.send(get(site)).status == 200 and clock.slept == [4]
    with asking(budget=budget) as fetch:  # the next stream that is read, in the same process
        fetch.send(get(site))
        in_turn(site, Told(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7200"}))
        clock.slept.clear()
        fetch.send(get(site))
        assert told(Unavailable, fetch, get(site)).startswith(
            "shop.orders: GET /orders: what '127.0.0.1' allows is used up for 3,600 s more, and a request waits 600 s at most"
        )


def test_so_many_at_once_and_all_wait_for_a_limit(asking, site, clock):
    inside, most, lock = [0], [0], threading.Lock()

    def slow(_):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.01)
        with lock:
            inside[0] -= 1
        return Told()

    site.answer = slow
    with asking(seats=2) as fetch, ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: fetch.send(get(site)), range(6)))
        assert most == [2]
        in_turn(site, Told(429, headers={"Retry-After": "30"}), Told())
        line, others, sleep = fetch._way.bounds.line, [], clock.sleep

        def slept(seconds):
            others.append(round(line.delay("127.0.0.1", get(site), clock.now().timestamp())))
            sleep(seconds)

        clock.sleep = slept
        with asking(seats=2) as again:
            again.send(get(site))
        assert others == [30]  # whoever else would ask meanwhile


def test_connections_are_shared_by_who_asks_at_once(asking, site, monkeypatch):
    made, dialled = [], dial.dial

    def counted(*said, **more):
        made.append(dialled(*said, **more))
        return made[-1]

    monkeypatch.setattr(dial, "dial", counted)
    with asking() as first:
        first.send(get(site))
        with asking() as second:  # another stream of the same source
            second.send(get(site))
        for stream in "abc":
            first.of(stream).send(get(site))
        assert len(made) == 1 and made[0].fileno() != -1
    assert made[0].fileno() == -1
    with asking() as first, asking(network=Network(private_network=True, read_timeout=9)) as second:
        first.send(get(site))
        second.send(get(site))
    assert len(made) == 3


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
            assert told(Unavailable, fetch, get(site)) == f"shop.orders: GET /orders: {why}\n  {LATER}"
        in_turn(site, Told(body=b"<!DOCTYPE html><p>log in", headers={"Content-Type": "text/html"}))
        assert told(Unavailable, fetch, get(site)) == (
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
        assert told(Broken, fetch, get(site)) == (
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
            (lambda _: gate.wait(5), ("it does not answer in time",)),
        ):
            gate.clear()
            stops = Told(body=b"[" * 1000, cut=100, end=end)
            in_turn(site, stops, stops, Told(body=b"[1]"))
            assert fetch.send(get(site)).json == [1]
            in_turn(site, stops)
            text = told(Unavailable, fetch, get(site))
            gate.set()
            assert any(f"GET /orders: {one}, in 6 tries" in text for one in said), text


def test_what_is_not_installed(told, monkeypatch):
    monkeypatch.setitem(sys.modules, "weft.connectors.rest.fetch", None)
    with pytest.raises(Unavailable) as error, door.opened(told, door.Setup("shop", ())):
        pass
    assert str(error.value) == (
        "'shop' is asked over HTTP, and what that needs is not installed\n  Install it: pip install 'weft[rest]'."
    )


def test_redirects_take_credentials_nowhere(asking, site, other):
    key = auth("ApiKeyAuthenticator", apiToken=CANARY, injectInto="key")
    hosts = (f"127.0.0.1:{site.port}", f"127.0.0.1:{other.port}")
    with asking(auth=key, hosts=hosts) as fetch:
        in_turn(site, Told(302, headers={"Location": "/there?x=1"}), Told())
        fetch.send(get(site, headers={"X-Own": CANARY}))
        assert (site.asked[-1].path, site.asked[-1].params) == ("/there", {"x": "1", "key": CANARY})
        in_turn(site, Told(307, headers={"Location": f"{other.url}/there"}))
        fetch.send(get(site, headers={"X-Own": CANARY, "Accept": "text/csv"}, params=(("p", CANARY),)))
        assert CANARY not in repr(other.asked[-1]) and other.asked[-1].headers["accept"] == "text/csv"
        for to, said in {
            "http://169.254.169.254/latest/meta-data": "http://169.254.169.254 is not asked: this connector speaks with 127.0.0.1:",
            "file:///etc/passwd": "an address to be asked begins with 'file:'",
            "gopher://127.0.0.1/x": "an address to be asked begins with 'gopher:'",
            f"http://user:{CANARY}@127.0.0.1:{other.port}/": "an address to be asked at '127.0.0.1' holds a user or a password",
            f"{other.url}@evil.example/": "holds a user or a password",
            "http://127.0.0.1:22/": "http://127.0.0.1:22 is not asked",
        }.items():
            in_turn(site, Told(302, headers={"Location": to}))
            assert said in (text := told(Invalid, fetch, get(site))) and CANARY not in text
        in_turn(site, Told(302, headers={"Location": "/again"}))
        assert told(Unavailable, fetch, get(site)) == (
            "shop.orders: GET /orders leads from one address to the next without end"
        )
        post = Request("POST", f"{site.url}/orders", headers={"Content-Type": "x"}, body=b"secret")
        in_turn(site, Told(307, headers={"Location": f"{other.url}/there"}))
        assert "where what is sent does not belong" in told(Unavailable, fetch, post)
        in_turn(site, Told(303, headers={"Location": "/there"}), Told())
        assert fetch.send(post).status == 200
        assert (site.asked[-1].method, site.asked[-1].body) == ("GET", b"")


def test_only_hosts_that_are_named_and_public_addresses(asking, site, told_private, monkeypatch):
    guard = Guard(("api.example.com", "*.shop.example", "own.example:8443", "bücher.example"))
    for good in (
        "https://api.example.com/x",
        "https://API.example.com./",
        "https://a.b.shop.example",
        "https://own.example:8443/",
        "https://xn--bcher-kva.example/",
    ):
        guard.check(good)
    for bad in (
        "https://api.example.com.evil.example/",
        "https://evilshop.example",
        "https://shop.example",
        "https://own.example/",
        "https://api.example.com:22/",
        "https://api.example.com\\@evil.example/",
        "https://api.example.com@evil.example/",
        "https://api.example.com%00.evil.example/",
        "https:///x",
        "https://api.examplе.com/",  # noqa: RUF001 - a Cyrillic letter
        "//api.example.com/",
    ):
        with pytest.raises(Invalid):
            guard.check(bad)
    for host in (
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "169.254.169.254",
        "localhost",
    ):
        said = told_private(host)
        assert "has an address of a private network, which this source does not allow\n" in said, host
        assert "'privateNetwork: true'" in said
    # The name is resolved once: what was looked at is what is connected to.
    answers = [[(socket.AF_INET, 1, 6, "", (address, 443))] for address in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answers.pop(0))
    reached = []

    class Socket(socket.socket):
        def connect(self, address):
            reached.append(address)
            raise OSError("nobody there")

    monkeypatch.setattr(dial.socket, "socket", Socket)
    with pytest.raises(OSError):
        dial.dial("rebind.example", 443, private=False)
    assert reached == [("93.184.216.34", 443)] and len(answers) == 1


@pytest.fixture
def told_private(asking):
    def asked(host):
        with asking(hosts=(host,), network=Network()) as fetch:
            return told(Invalid, fetch, Request("GET", f"http://{host}/"))

    return asked


def test_wrong_hosts(asking, site, clock):
    with asking(hosts=("nobody.invalid", "127.0.0.1:1")) as fetch:
        assert told(Unavailable, fetch, Request("GET", "https://nobody.invalid/orders")) == (
            "shop.orders: GET /orders: the name of its host is not known, in 3 tries\n"
            "  Look at the base URL of the source, and whether this machine reaches it: a proxy is set by 'proxy'."
        )
        assert "the connection is refused, in 6 tries" in told(
            Unavailable, fetch, Request("POST", "http://127.0.0.1:1/")
        )
    with asking(auth=auth("BearerAuthenticator", apiToken="x"), hosts=("api.example.com",), network=Network()) as fetch:
        assert told(Invalid, fetch, Request("GET", "http://api.example.com/orders")) == (
            "shop.orders: GET /orders: credentials are not sent to http://api.example.com without TLS\n"
            "  Use https://, or say 'privateNetwork: true' if it lies in a network of your own."
        )
    said = {"tokenRefreshEndpoint": "http://api.example.com/token", "grantType": "client_credentials"}
    with asking(auth=auth("OAuthAuthenticator", **said), hosts=("api.example.com",), network=Network()) as fetch:
        secure = Request("GET", "https://api.example.com/orders")
        assert "shop: POST /token: credentials are not sent to http" in told(Invalid, fetch, secure)
    with asking(network=Network(private_network=True, read_timeout=0.05)) as fetch:
        gate = threading.Event()
        site.answer = lambda _: (gate.wait(5), Told())[1]
        said = told(Unavailable, fetch, get(site))
        gate.set()
        assert said == (
            "shop.orders: GET /orders: it does not answer in time, in 6 tries\n  'readTimeout' of the source allows more."
        )


def test_tls(asking, told, tmp_path):
    import ssl

    made = authority(told.folder)
    mutual = auth("MutualTlsAuthenticator", clientCertificate=made.client[0], clientKey=made.client[1])
    network = Network(private_network=True, ca_file="ca.pem")
    with web(made.server) as secure:
        hosts = {"hosts": (f"127.0.0.1:{secure.port}",)}
        with asking(**hosts) as fetch:
            assert refused(Unavailable, fetch, get(secure)) == (
                "shop.orders: GET /orders: its certificate is not trusted (self-signed certificate in certificate chain)\n"
                "  If a certificate authority of your own made it, name its file by 'caFile'."
            )
        with asking(network=network, **hosts) as fetch:
            assert fetch.send(get(secure)).status == 200
        with asking(hosts=(f"127.0.0.1:{secure.port}",)) as fetch:
            plain = Request("GET", f"http://127.0.0.1:{secure.port}/orders")
            assert "the connection breaks off" in refused(Unavailable, fetch, plain)
        made.server.verify_mode, made.server.maximum_version = ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2
        with asking(network=network, **hosts) as fetch:
            assert "it wants a client's certificate that it trusts" in refused(Unavailable, fetch, get(secure))
        with asking(network=network, auth=mutual, **hosts) as fetch:
            assert fetch.send(get(secure)).status == 200
    (told.folder / "ca.pem").write_text("nothing")
    with asking(network=network, hosts=("127.0.0.1",)) as fetch:
        assert refused(Invalid, fetch, Request("GET", "https://127.0.0.1/")).startswith(
            "shop.orders: 'ca.pem' holds no certificate authorities that can be read"
        )


def test_secrets_are_in_no_message_and_in_no_log(asking, site, caplog):
    from weft.connectors.rest.secret import Secret

    caplog.set_level(logging.DEBUG)
    config = {"key": Secret.of(f"{CANARY}/+", "secret://env/KEY"), "in": {"list": [Secret.of("canary-in-list", "x")]}}
    key = auth("ApiKeyAuthenticator", apiToken="{{ config.key }}", injectInto="api_key")
    handler = errors(responseFilters=[{"httpCodes": [400], "errorMessage": "no: {{ config.key }} {{ response.a }}"}])
    with asking(auth=key, config=config, errors=handler) as fetch:
        for answer in (
            Told(400, b'{"a": "canary-in-list", "errorCode": "canary-in-list"}'),
            Told(500, cut=0),
            Told(302, headers={"Location": f"http://evil.example/?{CANARY}"}),
            Told(200, b"<html>"),
        ):
            in_turn(site, answer)
            with pytest.raises(WeftError) as error:
                fetch.send(Request("GET", f"{site.url}/bot{CANARY}/+/get", params=(("token", f"{CANARY}/+"),)))
            assert "canary" not in f"{error.value} {error.value!r} {fetch} {fetch.__dict__}"
    assert "canary" not in caplog.text


def test_proxies(asking, site, told, monkeypatch):
    made = authority(told.folder)
    monkeypatch.setenv("WEFT_TEST_PROXY", CANARY)
    with web(made.server) as secure, proxy(site.port) as plain, proxy(secure.port) as tunnel:
        hosts = {"hosts": ("127.0.0.1:1", "localhost:2")}
        own = Network(
            private_network=True, proxy=plain.url, proxy_user="mia", proxy_password="secret://env/WEFT_TEST_PROXY"
        )
        plain.login = f"mia:{CANARY}"
        with asking(network=own, **hosts) as fetch:
            assert fetch.send(Request("GET", "http://127.0.0.1:1/orders")).status == 200
        assert plain.asked == ["GET http://127.0.0.1:1/orders"]
        tunneled = Network(private_network=True, ca_file="ca.pem", proxy=tunnel.url)
        with asking(network=tunneled, **hosts) as fetch:
            assert fetch.send(Request("GET", "https://127.0.0.1:1/orders")).status == 200
            tunnel.login = "x:y"
        assert tunnel.asked == ["CONNECT 127.0.0.1:1"]
        with asking(network=tunneled, **hosts) as fetch:
            assert refused(Unavailable, fetch, Request("GET", "https://127.0.0.1:1/orders")) == (
                "shop.orders: GET /orders: the proxy wants to know who asks\n  Set 'proxyUser' and 'proxyPassword'."
            )
        with asking(
            network=Network(proxy=plain.url), **hosts
        ) as fetch:  # a source does not choose a way round the guards
            for url in ("http://127.0.0.1:1/", "http://localhost:2/"):
                assert "has an address of a private network" in refused(Invalid, fetch, Request("GET", url))
        # The environment's proxy: whoever runs this machine may have it in a private network.
        monkeypatch.setenv("http_proxy", plain.url.replace("//", f"//mia:{CANARY}@"))
        monkeypatch.setenv("no_proxy", "localhost")
        plain.asked.clear()
        with asking(hosts=("api.example.com",), network=Network()) as fetch:
            assert fetch.send(Request("GET", "http://api.example.com/orders")).status == 200
        assert plain.asked == ["GET http://api.example.com/orders"]
        with asking(hosts=("127.0.0.2:80",), network=Network()) as fetch:
            assert "'127.0.0.2' has an address of a private network" in refused(
                Invalid, fetch, Request("GET", "http://127.0.0.2/")
            )
