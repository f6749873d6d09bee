"""Small batches of a read land as one; what was read before an error is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifests import answers
from walks.mesh import open_mesh, product, rows, source
from web import Told, web
from weft.connectors.rest.reading import read
from weft.flow import joined
from weft.flow.run import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONNECTOR = """\
apiVersion: weft/v1
kind: Connector
name: shop
baseUrl: "{{ config.url }}"
config: {required: [url], properties: {url: {type: string}}}
streams:
  a:
    path: /a
    records: data
    key: id
    pagination: {kind: CursorPagination, cursorValue: "{{ response.next }}", pageTokenOption: after}
"""
CONTRACT = """
schema:
  - name: a
    customProperties: [{property: weft.stream, value: shop.a}]
    properties: [{name: id, logicalType: integer}, {name: v, logicalType: string}, {name: w, logicalType: string}]
"""
PAGE = 2


def test_pages_that_are_alike_are_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "ROWS", PAGE)  # a batch is a page
    broken: set[int] = {4}

    def page(asked: Any) -> Any:
        at = int(asked.params.get("after", 0))
        if at in broken:
            return Told(404)
        data = [{"id": at * PAGE + n, "v": "x", **({"w": "new"} if at == 3 else {})} for n in range(PAGE)]
        return {"data": data, "next": at + 1 if at < 5 else None}

    with web() as site:
        site.answer = answers({"/a": page})
        told = source("shop", f"connector: shop\nconfig: {{url: '{site.url}', privateNetwork: true}}\n")
        files = told | product("p", CONTRACT, reads=("stream:shop.a",)) | {"connectors/shop/connector.yaml": CONNECTOR}
        world = open_mesh(tmp_path, files)
        (one,) = run(world)
        assert (one.tables[0].state, "404" in one.tables[0].error) == ("failed", True)
        broken.clear()
        site.asked.clear()
        (one,) = run(world)
        assert [asked.params.get("after") for asked in site.asked] == ["4", "5"]  # what came before the error stands
        assert (one.tables[0].state, one.tables[0].rows, one.tables[0].batches) == ("published", 2 * PAGE, 1)
        assert rows(world, "SELECT count(*) AS n, count(DISTINCT id) AS d, count(w) AS w FROM d.p.a") == [
            {"n": 6 * PAGE, "d": 6 * PAGE, "w": PAGE}
        ]
        (one,) = run(world)  # all of it anew: three pages, one with a column more, which stays from there on
        assert (one.tables[0].rows, one.tables[0].batches) == (6 * PAGE, 1)
        monkeypatch.setattr(joined, "ROWS", PAGE)
        (one,) = run(world)
        assert (one.tables[0].rows, one.tables[0].batches) == (6 * PAGE, 7)  # the last one ends the read
