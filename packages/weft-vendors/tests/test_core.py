"""The frame of the simulators, seen through a small one over real connections."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from datetime import timedelta

import pytest

from weft_vendors.core import Clock, Ledger, Refused, Vendor, answer, serving
from weft_vendors.core.faults import STATUSES, WIRE

NOON = "2026-03-01T12:00:00+00:00"


class Shelf(Vendor):
    name = "shelf"
    objects = ("book",)

    def routes(self):
        return [("GET POST", "/books/{genre}", self.books)]

    def credentials(self):
        return {"token": "t0"}

    def books(self, call):
        if call.headers.get("authorization") != "Bearer t0":
            raise Refused(401, {"error": "who are you?"}, WWW_Authenticate="Bearer")
        found = self.ledger.rows("book")
        self.ledger.served(call.number, "book", found)
        body = json.dumps(
            {"genre": call.path["genre"], "asked": dict(call.query), "form": call.form, "books": [*found.values()]}
        )
        if call.headers.get("accept-encoding") == "gzip":
            return answer(gzip.compress(body.encode()), Content_Encoding="gzip", Content_Type="application/json")
        return answer(json.loads(body))

    def stamped(self, object_, row, at):
        return {**row, "at": at.isoformat()}

    def invent(self, object_, random, old=None):
        return {**(old or {"id": f"b{random.getrandbits(40)}"}), "pages": random.randrange(1000)}


@pytest.fixture
def shelf():
    made = Shelf(clock=Clock(NOON), seed=3)
    made.put("book", *({"id": f"b{i}", "pages": i} for i in range(1, 50)))
    with serving(made):
        yield made


def ask(shelf, path="/books/crime?page=2", body=None, **headers):
    connection = http.client.HTTPConnection(shelf.url.removeprefix("http://"), timeout=2)
    try:
        connection.request("POST" if body else "GET", path, body, {"Authorization": "Bearer t0", **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_a_handler_sees_the_whole_request_and_may_refuse(shelf) -> None:
    status, _, body = ask(shelf, body="a=1&b=x%20y")
    told = json.loads(body)
    assert (status, told["genre"], told["asked"], told["form"]) == (200, "crime", {"page": "2"}, {"a": "1", "b": "x y"})
    status, headers, _ = ask(shelf, Authorization="Bearer none")
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    requests = shelf.ledger.ask("SELECT method, path, status FROM request ORDER BY number")
    assert requests == [("POST", "/books/crime", 200), ("GET", "/books/crime", 401)]


def test_the_ledger_knows_what_is_true_and_what_was_served_when(shelf, tmp_path) -> None:
    shelf.put("book", {"id": "b1", "pages": 1000}, at=shelf.clock.now() - timedelta(minutes=3))
    shelf.delete("book", "b2")
    ask(shelf)
    assert shelf.ledger.truth("book")["b1"] == {"id": "b1", "pages": 1000, "at": "2026-03-01T11:57:00+00:00"}
    assert "b2" not in shelf.ledger.truth("book")
    assert shelf.ledger.ask("SELECT count(*), max(version) FROM served WHERE object = 'book'") == [(48, 2)]
    assert shelf.ledger.ask("SELECT version, op FROM change WHERE id = 'b2' ORDER BY seq") == [
        (1, "put"),
        (2, "delete"),
    ]
    kept = Ledger(tmp_path / "kept.db")
    kept.put("book", {"b1": {"id": "b1"}, "b3": {"id": "b3"}}, shelf.clock.now())
    kept.delete("book", ["b3"], shelf.clock.now())
    kept.close()
    again = Ledger(tmp_path / "kept.db")
    again.put("book", {"b3": {"id": "b3", "back": True}}, shelf.clock.now())
    assert again.truth("book") == {"b1": {"id": "b1"}, "b3": {"id": "b3", "back": True}}
    assert again.ask("SELECT max(version) FROM change") == [(3,)]
    again.close()


def test_the_same_seed_makes_the_same_changes() -> None:
    one, two, other = (Shelf(clock=Clock(NOON), seed=s) for s in (5, 5, 6))
    for shelf in (one, two, other):
        shelf.churn(80)
    assert one.ledger.truth("book") == two.ledger.truth("book") != other.ledger.truth("book")
    at = [row["at"] for row in one.ledger.truth("book").values()]
    assert len(set(at)) < len(at), "several with one stamp"
    written = [json.loads(r)["at"] for (r,) in one.ledger.ask("SELECT row FROM change WHERE op = 'put' ORDER BY seq")]
    assert written != sorted(written), "some are committed late"


def test_a_hundred_thousand_rows_load_in_seconds() -> None:
    shelf, began = Shelf(), time.process_time()
    shelf.load("book", ({"id": f"b{i}", "pages": i, "title": "A title of some length"} for i in range(100_000)))
    assert len(shelf.ledger.rows("book")) == 100_000
    assert time.process_time() - began < 5


def test_a_fault_is_seen_once_and_as_it_is_named(shelf) -> None:
    good = ask(shelf)[2]
    half = len(good) // 2
    expected = {
        **{
            k: (int(k), b'{"error":{"code":%s,"message":"the server could not answer"}}' % k.encode()) for k in STATUSES
        },
        "stall": ("ConnectionResetError", b""),
        "reset": ("ConnectionResetError", b""),
        "truncate": ("IncompleteRead", good[:half]),
        "long": ("IncompleteRead", good),
        "short": (200, good[:-10]),
        "cut": (200, good[:half]),
        "html": (200, b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"),
        "error": (200, b'{"error":{"code":"INTERNAL","message":"something went wrong, try again"},"status":"error"}'),
        "bom": (200, b"\xef\xbb\xbf" + good),
        "nan": (200, good.replace(b'"pages":1,', b'"pages":NaN,')),
    }
    assert set(expected) == set(WIRE)
    for kind, wanted in expected.items():
        shelf.faults.plan(kind, path="/books/*page=2", after=1, value={"stall": "0.05", "429": "date"}.get(kind, ""))
        assert ask(shelf)[2] == good, "the first goes by unharmed"
        assert ask(shelf, path="/books/crime")[0] == 200, "another path"
        try:
            status, headers, body = ask(shelf)
            seen = (status, body)
        except (http.client.HTTPException, OSError) as error:
            seen, headers = (type(error).__name__, getattr(error, "partial", b"")), {}
        assert seen == wanted, kind
        assert headers.get("retry-after") == ("Sun, 01 Mar 2026 12:00:00 GMT" if kind == "429" else None)
        assert ask(shelf)[2] == good, kind
    assert [kind for kind, _ in shelf.faults.happened] == list(expected)


def test_a_cut_gzip_stays_a_cut_gzip(shelf) -> None:
    shelf.faults.plan("cut")
    with pytest.raises(EOFError):
        gzip.decompress(ask(shelf, **{"Accept-Encoding": "gzip"})[2])
