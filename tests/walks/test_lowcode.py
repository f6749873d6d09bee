"""Low-code manifests taken over and read: each supported kind, and the same records as the official runtime."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from lowcode import peers
from lowcode.server import TOKEN, serving
from weft.connectors.rest.load import connector
from weft.mesh.drafting import from_lowcode
from weft.mesh.quiet import Quiet
from weft.seams import Reach

FOLDER = Path(__file__).parents[1] / "lowcode"
EXPECTED = {
    "paging": {"pages": 10, "offsets": 10, "cursors": 10, "links": 10, "posted": 10},
    "parts": {"shops": 10, "orders": 50, "regions": 6, "changes": 50},
    "answers": {"flaky": 10, "missing": 0, "lines": 10, "table": 10, "markup": 10},
    "dynamic": {"first": 3, "second": 3},
    "more": {"forms": 3, "graph": 10, "packed": 2, "all": 4, "grouped": 4, "feed": 41, "chunked": 4, "job": 4, "discovered": 4},
}  # fmt: skip


class Clock:
    """Told the time; waits are over at once."""

    def now(self):
        return datetime(2026, 3, 1, tzinfo=UTC)

    def sleep(self, seconds):
        """Nobody waits in a test."""


@pytest.fixture(scope="module")
def server():
    with serving() as served:
        yield served


def read(name, config, folder):
    """Records by stream, read by weft."""
    data = yaml.safe_load(from_lowcode(name, str(FOLDER / f"{name}.yaml")).files["connector.yaml"])
    source = connector(data)(**config, token="secret://env/T", privateNetwork=True)
    vault = SimpleNamespace(get=lambda _: TOKEN)
    reach = Reach(vault, folder, folder, Clock(), Quiet())
    names = list(data.get("streams", ())) or [s.name for s in source.discover(reach, {})]
    settings = source.stream_schema()()
    return {
        n: [row for b in source.read(reach, n, settings, {}) for row in b.scan.reader.read_all().to_pylist()]
        for n in names
    }


@pytest.mark.parametrize(
    ("name", "way"), [*((n, "oauth") for n in EXPECTED), ("answers", "session"), ("answers", "basic")]
)
def test_every_supported_kind_reads_what_is_there(server, tmp_path, name, way):
    config = {"url": server.url} | ({"way": way} if name == "answers" else {})
    found = read(name, config, tmp_path)
    assert {stream: len(rows) for stream, rows in found.items()} == EXPECTED[name]


@pytest.mark.skipif(not peers.PROGRAM.exists(), reason=peers.MISSING)
@pytest.mark.parametrize("name", EXPECTED)
def test_the_records_are_those_of_the_official_runtime(server, tmp_path, name):
    config = {"url": server.url} | ({"way": "oauth"} if name == "answers" else {})
    ours = read(name, config, tmp_path)
    server.asked.clear()
    theirs = peers.records(FOLDER / f"{name}.yaml", config, tmp_path)
    assert {n: alike(rows) for n, rows in ours.items() if n in theirs} == {n: alike(rows) for n, rows in theirs.items()}


def alike(rows):
    """Rows in no order, without fields that have no value."""
    return sorted(json.dumps(_bare(row), sort_keys=True) for row in rows)


def _bare(value):
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value
