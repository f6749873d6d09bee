"""What any other page in the reader's browser could try, and what it gets."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette", reason="install the extra 'portal'")

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from weft.errors import Broken, Conflict, Denied, Invalid, Unavailable, Unknown, understood
from weft.web import Guards, Site, Twins, csrf_token, form_of, must_be_loopback, problem, viewer_of, wants_json

HERE = "http://127.0.0.1:4600"


def _form(request):
    return PlainTextResponse(csrf_token(request))


def _change(request):
    return PlainTextResponse(" ".join(f"{k}={v}" for k, v in form_of(request).items()))


def _viewer(request):
    viewer = viewer_of(request)
    return PlainTextResponse(f"{viewer.actor} for {viewer.purpose or 'nothing'}, json {wants_json(request)}")


@pytest.fixture
def browser():
    ways = ["GET", "POST", "PUT"]
    routes = [
        Route(path, call, methods=ways)
        for path, call in (
            ("/form", _form),
            ("/change", _change),
            ("/viewer", _viewer),
            ("/", _viewer),
            ("/api/v1/change", _viewer),
        )
    ]
    app = Guards(Twins(Starlette(routes=routes)), Site(SimpleNamespace(mask_key=b"k" * 32), "me@here"))
    return TestClient(app, base_url=HERE)


def test_only_names_of_this_machine_with_our_port_are_answered(browser):
    for host in ("127.0.0.1:4600", "localhost:4600", "[::1]:4600"):
        assert browser.get("/viewer", headers={"Host": host}).status_code == 200, host
    for host in (
        "evil.example:4600",
        "127.0.0.1:4601",
        "127.0.0.1",
        "localhost",
        "127.0.0.1.evil.example:4600",
        "",
        "0.0.0.0:4600",
    ):
        refused = browser.get("/viewer", headers={"Host": host})
        assert refused.status_code == 403 and "http://127.0.0.1:4600/" in refused.text, host


def test_what_another_site_sends_is_refused_but_for_a_followed_link(browser):
    for site in ("cross-site", "same-site"):
        assert browser.get("/viewer", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
        assert browser.get("/viewer", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}).status_code == 200
        assert (
            browser.post(
                "/api/v1/change", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Weft-As": "a"}
            ).status_code
            == 403
        )
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:4601",
        "https://127.0.0.1:4600",
        "http://localhost:4600",
    ):
        refused = browser.post("/api/v1/change", headers={"Origin": origin, "Weft-As": "a"})
        assert refused.status_code == 403 and refused.headers["content-type"] == "application/problem+json"
    assert browser.post("/api/v1/change", headers={"Origin": HERE, "Weft-As": "a"}).status_code == 200


def test_a_program_names_who_changes(browser):
    refused = browser.put("/api/v1/change")
    assert refused.status_code == 403 and "Weft-As" in refused.json()["detail"]


def test_a_form_needs_the_token_of_its_own_browser(browser):
    token = browser.get("/form").text
    sent = browser.post("/change", data={"csrf": token, "why": "böse ☃", "empty": ""})
    assert sent.text == "why=böse ☃ empty="
    assert browser.post("/change", data={"why": "x"}, headers={"X-CSRF-Token": token}).text == "why=x"
    other = TestClient(browser.app, base_url=HERE)
    stolen = other.get("/form").text
    for data in ({"csrf": stolen}, {"csrf": ""}, {"why": "x"}, {"csrf": "ä"}):
        assert browser.post("/change", data=data).status_code == 403, data
    assert TestClient(browser.app, base_url=HERE).post("/change", data={"csrf": token}).status_code == 403
    # Who can set our cookies (another port of this machine) still knows no token.
    forger = TestClient(browser.app, base_url=HERE, cookies={"weft_form_4600": "mine"})
    assert forger.post("/change", data={"csrf": "mine"}).status_code == 403


def test_a_form_is_bounded_and_a_form(browser):
    token = {"X-CSRF-Token": browser.get("/form").text}
    assert browser.post("/change", json={"a": 1}, headers=token).status_code == 422
    assert browser.post("/change", data={"a": "x" * 1_000_001}, headers=token).status_code == 422
    assert browser.post("/change", data={f"f{n}": "" for n in range(20_001)}, headers=token).status_code == 422
    assert (
        browser.post(
            "/change", content=b"a=%FF&\xff", headers={**token, "Content-Type": "application/x-www-form-urlencoded"}
        ).status_code
        == 422
    )


def test_the_token_outlives_the_server_and_its_cookie_is_closed(browser):
    first = browser.get("/form")
    cookie = first.headers["set-cookie"]
    assert re.fullmatch(r"weft_form_4600=\S{24}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert "set-cookie" not in browser.get("/viewer").headers
    again = TestClient(
        Guards(browser.app._app, Site(SimpleNamespace(mask_key=b"k" * 32), "")), base_url=HERE, cookies=browser.cookies
    )
    assert again.get("/form").text == first.text


def test_every_answer_carries_the_headers_of_safety(browser):
    for answer in (browser.get("/viewer"), browser.get("/nowhere"), browser.get("/viewer", headers={"Host": "x"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
    asked = browser.options(
        "/api/v1/change",
        headers={
            "Origin": "http://evil.example",
            "Access-Control-Request-Headers": "weft-as",
            "Sec-Fetch-Site": "cross-site",
        },
    )
    assert asked.status_code == 403 and "access-control-allow-headers" not in asked.headers


def test_who_looks(browser):
    assert browser.get("/viewer").text.startswith("me@here for nothing")
    browser.cookies.update(
        {"weft_as_4600": "j%C3%B6rg%40x.example", "weft_for_4600": "reporting", "weft_as_4601": "other"}
    )
    assert browser.get("/viewer").text.startswith("jörg@x.example for reporting")
    told = browser.get("/viewer", headers={"Weft-As": "mé@x.example".encode(), "Weft-For": "audit"})
    assert told.text.startswith("mé@x.example for audit")


def test_the_twin_is_asked_for_by_address_or_preference(browser):
    for path in ("/viewer.json", "/index.json", "/.json"):
        assert browser.get(path).text.endswith("json True"), path
    for accept, json in {
        "application/json": True,
        "text/html,application/xhtml+xml,*/*;q=0.8": False,
        "*/*": False,
        "text/html;q=0.5, application/json": True,
        "application/json;q=0.1, text/html": False,
        "application/json;q=x": False,
    }.items():
        assert browser.get("/viewer", headers={"Accept": accept}).text.endswith(f"json {json}"), accept


def test_nobody_listens_where_others_could_ask():
    for host in ("127.0.0.1", "localhost", "::1", "[::1]"):
        must_be_loopback(host)
    for host in ("0.0.0.0", "", "::", "192.168.1.4", "localhost.evil.example", "127.0.0.2"):
        with pytest.raises(Invalid, match="nobody logs in yet"):
            must_be_loopback(host)


def test_errors_are_problems_without_inner_text():
    told = {
        type(e).__name__: problem(understood(e))["status"]
        for e in (
            Unknown("a"),
            Invalid("a"),
            Denied("a"),
            Conflict("a"),
            Unavailable("a"),
            Broken("a"),
            ValueError("a"),
        )
    }
    assert told == {
        "Unknown": 404,
        "Invalid": 422,
        "Denied": 403,
        "Conflict": 409,
        "Unavailable": 503,
        "Broken": 500,
        "ValueError": 500,
    }
    assert "secret row" not in str(problem(understood(ValueError("secret row"))))
