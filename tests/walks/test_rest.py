"""A connector that is a document, from the folder to the rows that people read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from manifests import answers
from walks.mesh import BASE, open_mesh, product, rows, source, write
from web import Told, web
from weft.flow.check import check
from weft.flow.run import run
from weft.mesh import judges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web import Web
    from weft.model import Event
    from weft.seams import World

CONNECTOR = """\
apiVersion: weft/v1
kind: Connector
name: shop
baseUrl: "{{ config.url }}"
config:
  required: [url, token]
  properties: {url: {type: string}, token: {type: string, format: password}}
auth: {kind: BearerAuthenticator, apiToken: "{{ config.token }}"}
streams:
  orders:
    path: /orders
    records: data
    key: id
    pagination: {kind: CursorPagination, cursorValue: "{{ response.next }}", pageTokenOption: after}
"""
CONTRACT = """
schema:
  - name: orders
    customProperties: [{property: weft.stream, value: shop.orders}]
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: total, logicalType: number}
      - {name: at, logicalType: timestamp}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with web() as found:
        yield found


def events(world: World) -> list[Event]:
    with world.registry.transaction() as unit:
        return list(unit.journal.read())


def documents(site: Web, connector: str = CONNECTOR) -> dict[str, str]:
    config = f"{{url: '{site.url}', token: secret://env/SHOP_TOKEN, privateNetwork: true}}"
    told = source("shop", f"connector: shop\nconfig: {config}\n")
    return told | product("p", CONTRACT, reads=("stream:shop.orders",)) | {"connectors/shop/connector.yaml": connector}


