"""With what others wrote: Prism as the mock of a description, Airbyte, Singer and dlt programs as sources.

`make peers` installs them below `.tools`; where they are not, these tests are skipped.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from lowcode.server import TOKEN, serving
from weft.connectors.airbyte import Airbyte
from weft.connectors.dlt import Dlt
from weft.connectors.openapi.document import parse
from weft.connectors.programs.program import ProgramStream
from weft.connectors.singer import Singer
from weft.mesh.quiet import Quiet, SystemClock
from weft.seams import Reach

TOOLS = Path(__file__).parents[2] / ".tools"
PRISM = TOOLS / "prism" / "node_modules" / ".bin" / "prism"
SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
security: [{token: []}]
paths:
  /orders:
    get:
      parameters: [{name: cursor, in: query, schema: {type: string}}, {name: limit, in: query, schema: {type: integer, maximum: 50}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object, required: [orders, next_cursor], properties: {
        orders: {type: array, items: {type: object, additionalProperties: false, required: [id], properties: {id: {type: string, format: uuid}, total: {type: number}}}},
        next_cursor: {type: [string, "null"], format: uuid}}}}}}}
  /orders/{orderId}/lines:
    get:
      parameters:
        - {name: orderId, in: path, required: true, schema: {type: string, format: uuid}}
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: per_page, in: query, schema: {type: integer, maximum: 50}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: object, additionalProperties: false, required: [sku], properties: {sku: {type: string}}}}}}}}
"""


def program(name):
    return pytest.mark.skipif(
        not (TOOLS / "programs" / name).exists(), reason=f"{name} is not there: `make peers` installs it into .tools"
    )


@pytest.fixture
def reach(tmp_path, monkeypatch):
    monkeypatch.setenv("WEFT_PROGRAMS", str(TOOLS / "programs"))
    return Reach(SimpleNamespace(get=lambda _: TOKEN), tmp_path, tmp_path, SystemClock(), Quiet())


def read(connector, reach, stream, cursor=None, **settings):
    """Rows and the last cursor."""
    rows, last = [], cursor or {}
    for batch in connector.read(reach, stream, ProgramStream(**settings), last):
        rows += batch.scan.reader.read_all().to_pylist()
        last = batch.cursor
    return rows, last


@pytest.mark.skipif(not PRISM.exists(), reason="Prism is not there: `make peers` installs it into .tools")
def test_a_drafted_connector_reads_all_pages_of_a_mock(tmp_path):
    mocked = pytest.importorskip("bench.apis.mocked", reason="the benchmarks are not beside the tests")
    found = mocked.read(parse(SHOP.encode(), "shop.yaml"), "shop", tmp_path)
    assert set(found) == {"orders", "lines"} and all(isinstance(rows, int) and rows for rows in found.values())


@program("source-faker")
def test_an_airbyte_source_of_others(reach):
    faker = Airbyte(program="source-faker", config={"count": 120, "seed": 7, "parallelism": 1})
    faker.test(reach)
    assert {s.name: s.key for s in faker.discover(reach, {})} == dict.fromkeys(
        ("users", "products", "purchases"), ("id",)
    )
    rows, cursor = read(faker, reach, "users")
    assert sorted(r["id"] for r in rows) == list(range(1, 121)) and cursor["state"]


@program("tap-dimdate")
def test_a_singer_tap_of_others(reach):
    tap = Singer(program="tap-dimdate", config={"start_date": "2026-01-01", "end_date": "2026-02-01"})
    rows, _ = read(tap, reach, "calendar")
    assert (len(rows), rows[0]["date"]) == (32, "2026-01-01")


@program("dlt")
def test_a_dlt_source_of_others(reach):
    with serving() as server:
        config = {
            "client": {"base_url": server.url, "auth": {"type": "bearer", "token": "secret://env/T"}, "paginator": "single_page"},
            "resources": [
                {"name": "changes", "endpoint": {"path": "changes", "data_selector": "items",
                 "incremental": {"cursor_path": "updated_at", "start_param": "since", "initial_value": "2026-02-01"}}},
            ],
        }  # fmt: skip
        source = Dlt(program="dlt", source="dlt.sources.rest_api:rest_api_source", config={"config": config})
        assert [s.name for s in source.discover(reach, {})] == ["changes"]
        rows, cursor = read(source, reach, "changes")
        assert len(rows) == 22 and min(r["updated_at"] for r in rows) == "2026-02-01T10:00:00Z"
        assert TOKEN not in str(cursor)
        assert read(source, reach, "changes", cursor)[0] == []  # dlt knows what it has told
