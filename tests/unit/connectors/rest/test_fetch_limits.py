"""What is asked keeps to the limits of a system, as long as that is bearable."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.connectors.rest.shop import LATER, NOW, get, in_turn, refused
from web import Told
from weft.connectors import dial, waits
from weft.connectors.rest.http.line import Line
from weft.connectors.rest.http.message import Headers, Request
from weft.connectors.rest.http.network import Network
from weft.connectors.rest.parts import kinds
from weft.errors import Unavailable


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


def test_a_limit_is_waited_for_as_long_as_is_bearable(asking, site, clock):
    with asking() as fetch:
        in_turn(site, Told(429, headers={"Retry-After": "30"}), Told())
        assert fetch.send(get(site)).status == 200
        assert clock.slept == [30]
        in_turn(site, Told(429, headers={"Retry-After": "3600"}))
        assert refused(Unavailable, fetch, get(site)) == (
            "shop.orders: GET /orders answers 429 and asks to wait 3,600 s; a request waits 600 s at most\n"
            f"  {LATER} 'longestWait' of the source allows more."
        )
        assert len(site.asked) == 3
        # The other streams of the source do not even ask.
        assert refused(Unavailable, fetch.of("lines"), get(site)) == (
            "shop.lines: GET /orders: what '127.0.0.1' allows is used up for 3,600 s more, and a request waits 600 s at most"
            "\n  What was committed stays. Run again then, or allow more by 'longestWait'."
        )
        assert len(site.asked) == 3
    for number, text in enumerate(("-4", "nonsense", "1e9")):
        with asking(config={"n": number}) as fetch:
            clock.slept.clear()
            in_turn(site, Told(429, headers={"Retry-After": text}))
            said = refused(Unavailable, fetch, get(site))
            assert "asks to wait 1,000,000,000 s" in said if text == "1e9" else "answers 429 again and again" in said
            assert 500 < sum(clock.slept) <= 600 if text != "1e9" else not clock.slept
            assert all(seconds >= 0.5 for seconds in clock.slept)  # no tight loop
            if text == "-4":  # it was waited for in vain: the next one waits a little, in case that it is another limit
                clock.slept.clear()
                assert "again and again" in refused(Unavailable, fetch.of("lines"), get(site))
                assert sum(clock.slept) < 16
                in_turn(site, Told(429), Told(), Told(429))
                fetch.send(get(site))
                clock.slept.clear()
                refused(Unavailable, fetch, get(site))
                assert sum(clock.slept) > 500


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


def test_of_what_is_allowed_the_stream_that_began_first_takes_what_it_needs():
    policy = {"kind": "MovingWindowCallRatePolicy", "rates": [{"limit": 1, "interval": "PT1S"}]}
    line, now = Line(kinds("budget").build("HTTPAPIBudget", {"policies": [policy]})), [0.0]

    def turns(place, host="h"):
        return line.turns(host, Request("GET", f"https://{host}/x"), lambda: now[0], place)

    assert not list(turns(0))
    later, sooner = turns(2), turns(1)
    assert round(next(later), 2) == round(next(sooner), 2) == 1.05
    now[0] += 1.06
    assert next(later) < 0.1 and not list(sooner)  # it gives way
    assert next(later) > 1 and not list(turns(3, "another.host"))
    now[0] += 1.06
    assert not list(later)


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
        assert clock.slept == [10.1, 10.1]
    with asking(budget=budget, config={"n": 2}) as fetch:
        clock.slept.clear()
        in_turn(site, Told(403, headers={"Retry-After": "4"}), Told())
        assert fetch.send(get(site)).status == 200 and clock.slept == [4]
    with asking(budget=budget) as fetch:  # the next stream that is read, in the same process
        fetch.send(get(site))
        in_turn(site, Told(headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7200"}))
        clock.slept.clear()
        fetch.send(get(site))
        assert refused(Unavailable, fetch, get(site)).startswith(
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
