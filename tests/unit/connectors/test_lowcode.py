"""Manifests of the low-code language taken over: what they become, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from walks.terminal import weft
from weft.errors import Invalid
from weft.mesh.drafting import from_lowcode

FOLDER = Path(__file__).parents[2] / "lowcode"


def taken(name):
    drafted = from_lowcode(name, str(FOLDER / f"{name}.yaml"))
    return drafted.report, yaml.safe_load(drafted.files["connector.yaml"])


@pytest.mark.parametrize("name", ["paging", "parts", "answers", "dynamic"])
def test_what_is_supported_is_taken_over_completely(name):
    report, told = taken(name)
    assert report["unsupported"] == []
    assert report["streams"] and told["name"] == name


def test_a_stream_lies_flat_and_its_parameters_and_references_are_resolved():
    _, told = taken("paging")
    assert told["baseUrl"] == "{{ config['url'] }}" and told["check"] == ["pages"]
    assert told["auth"] == {"kind": "BearerAuthenticator", "api_token": "{{ config['token'] }}"}
    assert told["config"]["properties"]["token"] == {"type": "string", "format": "password"}
    assert told["streams"]["pages"] == {
        "parameters": {"name": "pages", "field": "items"},
        "path": "{{ parameters['name'] }}",
        "records": {"kind": "DpathExtractor", "field_path": ["{{ parameters['field'] }}"]},
        "pagination": {
            "kind": "PageIncrement", "page_size": 3, "start_from_page": 1, "inject_on_first_request": True,
            "page_token_option": {"inject_into": "request_parameter", "field_name": "page"},
            "page_size_option": {"inject_into": "request_parameter", "field_name": "size"},
        },
        "key": ["id"],
    }  # fmt: skip
    assert told["streams"]["links"]["pagination"]["page_token_option"] == {"kind": "RequestPath"}
    assert told["streams"]["posted"]["json"] == {"query": {"kind": "order"}}


def test_parents_statements_and_transformations():
    _, told = taken("parts")
    (router,) = told["streams"]["orders"]["partitions"]
    assert router["parent_stream_configs"] == [{"stream": "shops", "parent_key": "id", "partition_field": "shop"}]
    assert list(told["streams"]) == ["shops", "orders", "regions", "changes"]  # the parent is not told twice
    added = told["streams"]["regions"]["transformations"][0]["fields"][1]["value"]
    assert added == "{{ ('large') if (record['amount'] > 20) else ('small-' ~ (record['id'])|string) }}"
    assert told["streams"]["orders"]["incremental"]["step"] == "P10D"


def test_a_dynamic_stream_speaks_of_parameters():
    _, told = taken("dynamic")
    (dynamic,) = told["dynamicStreams"]
    assert dynamic["name"] == "{{ parameters['name'] }}"
    assert dynamic["template"]["path"] == "/tables/{{ parameters['id'] }}"
    assert dynamic["requester"]["path"] == "/tables"


def test_what_is_not_supported_is_listed_with_its_place_and_its_stream_left_out(tmp_path):
    manifest = yaml.safe_load((FOLDER / "parts.yaml").read_text())
    orders, regions, changes = manifest["streams"][1:]
    orders["retriever"]["requester"] = {"type": "CustomRequester", "class_name": "x.Y"}
    regions["transformations"].append({"type": "CustomTransformation", "class_name": "x.Z"})
    changes["retriever"]["pagination_reset"] = {"type": "PaginationReset", "action": "RESET"}
    changes["transformations"][0] = {"type": "RemoveFields", "field_pointers": [["x"]], "condition": "{{ nonsense }}"}
    manifest["definitions"]["shops"]["primary_key"] = "id"
    child = yaml.safe_load(yaml.safe_dump(orders))
    child |= {"name": "lines"}
    child["retriever"]["requester"] = {"$ref": "#/definitions/requester", "path": "/lines"}
    child["retriever"]["partition_router"]["parent_stream_configs"][0]["stream"] = {**orders}
    manifest["streams"].append(child)
    place = tmp_path / "manifest.yaml"
    place.write_text(yaml.safe_dump(manifest))
    report = from_lowcode("some", str(place)).report
    assert report["streams"] == ["shops"]
    assert {(u["component"], u["where"]) for u in report["unsupported"]} >= {
        ("CustomRequester", "streams.orders.retriever.requester"),
        ("CustomTransformation", "streams.regions.transformations.4"),
        ("SimpleRetriever.pagination_reset", "streams.changes.retriever.pagination_reset"),
    }
    assert any(u["component"] == "RemoveFields.condition" and "nonsense" in u["why"] for u in report["unsupported"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1", "neither 'streams' nor"),
        ('streams: [{$ref: "#/definitions/x"}]', "leads to nothing"),
        ('definitions: {x: {y: {$ref: "#/definitions/x"}}}\nstreams: ["#/definitions/x"]', "in a circle"),
        ("streams: [{type: DeclarativeStream, name: a, retriever: {type: CustomRetriever, class_name: a.B}}]", "none of"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(tmp_path, text, says):
    place = tmp_path / "manifest.yaml"
    place.write_text(text)
    with pytest.raises(Invalid, match=says):
        from_lowcode("x", str(place))


def test_the_command_ends_with_one_when_something_is_left_out(tmp_path):
    whole = weft(tmp_path, "connector", "import", str(FOLDER / "parts.yaml"), "--out", "c/shop", "--json")
    assert (whole.code, whole.json()["unsupported"]) == (0, [])
    assert yaml.safe_load((tmp_path / "c/shop/connector.yaml").read_text())["name"] == "shop"
    manifest = yaml.safe_load((FOLDER / "parts.yaml").read_text())
    manifest["streams"][1]["retriever"]["requester"] = {"type": "CustomRequester", "class_name": "x.Y"}
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    part = weft(tmp_path, "connector", "import", "manifest.yaml", "--out", "c/other")
    assert part.code == 1 and "not taken over: CustomRequester at streams.orders.retriever.requester" in part.err
    assert "shops, regions, changes" in part.out


ODD = """
streams:
  - &all {type: DeclarativeStream, name: all, retriever: {type: SimpleRetriever, requester: {type: HttpRequester, url_base: "https://x.example", path: /a},
      decoder: {type: JsonItemsDecoder, items_path: data.items}, record_selector: {extractor: {type: DpathExtractor, field_path: []}}}}
  - {type: StateDelegatingStream, name: delegated, full_refresh_stream: *all, incremental_stream: {<<: *all,
      incremental_sync: {type: DatetimeBasedCursor, cursor_field: at, datetime_format: "%Y", start_datetime: "2026"}}}
  - {type: ConditionalStreams, condition: "{{ config['more'] }}", streams: [*all]}
  - {<<: *all, name: own, retriever: {type: SimpleRetriever, requester: {type: HttpRequester, url_base: "https://x.example", path: /a,
      error_handler: {type: CustomErrorHandler, class_name: a.B}}, record_selector: {extractor: {type: DpathExtractor, field_path: []}}}}
"""


def test_kinds_that_are_laid_out_otherwise(tmp_path):
    place = tmp_path / "manifest.yaml"
    place.write_text(yaml.safe_dump(yaml.safe_load(ODD)))
    made = from_lowcode("odd", str(place))
    told = yaml.safe_load(made.files["connector.yaml"])["streams"]
    assert told["all"]["records"] == "data.items" and "decoder" not in told["all"]
    assert told["delegated"]["initial"]["incremental"] is None, "the first load asks for everything"
    assert made.report["streams"] == ["all", "delegated"]
    assert [(u["component"], u["where"]) for u in made.report["unsupported"]] == [
        ("ConditionalStreams", "streams"),
        ("CustomErrorHandler", "streams.own.retriever.requester.error_handler"),
    ], "each is told once"
    assert made.report["unsupported"][0]["why"].startswith("all: here a stream is there whatever")