def test_a_manifest_of_the_mesh_is_applied_run_and_pinned(tmp_path: Path, site: Web, monkeypatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "canary-4711")
    pages = {
        None: {"data": [{"id": 1, "total": 1.5, "at": "2026-01-01T00:00:00Z"}], "next": "b"},
        "b": {"data": [{"id": 2, "total": 3, "at": "2026-01-01T02:00:00+01:00"}], "next": None},
    }
    site.answer = answers({"/orders": lambda asked: pages[asked.params.get("after")]})
    world = open_mesh(tmp_path, documents(site))
    (one,) = run(world)
    assert (one.tables[0].state, one.tables[0].rows) == ("published", 2)
    assert {a.headers["authorization"] for a in site.asked} == {"Bearer canary-4711"}
    found = rows(world, 'SELECT id, total, CAST("at" AS VARCHAR) AS moment FROM d.p.orders ORDER BY id')
    assert [(r["id"], float(r["total"])) for r in found] == [(1, 1.5), (2, 3.0)]
    assert found[0]["moment"].startswith("2026-01-01 00:00") and found[1]["moment"].startswith("2026-01-01 01:00")
    # What lies in the folder counts only once it is applied.
    (tmp_path / "connectors/shop/connector.yaml").write_text(CONNECTOR.replace("/orders", "/gone"))
    assert run(world)[0].tables[0].state == "published"
    known = world.connectors.beside({})
    assert "shop" not in known.names()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("BearerAuthenticator", "BarerAuthenticator", "8:8: error: 'BarerAuthenticator' is not a known kind, known are ApiKey"),
        ("apiToken:", "token:", "'token' is not a known key, did you mean 'apiToken'?"),
        ("config.token", "config.tokn", "8:35: error: 'tokn' is no property of 'config', did you mean 'token'?"),
        ("response.next", "respnse.next", "14:42: error: 'cursorValue': 'respnse' at character 4 is no name, did you mean"),
        ('"{{ response.next }}"', '"{{ response.next"', "14:42: error: 'cursorValue': the expression that begins at"),
        ("cursorValue", "curserValue", "'curserValue' is not a known key, did you mean 'cursorValue'?"),
        ('"{{ response.next }}"', "\"{{ ''.__class__ }}\"", "'__class__' before character"),
        ('"{{ response.next }}"', '"{% if 1 %}"', "begins a statement, allowed are expressions"),
        ("  orders:\n", "  odres:\n", "'shop' has no stream 'orders'; did you mean 'odres'? Known are odres"),
        ('"{{ config.url }}"', "api.example.com", "4:1: error: 'baseUrl': an address to be asked begins with ':'"),
        ("cursorValue", "pageSize: many, cursorValue", "'pageSize': 'many' is no number of records, allowed are 1 and"),
        ("    key: id\n", "    key: id\n    timezone: Mars/Base\n", "'timezone': 'Mars/Base' is no time zone such as"),
        ("    key: id\n", "    key: id\n    incremental: {kind: DatetimeBasedCursor, cursorField: at, startDatetime: soon}\n",
         "'startDatetime': 'soon' is no moment: "),
        ('"{{ response.next }}"', "\"{{ format_datetime('x') }}\"",
         "the arguments of 'format_datetime' at character 4 do not fit: missing a required argument: 'format'"),
        ("path: /orders",
         "path: '/{{ stream_partition.regoin }}'\n    partitions: {kind: ListPartitionRouter, cursorField: region, values: [eu]}",
         "11:5: error: 'regoin' is no field of 'stream_partition', did you mean 'region'? Known are region"),
        ("    key: id\n", "    key: id\n    properties: {propertyList: {propertyFieldPath: [x]}}\n",
         "'requester' is missing, it is required"),
        ("    path: /orders\n", "", "10:3: error: 'path' is missing, the stream 'orders' needs it"),
        ("key: id", "partitions: {kind: SubstreamPartitionRouter, stream: boards, parentKey: id, partitionField: b}",
         "'boards' is no stream, did you mean 'orders'? Known are orders"),
        ('"{{ config.token }}"', "s3cr3t-in-clear", "'apiToken' holds a secret in clear text"),
        ("name: shop", "name: other", "'name' is 'other', allowed is 'shop', the folder that it lies in"),
        ("format: password", "format: pass, type: [x]", "the key 'type' stands twice"),
        ("type: string, format: password", "type: [string]", "'token' has no type that is known"),
    ],
)  # fmt: skip
def test_check_tells_what_is_wrong_and_where(tmp_path: Path, site: Web, old: str, new: str, said: str) -> None:
    write(tmp_path, BASE | documents(site, CONNECTOR.replace(old, new)))
    found = [str(p) for p in check(judges(), tmp_path)]
    where = "domains/d/p/" if "has no stream 'orders'" in said else "connectors/shop/connector.yaml"
    assert any(said in text and where in text for text in found), found
    assert not any("s3cr3t" in text or "sources/" in text or "tuple[" in text for text in found), found


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcde")
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("streams:", f"{BOMB}streams:", "aliases"),
        ("path: /orders", "path: '/orders?api_key=s3cr3t-in-clear'", "'path' holds a secret in its parameters"),
        ('baseUrl: "{{ config.url }}"', "baseUrl: 'https://me:s3cr3t@x.example'", "'baseUrl' holds a URL with a password"),
        ("streams:", "!!python/object:os.system x: 1\nstreams:", "tag"),
    ],
)  # fmt: skip
def test_documents_that_mean_harm_are_refused(tmp_path: Path, site: Web, old: str, new: str, said: str) -> None:
    write(tmp_path, BASE | documents(site, CONNECTOR.replace(old, new)))
    found = [str(p) for p in check(judges(), tmp_path)]
    assert any(said in text and "connectors/shop/connector.yaml" in text for text in found), found
    assert not any("s3cr3t" in text for text in found)


def test_a_token_in_a_parameter_is_in_no_message(tmp_path: Path, site: Web, monkeypatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "canary-4712")
    site.answer = lambda _asked: Told(404, b'{"message": "no such token: canary-4712"}')
    connector = CONNECTOR.replace("path: /orders", "path: /orders\n    params: {key: '{{ config.token }}'}")
    world = open_mesh(tmp_path, documents(site, connector))
    (one,) = run(world)
    told = f"{one} {[e.model_dump() for e in events(world)]}"
    assert "canary" not in told and "GET /orders answers 404" in told
    assert site.asked[-1].params["key"] == "canary-4712"
