"""A drafted connector corrected by two pages of each list: what the document says wrongly, and what it does not say."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from walks.terminal import weft
from weft.errors import Invalid
from weft.mesh.drafting import from_openapi

ROWS = [{"id": n, "at": f"2026-01-{n + 1:02}T00:00:00Z"} for n in range(8)]


def answer(path, query):
    """What the interface really does."""
    page = int(query.get("page", 1))
    start = int(query.get("cursor", 0))
    more = start + 3 if start + 3 < len(ROWS) else None
    return {
        "/fine": {"data": ROWS[(page - 1) * 3 : page * 3]},
        "/moved": {"orders": ROWS[start : start + 3], "next_cursor": more and str(more)},
        "/unsaid": {"results": ROWS[:5], "total": 5},
        "/clamped": {"data": ROWS[(page - 1) * 3 : page * 3]},
        "/stuck": {"data": ROWS[:4]},
        "/twice": {"data": [{"id": 1}, {"id": 1}]},
        "/empty": {"data": []},
        "/strange": {"name": "one"},
    }.get(path)


def described(path, *parameters, schema=None):
    data = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": {"properties": {"id": {"type": "integer"}}}}},
    }
    content = {} if schema == {} else {"application/json": {"schema": schema or data}}
    return {
        path: {"get": {"summary": "List", "parameters": list(parameters), "responses": {"200": {"content": content}}}}
    }


@pytest.fixture(scope="module")
def interface(tmp_path_factory):
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            told = answer(parts.path, dict(parse_qsl(parts.query)))
            good = self.headers["Authorization"] == "Bearer s3cret-token"
            status = 401 if not good else 404 if told is None else 200
            body = json.dumps(told if status == 200 else {"error": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    three, hundred = ({"name": "size", "in": "query", "schema": {"type": "integer", "default": n}} for n in (3, 100))
    cursor = {"name": "cursor", "in": "query", "schema": {"type": "string"}}
    document = {
        "openapi": "3.0.0",
        "servers": [{"url": f"http://127.0.0.1:{server.server_port}"}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            **described("/fine", page, three),
            **described("/moved", cursor),
            **described("/unsaid", page, schema={}),
            **described("/clamped", page, hundred),
            **described("/stuck", page, three),
            **described("/twice"),
            **described("/empty"),
            **described("/strange"),
            **described("/gone"),
        },
    }  # fmt: skip
    place = tmp_path_factory.mktemp("probe") / "openapi.json"
    place.write_text(json.dumps(document))
    yield place
    server.shutdown()
    server.server_close()
    thread.join()


def evidence(stream, what):
    return next(d["text"] for d in stream["evidence"] if d["decision"] == what)


def test_two_pages_confirm_or_correct_what_was_guessed(interface, monkeypatch):
    monkeypatch.setenv("PROBE_TOKEN", "s3cret-token")
    drafted = from_openapi("shop", str(interface), config={"token": "secret://env/PROBE_TOKEN"})
    streams = {s["name"]: s for s in drafted.report["streams"]}
    told = yaml.safe_load(drafted.files["connector.yaml"])["streams"]
    assert "the second page has other records" in evidence(streams["fine"], "pagination")
    assert "different in each of 6" in evidence(streams["fine"], "primary_key") and streams["fine"]["confidence"] > 0.85
    assert (told["moved"]["records"], told["moved"]["pagination"]["cursorValue"]) == (
        "orders", "{{ response.next_cursor }}",
    )  # fmt: skip
    assert "in orders, not in data" in evidence(streams["moved"], "records_path")
    assert (told["unsaid"]["records"], told["unsaid"]["key"]) == ("results", "id")
    assert told["clamped"]["pagination"]["pageSize"] == 3  # else the list would end after its first page
    assert "pagination" not in told["stuck"] and "first again" in evidence(streams["stuck"], "pagination")
    assert "key" not in told["twice"] and "twice in 2 records" in evidence(streams["twice"], "primary_key")
    assert told["empty"]["records"] == "data"
    assert "no list of records" in evidence(streams["strange"], "list")
    assert "404" in evidence(streams["gone"], "list")
    fine = yaml.safe_load(drafted.files["drafts/fine.odcs.yaml"])["schema"][0]
    assert [(p["name"], p["logicalType"]) for p in fine["properties"]] == [("id", "integer"), ("at", "timestamp")]
    assert "s3cret" not in json.dumps(drafted.report) + "".join(drafted.files.values())


def test_the_command_writes_and_reports(interface, tmp_path, monkeypatch):
    monkeypatch.setenv("PROBE_TOKEN", "s3cret-token")
    start = ("connector", "new", "shop", "--from-openapi", str(interface), "--out", "c/shop")
    done = weft(tmp_path, *start, "--probe", "--set", "token=secret://env/PROBE_TOKEN", "--json")
    assert done.code == 0, done.err
    assert {"name", "auth", "streams", "skipped"} <= set(done.json())
    assert {"name", "path", "records_path", "primary_key", "pagination", "incremental", "parent", "confidence", "evidence"} <= set(
        done.json()["streams"][0]
    )  # fmt: skip
    assert (tmp_path / "c/shop/connector.yaml").is_file() and (tmp_path / "c/shop/drafts/fine.odcs.yaml").is_file()
    again = weft(tmp_path, *start)
    assert again.code == 2 and "is there already" in again.err
    clear = weft(tmp_path, *start[:-1], "c/other", "--probe", "--set", "token=s3cret-token")
    assert clear.code == 2 and "reference" in clear.err and "s3cret" not in clear.err
    odd = weft(tmp_path, *start[:-1], "c/other", "--probe", "--set", "token")
    assert odd.code == 2 and "NAME=VALUE" in odd.err
    neither = weft(tmp_path, "connector", "new", "shop", "--out", "c/x")
    assert neither.code == 2 and "either --from-openapi or --from-sample" in neither.err


def test_wrong_credentials_are_told_once_for_each_stream(interface, monkeypatch):
    monkeypatch.setenv("PROBE_TOKEN", "another-token")
    report = from_openapi("shop", str(interface), config={"token": "secret://env/PROBE_TOKEN"}).report
    assert all("could not be probed" in evidence(s, "list") for s in report["streams"])
    with pytest.raises(Invalid, match="token"):
        from_openapi("shop", str(interface), config={})


def test_a_drafted_connector_is_a_document_of_its_mesh(interface, tmp_path, monkeypatch):
    monkeypatch.setenv("PROBE_TOKEN", "s3cret-token")
    assert weft(tmp_path, "init", "mesh").code == 0
    mesh = tmp_path / "mesh"
    assert (
        weft(mesh, "connector", "new", "shop", "--from-openapi", str(interface), "--out", "connectors/shop").code == 0
    )
    (mesh / "domains/sales/sources/till.yaml").write_text(
        "apiVersion: weft/v1\nkind: Source\nname: till\nconnector: shop\n"
        "config: {token: secret://env/PROBE_TOKEN, privateNetwork: true}\nstreams: {fine: {}}\n"
    )
    checked = weft(mesh, "check")
    assert (checked.code, checked.out) == (0, "everything is in order\n"), checked.err
    assert weft(mesh, "apply", "--yes").code == 0
    drafted = weft(mesh, "new", "product", "sales.fine", "--from", "till.fine")
    assert drafted.code == 0 and "the source declares (id) as its key" in drafted.out, drafted.err


@pytest.mark.parametrize(
    ("server", "says"), [("http://169.254.169.254/latest", "TLS"), ("https://10.0.0.1", "private")]
)
def test_a_private_address_of_a_document_is_not_believed(interface, tmp_path, monkeypatch, server, says):
    monkeypatch.setenv("PROBE_TOKEN", "s3cret-token")
    document = json.loads(interface.read_text())
    document["servers"] = [{"url": server}]
    place = tmp_path / "openapi.json"
    place.write_text(json.dumps(document))
    report = from_openapi("shop", str(place), config={"token": "secret://env/PROBE_TOKEN"}).report
    assert all(says in evidence(s, "list") for s in report["streams"])
