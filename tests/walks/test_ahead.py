"""Streams of one source are read together; each still lands alone, from where it stands."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from manifests import answers
from walks.mesh import open_mesh, product, rows, source
from web import Told, web
from weft.flow.ingest import Options
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a", "b", "c")
CONNECTOR = """\
apiVersion: weft/v1
kind: Connector
name: shop
baseUrl: "{{ config.url }}"
config: {required: [url], properties: {url: {type: string}}}
limits: {concurrency: 3}
streams:
"""
CONNECTOR += "".join(f"  {name}: {{path: /{name}, key: id}}\n" for name in NAMES)
CONTRACT = "\nschema:\n" + "".join(
    f"""\
  - name: {name}
    customProperties: [{{property: weft.stream, value: shop.{name}}}]
    properties: [{{name: id, logicalType: integer}}, {{name: none, logicalType: string}}, {{name: l, logicalType: array, items: {{name: i, logicalType: string}}}}]
"""
    for name in NAMES
)


def test_streams_wait_together_and_fail_alone(tmp_path: Path) -> None:
    together = threading.Barrier(len(NAMES), timeout=20)
    failing: set[str] = set()

    def answer(name: str):
        def told(_asked):
            together.wait()  # answers only when all three are asked
            return {"error": "no"} if name in failing else [{"id": 1, "none": None, "l": [None]}, {"id": 2, "l": []}]

        return told

    with web() as site:
        site.answer = answers({f"/{name}": answer(name) for name in NAMES})
        told = source("shop", f"connector: shop\nconfig: {{url: '{site.url}', privateNetwork: true}}\n")
        reads = tuple(f"stream:shop.{name}" for name in NAMES)
        files = told | product("p", CONTRACT, reads=reads) | {"connectors/shop/connector.yaml": CONNECTOR}
        world = open_mesh(tmp_path, files)
        (one,) = run(world)
        assert [(t.state, t.rows) for t in one.tables] == [("published", 2)] * 3
        assert rows(world, "SELECT id, none, l FROM d.p.c ORDER BY id") == [
            {"id": 1, "none": None, "l": [None]},
            {"id": 2, "none": None, "l": []},
        ]
        site.answer = lambda _asked: Told(body=b'[{"id":1,"none":"x","l":[]},{"id":NaN,"none":null,"l":null}]')
        (one,) = run(world, (), Options(full_refresh=True))
        assert [(t.rows, t.quarantined) for t in one.tables] == [(1, 1)] * 3
        assert "NaN or Infinity" in one.tables[0].drift[-1]
        site.answer = answers({f"/{name}": answer(name) for name in NAMES})
        failing.add("b")
        (one,) = run(world)
        assert [t.state for t in one.tables] == ["unchanged", "failed", "unchanged"]
        assert "'error' instead of a record" in one.tables[1].error
    assert not [thread for thread in threading.enumerate() if thread.name == "weft-ahead"]


def test_no_more_streams_are_read_at_once_than_the_connector_allows(tmp_path: Path) -> None:
    inside, most, lock = [0], [0], threading.Lock()
    pair = threading.Barrier(2, timeout=20)

    def told(asked):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        if asked.path != "/c":
            pair.wait()  # the second is asked while the first is
        with lock:
            inside[0] -= 1
        return [{"id": 1}]

    with web() as site:
        site.answer = answers(told)
        shop = source("shop", f"connector: shop\nconfig: {{url: '{site.url}', privateNetwork: true}}\n")
        files = shop | product("p", CONTRACT, reads=tuple(f"stream:shop.{name}" for name in NAMES))
        world = open_mesh(tmp_path, files | {"connectors/shop/connector.yaml": CONNECTOR.replace("y: 3", "y: 2")})
        (one,) = run(world)
    assert [t.state for t in one.tables] == ["published"] * 3 and most == [2]
