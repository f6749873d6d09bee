"""Where connectors are found, and how a manifest's parts judge each other."""

from __future__ import annotations

import importlib.metadata
from types import SimpleNamespace

import pytest

from manifests import Reader, answers
from weft.connectors import known
from weft.errors import Invalid
from weft.model import Position
from weft.spec.text import load

TIDE = """
apiVersion: weft/v1
kind: Connector
name: tide
title: Tides
baseUrl: "{{ config.url }}"
config: {required: [url], properties: {url: {type: string}}}
hooks: [authenticate]
streams: {levels: {path: /levels, key: id}}
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a manifest, as an entry point names it."""
    folder = tmp_path / "some_tides"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('nothing of it is run to find a manifest')")
    (folder / "connector.yaml").write_text(TIDE)
    (folder / "hooks.py").write_text("def authenticate(request):\n    return request.headed('X-Tide', 'high')\n")
    monkeypatch.syspath_prepend(tmp_path)
    points = {known.GROUP: [SimpleNamespace(name="tide", value="some_tides")]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points.get(group, []))
    known._folders.cache_clear()
    yield
    known._folders.cache_clear()


def test_a_package_brings_a_manifest_and_its_hooks(told, site, package):
    connectors = known.Known(load)
    assert {"Files", "Sql", "tide"} <= set(connectors.names())
    info = connectors.told("tide")
    assert (info.title, info.origin, info.streams, info.manifest) == ("Tides", "package", ("levels",), True)
    site.answer = answers({"/levels": [{"id": 1}]})
    one = connectors.build("tide", {"url": site.url, "privateNetwork": True})
    assert Reader(one, told, "levels").read() == [{"id": 1}] and site.asked[0].headers["x-tide"] == "high"
    mine = {**load(TIDE.encode(), "x"), "title": "Ours"}
    assert connectors.beside({"tide": mine}).told("tide").title == "Ours"
    with pytest.raises(Invalid, match="the parameters of 'tide' do not fit: 'url' is missing"):
        connectors.build("tide", {})
    with pytest.raises(Invalid, match=r"'tyde' is not a known connector, known are .*tide"):
        connectors.get("tyde")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"streams": {}}, "'streams' is missing, a connector has at least one"),
        ({"check": ["level"]}, "'level' is no stream, did you mean 'levels'?"),
        ({"baseUrl": None}, "'baseUrl' is missing, a path starts from it"),
        ({"config": {"required": ["url", "x"], "properties": {"url": {}}}}, "'x' is required but is none of"),
        ({"config": {"properties": {"url": {}, "ca_file": {}}}}, "'ca_file' is a setting of every REST source"),
        ({"streams": {"levels": {"path": "/x", "json": {}, "body": "x"}}}, "'json' and 'body' exclude each other"),
        ({"streams": {"levels": {"path": "/x", "url": "http://x"}}}, "'path' and 'url' exclude each other"),
        ({"hooks": ["authentikate"]}, "'authentikate' is no hook, known are authenticate"),
        ({"dynamicStreams": [{"kind": "ConfigComponentsResolver", "name": "x", "template": {"path": "/x"}}]},
         "ConfigComponentsResolver needs 'streamConfig'"),
        ({"dynamicStreams": [{"requester": {"path": "/x"}, "name": "x", "template": {"path": "/{{ config.nope }}"}}]},
         "'nope' is no property of 'config'"),
        ({"dynamicStreams": [{"requester": {"path": "/x"}, "name": "x", "template": {"pathh": "/x"}}]},
         "'pathh' is not a known key, did you mean 'path'?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told(said, why):
    manifest = {k: v for k, v in {**load(TIDE.encode(), "x"), **said}.items() if v is not None}
    found = known.Known(load).problems(manifest, lambda _: Position(file="connector.yaml"))
    assert any(why in p.message for p in found), found


def test_streams_that_are_parents_of_each_other_are_refused():
    def of(stream):
        return {"kind": "SubstreamPartitionRouter", "stream": stream, "parentKey": "id", "partitionField": "p"}

    streams = {"a": {"path": "/x", "partitions": of("b")}, "b": {"path": "/x", "partitions": [of("a"), of("c")]}}
    manifest = {**load(TIDE.encode(), "x"), "streams": streams}
    places = []
    found = known.Known(load).problems(manifest, lambda path: places.append(path) or Position(file="connector.yaml"))
    text = " ".join(p.message for p in found)
    assert "the stream 'a' is a parent of its own" in text and "'c' is no stream" in text
    assert ("streams", "b", "partitions", 1, "parentStreamConfigs", 0, "stream") in places
