"""Descriptions that are read from a URL: what is asked for, and what is not."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import yaml

from weft.errors import Invalid, WeftError
from weft.mesh.drafting import Ground, from_openapi, from_sample

HERE = Ground(near=True)


@pytest.fixture(scope="module")
def web():
    """A web server: `pages` by path, what was asked for in `asked`."""
    pages, asked = {}, []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", pages=pages, asked=asked)
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_url_is_read_and_its_neighbours_only_when_asked(web):
    pets = {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "types.json#/Pets"}}}}}}}
    types = {
        "Pets": {
            "type": "array",
            "items": {"properties": {"id": {"type": "integer"}, "far": {"$ref": "http://localhost:9/x.json"}}},
        }
    }
    document = {"openapi": "3.0.0", "servers": [{"url": "/v1"}], "paths": {"/pets": pets}}
    web.pages["/api/openapi.json"] = 200, {}, json.dumps(document).encode()
    web.pages["/api/types.json"] = 200, {}, json.dumps(types).encode()
    with pytest.raises(Invalid, match="not followed"):
        from_openapi("pets", f"{web.url}/api/openapi.json", HERE)
    assert web.asked == ["/api/openapi.json"]
    report = from_openapi("pets", f"{web.url}/api/openapi.json", HERE, follow=True).report
    assert [s["name"] for s in report["streams"]] == ["pets"]  # the reference to another host is not followed at all
    assert report["address"]["value"] == f"{web.url}/v1"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://169.254.169.254/x", "http://[::1]:9/x"]
)
def test_who_does_not_sit_here_reaches_no_private_network(address):
    with pytest.raises(Invalid, match=r"private|no URL") as refused:
        from_openapi("x", address)
    assert "source" not in f"{refused.value.message} {refused.value.hint}", "there is none yet"
    with pytest.raises(Invalid, match=r"private|no URL"):
        from_sample("x", address)


@pytest.mark.parametrize(
    ("place", "answer", "says"),
    [
        ("/moved", (302, {"Location": "http://localhost:9/openapi.json"}, b""), "localhost"),
        ("/gone", (404, {}, b""), "404"),
    ],
)
def test_a_url_that_gives_no_document_says_why(web, place, answer, says):
    web.pages[place] = answer
    with pytest.raises(WeftError, match=says):
        from_openapi("x", f"{web.url}{place}", HERE)


def test_a_sample_of_a_url_tells_its_path_and_its_parameters(web):
    body = json.dumps({"data": [{"id": 1}, {"id": 2}], "total": 9}).encode()
    web.pages["/v2/orders?page=1&per_page=2"] = 200, {}, body
    drafted = from_sample("shop", f"{web.url}/v2/orders?page=1&per_page=2", HERE)
    (stream,) = drafted.report["streams"]
    assert (stream["name"], stream["path"], stream["records_path"]) == ("orders", "/v2/orders", ["data"])
    assert stream["pagination"]["style"] == "page"
    assert yaml.safe_load(drafted.files["connector.yaml"])["baseUrl"] == web.url


@pytest.mark.parametrize(
    ("answer", "told", "more"),
    [
        ('[{"id": 1}, {"id": 2}]', ([], ["id"], "none"), {}),
        ('{"orders": [{"id": 1}], "next": "https://a.example/o?page=2"}', (["orders"], ["id"], "next_url"), {}),
        ('{"orders": [{"id": 1}], "next": "/o?page=2"}', (["orders"], ["id"], "next_url"), {}),
        ('{"response": {"meta": {"at": 1}, "data": {"orders": [{"order_id": 1}]}}}', (["response", "data", "orders"], ["order_id"], "none"), {}),
        ('{"id": 1}\n\n{"id": 2, "b": true}\n', ([], ["id"], "none"), {"decoder": "JsonlDecoder"}),
    ],
)  # fmt: skip
def test_samples_of_all_shapes(tmp_path, answer, told, more):
    place = tmp_path / "answer"
    place.write_text(answer)
    drafted = from_sample("shop", str(place))
    (stream,) = drafted.report["streams"]
    assert (stream["records_path"], stream["primary_key"], stream["pagination"].get("style", "none")) == told
    assert yaml.safe_load(drafted.files["connector.yaml"])["streams"]["shop"].items() >= more.items()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('{"id": 1}', "no list of objects"),
        ("[]", "list is empty"),
        ('{"data": [], "total": 0}', "list is empty"),
        ("<!doctype html><p>Log in", "is a page, HTML or XML"),
        (" ", "' is empty"),
        ('[{"id": 1}, {"id"', "line 1 cannot be read"),
    ],
)
def test_what_is_no_sample_says_why(tmp_path, answer, says):
    place = tmp_path / "answer"
    place.write_text(answer)
    with pytest.raises(Invalid, match=says):
        from_sample("shop", str(place))


def test_a_token_is_handed_on_as_other_lists_of_the_document_do(tmp_path):
    pages = {
        "type": "object",
        "properties": {"next": {"properties": {"per_page": {"type": "integer"}, "starting_after": {"type": "string"}}}},
    }
    answer = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": {"properties": {"id": {"type": "string"}}}}, "pages": pages},
    }
    said = {"200": {"content": {"application/json": {"schema": answer}}}}
    size = {"name": "per_page", "in": "query", "schema": {"type": "integer"}}
    after = {"name": "starting_after", "in": "query", "schema": {"type": "string"}}
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    paths = {"/told": [size, after], "/untold": [], "/counted": [size, page]}
    document = {
        "openapi": "3.0.0",
        "paths": {p: {"get": {"summary": "List", "parameters": ps, "responses": said}} for p, ps in paths.items()},
    }
    place = tmp_path / "openapi.json"
    place.write_text(json.dumps(document))
    drafted = from_openapi("shop", str(place))
    streams = yaml.safe_load(drafted.files["connector.yaml"])["streams"]
    assert streams["told"]["pagination"] == {
        **streams["untold"]["pagination"],
        "pageSize": 100,
        "pageSizeOption": "per_page",
    }
    assert streams["untold"]["pagination"]["pageTokenOption"] == "starting_after"
    assert streams["counted"]["pagination"]["kind"] == "PageIncrement"  # 'next.per_page' is no token for 'per_page'
    confidence = {s["name"]: s["confidence"] for s in drafted.report["streams"]}
    assert confidence["untold"] < 0.7 < confidence["told"]
