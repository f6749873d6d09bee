"""Lineage out to other tools and in from them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from walks.mesh import ADA, BASE, open_mesh, product, reapply
from walks.terminal import weft
from weft.flow import base
from weft.flow.doctor import doctor
from weft.flow.run import run
from weft.mesh import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RAW = product("raw", "schema: [{name: t, properties: [{name: id, logicalType: integer}, {name: v}]}]\n")
MADE = product("made", "schema: [{name: m, properties: [{name: id, logicalType: integer}]}]\n", reads=("d-raw-c",))
SQL = {"domains/d/made/m.sql": "SELECT id FROM d.raw.t WHERE v IS NOT NULL", "domains/d/raw/t.csv": "id,v\n1,a\n"}
OURS = "weft://test"


def job(name: str, inputs: list[tuple[str, str]], outputs: list[dict[str, Any]]) -> str:
    """A line of a file of OpenLineage events."""
    return json.dumps({
        "eventType": "COMPLETE", "eventTime": "2026-11-22T10:00:00Z", "producer": "https://example.org/tool",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "01902f2b-0000-7000-8000-000000000000"}, "job": {"namespace": "dbt", "name": name},
        "inputs": [{"namespace": n, "name": m} for n, m in inputs], "outputs": outputs,
    })  # fmt: skip


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    world = open_mesh(tmp_path, RAW, MADE, SQL)
    run(world)
    world.close()
    return tmp_path


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[Any]]]:
    """A server that takes events, and what it was sent."""
    seen: list[Any] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.headers.get("Authorization"), body))
            self.send_response(201 if self.path == "/api/v1/lineage" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_runs_are_handed_out_once(mesh: Path) -> None:
    done = weft(mesh, "lineage", "export", "events.jsonl", "--new")
    assert done.err == "4 events exported\n"
    assert weft(mesh, "lineage", "export", "events.jsonl", "--new").err == "0 events exported\n"
    events = [json.loads(line) for line in (mesh / "events.jsonl").read_text().splitlines()]
    assert [(e["eventType"], e["job"]["name"]) for e in events] == [
        ("START", "d.raw"), ("COMPLETE", "d.raw"), ("START", "d.made"), ("COMPLETE", "d.made"),
    ]  # fmt: skip
    assert len({e["run"]["runId"] for e in events}) == 2
    assert events[3]["inputs"] == [{"namespace": OURS, "name": "d.raw.t"}]
    assert len(weft(mesh, "lineage", "export").out.splitlines()) == 4


def test_an_endpoint_takes_them(mesh: Path, endpoint: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    url, seen = endpoint
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "k3y")
    refused = weft(mesh, "lineage", "export", f"{url}/elsewhere", "--new")
    assert (refused.code, refused.err) == (
        5,
        "Unavailable: the endpoint answered 503\n  Look at its log, then export again.\n",
    )
    seen.clear()
    assert weft(mesh, "lineage", "export", f"{url}/api/v1/lineage", "--new").err == "4 events exported\n"
    assert [(key, body["job"]["name"]) for key, body in seen][::2] == [
        ("Bearer k3y", "d.raw"),
        ("Bearer k3y", "d.made"),
    ]


def test_jobs_of_other_tools_join_the_graph(mesh: Path) -> None:
    columns = {"fields": {"score": {"inputFields": [
        {"namespace": OURS, "name": "d.made.m", "field": "id", "transformations": [{"type": "DIRECT"}]}
    ]}}}  # fmt: skip
    scored = {"namespace": "bigquery", "name": "lab.scores", "facets": {"columnLineage": columns}}
    lines = [
        job("score", [(OURS, "d.made.m")], [scored]),
        job("mail", [("bigquery", "lab.scores")], [{"namespace": "mail", "name": "campaign"}]),
        "",
        json.dumps({"dataset": {"namespace": "x", "name": "y"}}),
    ]
    (mesh / "jobs.jsonl").write_text("\n".join(lines))
    assert weft(mesh, "lineage", "import", "jobs.jsonl").err == "2 jobs imported\n"
    assert weft(mesh, "lineage", "import", "jobs.jsonl").err == "0 jobs imported\n", "said once is enough"
    told = weft(mesh, "lineage", "d.raw.t.id", "--down", "--json").json()
    assert [(e["from"], e["to"], e["how"]) for e in told] == [
        ("d.raw.t.id", "d.made.m.id", "direct"),
        ("d.made.m.id", "dataset:bigquery/lab.scores.score", "direct"),
        ("dataset:bigquery/lab.scores.score", "dataset:bigquery/lab.scores.*", "unknown"),
        ("dataset:bigquery/lab.scores.*", "dataset:mail/campaign.*", "unknown"),
    ]
    back = weft(mesh, "lineage", "dataset:mail/campaign", "--json").json()
    assert {e["from"] for e in back} >= {"d.raw.t.id", "d.raw.t.v"}, "and the way back, over what our SQL filters by"


def test_what_a_job_says_last_counts(mesh: Path) -> None:
    first = job("copy", [(OURS, "d.raw.t")], [{"namespace": "a", "name": "b"}])
    then = job("copy", [(OURS, "d.made.m")], [{"namespace": "a", "name": "b"}])
    for lines in (first, then):
        (mesh / "jobs.jsonl").write_text(lines)
        assert weft(mesh, "lineage", "import", "jobs.jsonl").code == 0
    told = weft(mesh, "lineage", "dataset:a/b", "--json").json()
    assert told[0] == {"from": "d.made.m.id", "to": "dataset:a/b.*", "how": "unknown"}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{", "jobs.jsonl:2: this is no OpenLineage event\n  Write one JSON event a line, or a list of them.\n"),
        ("[]", "jobs.jsonl:2: an OpenLineage event is an object\n  Write one event a line.\n"),
        ('{"a": 1}', "jobs.jsonl:2: the event has no 'job'\n  Allowed are RunEvents and JobEvents of OpenLineage.\n"),
        (
            '{"job": {"namespace": "x", "name": "y"}, "inputs": [{"name": "t"}]}',
            "jobs.jsonl:2: 'inputs[0]' of the event has no namespace\n  OpenLineage names both.\n",
        ),
    ],
    ids=["cut", "list", "no job", "no namespace"],
)
def test_what_is_no_event_is_told_and_nothing_is_noted_down(mesh: Path, line: str, text: str) -> None:
    good = job("copy", [(OURS, "d.raw.t")], [{"namespace": "a", "name": "b"}])
    (mesh / "jobs.jsonl").write_text(f"{good}\n{line}\n")
    done = weft(mesh, "lineage", "import", "jobs.jsonl")
    assert (done.code, done.err) == (2, f"Invalid: {text}")
    assert weft(mesh, "events", "--type", "lineage.imported", "--json").json() == []


def settings(folder: Path, more: str) -> None:
    (folder / "mesh.yaml").write_text(dedent(BASE["mesh.yaml"]).lstrip() + more)


def test_runs_are_told_by_themselves_and_none_is_lost_while_the_endpoint_is_away(
    mesh: Path, endpoint: tuple[str, list[Any]]
) -> None:
    url, seen = endpoint
    settings(mesh, f"lineage: {url}/elsewhere\n")
    world = open_world(mesh, user=ADA)
    assert [one.state for one in run(world)] == ["succeeded"] * 2, "whatever the endpoint says"
    (ill,) = doctor(world, base.declared(world))
    assert (ill.text, ill.mended) == ("what is new waits: the endpoint answered 503", False)
    world.close()
    settings(mesh, f"lineage: {url}/api/v1/lineage\n")
    seen.clear()
    for runs in (3, 4):
        world = open_world(mesh, user=ADA)
        run(world)
        told = [(body["eventType"], body["run"]["runId"], body["job"]["name"]) for _, body in seen]
        assert len(set(told)) == len(told) == runs * 4, "those from before too, and each once"
        assert doctor(world, base.declared(world)) == ()
        world.close()
    assert weft(mesh, "lineage", "export", f"{url}/api/v1/lineage", "--new").err == "0 events exported\n"


def test_runs_are_told_to_a_file_with_what_the_rules_found(mesh: Path) -> None:
    settings(mesh, "lineage: told.jsonl\n")
    contract = mesh / "domains/d/raw/out.odcs.yaml"
    rule = "    quality: [{name: many, metric: rowCount, mustBeGreaterThan: 5, severity: warning}]\n"
    contract.write_text(
        contract.read_text().replace(
            "schema: [{name: t, properties: [{name: id, logicalType: integer}, {name: v}]}]\n",
            "schema:\n  - name: t\n    properties: [{name: id, logicalType: integer}, {name: v}]\n" + rule,
        )
    )
    world = open_world(mesh, user=ADA)
    reapply(world)
    (mesh / "domains/d/raw/t.csv").write_text("id,v\n1,a\n2,b\n")
    reapply(world)
    run(world, ("d.raw",))
    world.close()
    events = [json.loads(line) for line in (mesh / "told.jsonl").read_text().splitlines()]
    (told,) = [e for e in events if e["job"]["name"] == "d.raw.quality"]
    (judged,) = told["inputs"]
    assert judged["name"] == "d.raw.t"
    (one,) = judged["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (one["assertion"], one["success"], one["actual"]) == ("rowCount", False, "2")
    assert judged["inputFacets"]["dataQualityMetrics"]["rowCount"] == 2
