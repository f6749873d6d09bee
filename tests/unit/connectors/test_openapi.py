"""Connectors drafted from descriptions of interfaces: what is recognised, what is refused, what is written."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml

from weft.connectors.openapi import document
from weft.errors import Invalid
from weft.mesh.drafting import Ground, from_openapi, from_sample

HERE = Ground(near=True)
SHOP = """
openapi: 3.0.3
info: {title: Shop, description: "All of a shop.\\n\\nAnd more."}
servers: [{url: "https://{region}.shop.example/v1", variables: {region: {default: eu, description: Where}}}]
security: [{token: []}]
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    both: {type: http, scheme: basic}
  headers:
    Left: {schema: {type: integer}}
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: {type: string, description: Number of the order}
        updated_at: {type: string, format: date-time}
        status: {type: string, enum: [open, done]}
        lines: {type: array, items: {type: object, properties: {sku: {type: string}, amount: {type: number}}}}
        parent: {$ref: "#/components/schemas/Order"}
        extra: {oneOf: [{type: object, properties: {a: {type: integer}}}, {type: array, items: {type: string}}]}
    Page: {type: object, properties: {total: {type: integer}, page: {type: integer}}}
paths:
  /orders:
    get:
      summary: List orders
      parameters:
        - {name: page, in: query, schema: {type: integer, default: 1}}
        - {name: per_page, in: query, schema: {type: integer, maximum: 250}}
        - {name: updated_since, in: query, schema: {type: string, format: date-time}}
        - {name: updated_before, in: query, schema: {type: string, format: date-time}}
      responses:
        "200":
          headers: {X-RateLimit-Remaining: {$ref: "#/components/headers/Left"}, X-RateLimit-Reset: {}}
          content:
            application/json:
              schema:
                allOf:
                  - $ref: "#/components/schemas/Page"
                  - {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Order"}}}}
        "429": {description: Slow down}
    post: {responses: {"201": {description: made}}}
  /orders/{order_id}:
    get: {summary: Get an order, responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}}
  /orders/{order_id}/notes:
    get:
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}, {name: cursor, in: query, schema: {type: string}}]
      responses:
        default:
          content:
            application/json:
              schema: {type: object, properties: {notes: {type: array, items: {type: object, properties: {note_id: {type: integer}, text: {type: string}}}}, meta: {type: object, properties: {next_cursor: {type: string, nullable: true}}}}}
  /customers:
    get:
      description: Lists customers. The Link header names the next page.
      responses: {"200": {headers: {Link: {}}, content: {application/json: {schema: {type: array, items: {type: object, properties: {uuid: {type: string}}}}}}}}
  /refunds:
    get:
      summary: All refunds, in pages
      parameters: [{name: limit, in: query, schema: {type: integer, default: 20}}, {name: offset, in: query, schema: {type: integer}}]
      responses: {"200": {description: not described at all}}
  /carts:
    get:
      summary: Carts
      parameters: [{name: page, in: query, schema: {type: integer}}, {name: page_size, in: query, schema: {type: integer}}]
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}
  /stores/{store}/shelves:
    get: {operationId: listShelves, responses: {"200": {content: {application/json: {schema: {type: object, properties: {shelves: {type: array, items: {type: object, properties: {key: {type: string}}}}, next: {type: string, format: uri}}}}}}}}
  /products/search:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {text: {type: string}}}}}}
      responses: {"200": {content: {application/json: {schema: {type: object, properties: {products: {type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}}}
  /settings:
    get: {summary: Get the settings, responses: {"200": {content: {application/json: {schema: {type: object, properties: {id: {type: string}, name: {type: string}, flags: {type: array, items: {type: object}}, a: {}, b: {}, c: {}}}}}}}}
  /logo: {get: {responses: {"200": {content: {image/png: {}}}}}}
  /tags: {get: {responses: {"200": {content: {application/json: {schema: {type: array, items: {type: string}}}}}}}}
  /broken: {get: {responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Nothing"}}}}}}}
  /remote: {get: {responses: {"200": {content: {application/json: {schema: {$ref: "https://elsewhere.example/x.json"}}}}}}}
  /circle: {$ref: "#/paths/~1circle"}
  /odd: [1, 2]
  x-notes: {}
"""
SWAGGER = {
    "swagger": "2.0",
    "host": "api.old.example",
    "basePath": "/v2",
    "schemes": ["http", "https"],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    "definitions": {"Pet": {"properties": {"petId": {"type": "integer"}, "name": {"type": "string"}}}},
    "paths": {
        "/pets": {
            "get": {
                "produces": ["application/json"],
                "parameters": [
                    {"name": "startAt", "in": "query", "type": "integer"},
                    {"name": "maxResults", "in": "query", "type": "integer", "default": 50},
                ],
                "responses": {200: {"schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}},
            }
        }
    },
}
NEWER = {
    "openapi": "3.1.0",
    "servers": [{"url": "/api"}],
    "components": {"securitySchemes": {"login": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.example/token"}}}}},
    "paths": {
        "/things": {
            "get": {
                "parameters": [{"name": "after", "in": "query", "schema": {"type": ["string", "null"]}}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": ["object", "null"],
                                    "properties": {
                                        "things": {"type": "array", "items": {"properties": {"id": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}},
                                        "paging": {"properties": {"next": {"properties": {"after": {"type": "string"}}}}},
                                    },
                                }
                            }
                        }
                    }
                },
            }
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    place = tmp_path_factory.mktemp("openapi") / "shop.yaml"
    place.write_text(SHOP)
    drafted = from_openapi("shop", str(place))
    return drafted, yaml.safe_load(drafted.files["connector.yaml"])


def test_each_list_is_found_with_its_pages_key_and_parent(shop):
    streams = {s["name"]: s for s in shop[0].report["streams"]}
    assert {
        name: (s["records_path"], s["pagination"].get("style"), s["primary_key"], s["parent"])
        for name, s in streams.items()
    } == {
        "orders": (["data"], "page", ["id"], None),
        "notes": (["notes"], "cursor", ["note_id"], "orders"),
        "customers": ([], "link_header", ["uuid"], None),
        "refunds": ([], "offset", [], None),
        "carts": ([], "page", ["id"], None),
        "shelves": (["shelves"], "next_url", ["key"], None),
        "products_search": (["products"], None, ["id"], None),
    }
    assert streams["orders"]["confidence"] > 0.85
    assert streams["refunds"]["confidence"] < 0.5  # what is not described is told as a guess
    assert [d["decision"] for d in streams["orders"]["evidence"]] == [
        "list", "records_path", "pagination", "primary_key", "incremental", "parent",
    ]  # fmt: skip
    assert streams["shelves"]["asks"] == [] and "config.store" in shop[1]["streams"]["shelves"]["path"]


def test_what_gives_no_stream_is_told_with_its_reason(shop):
    skipped = {s["path"]: s["reason"] for s in shop[0].report["skipped"]}
    assert list(skipped) == [
        "/circle", "/odd", "/orders/{order_id}", "/settings", "/logo", "/tags", "/broken", "/remote",
    ]  # fmt: skip
    assert "circle" in skipped["/circle"] and "mapping" in skipped["/odd"] and "image/png" in skipped["/logo"]
    assert "one object" in skipped["/settings"] and "plain values" in skipped["/tags"]
    assert "leads to nothing" in skipped["/broken"]
    assert "https://elsewhere.example/x.json" in skipped["/remote"] and "not followed" in skipped["/remote"]


def test_the_manifest_says_what_was_recognised(shop):
    told = shop[1]
    assert told["baseUrl"] == "https://{{ config.region }}.shop.example/v1"
    assert told["config"]["required"] == ["token"]
    assert told["config"]["properties"]["token"]["format"] == "password"
    assert told["auth"] == {"kind": "BearerAuthenticator", "apiToken": "{{ config.token }}"}
    assert told["limits"]["budget"]["ratelimitRemainingHeader"] == "X-RateLimit-Remaining"
    assert told["streams"]["orders"] == {
        "description": "List orders",
        "path": "/orders",
        "records": "data",
        "key": "id",
        "pagination": {
            "kind": "PageIncrement", "pageSize": 250, "pageSizeOption": "per_page",
            "startFromPage": 1, "pageTokenOption": "page",
        },
        "incremental": {
            "kind": "DatetimeBasedCursor", "cursorField": "updated_at", "datetimeFormat": "%Y-%m-%dT%H:%M:%SZ",
            "startDatetime": "{{ config.start_date }}", "startTimeOption": "updated_since",
            "endTimeOption": "updated_before",
        },
    }  # fmt: skip
    assert told["streams"]["notes"]["path"] == "/orders/{{ stream_partition.order_id }}/notes"
    assert told["streams"]["notes"]["pagination"]["cursorValue"] == "{{ response.meta.next_cursor }}"
    assert told["streams"]["notes"]["partitions"] == {
        "kind": "SubstreamPartitionRouter", "stream": "orders", "parentKey": "id", "partitionField": "order_id",
    }  # fmt: skip
    assert told["streams"]["products_search"]["method"] == "POST"


def test_each_stream_has_a_draft_of_its_contract(shop):
    drafts = [f for f in shop[0].files if f.endswith(".odcs.yaml")]
    assert len(drafts) == len(shop[0].report["streams"])
    (order,) = yaml.safe_load(shop[0].files["drafts/orders.odcs.yaml"])["schema"]
    columns = {p["name"]: p for p in order["properties"]}
    assert columns["id"]["primaryKey"] and columns["id"]["description"] == "Number of the order"
    assert columns["updated_at"]["logicalType"] == "timestamp"
    assert columns["status"]["description"] == "One of: open, done."
    assert columns["lines"]["items"]["properties"][1] == {"name": "amount", "logicalType": "number"}
    assert columns["extra"]["logicalType"] == "string"  # of several shapes: it stays JSON text
    assert {"property": "weft.stream", "value": "shop.orders"} in order["customProperties"]
    (note,) = yaml.safe_load(shop[0].files["drafts/notes.odcs.yaml"])["schema"]
    assert [p["name"] for p in note["properties"] if p.get("primaryKey")] == ["note_id"]


@pytest.mark.parametrize(
    ("text", "address", "auth", "stream"),
    [
        (json.dumps(SWAGGER), "https://api.old.example/v2", "ApiKeyAuthenticator", ("pets", [], "offset", ["petId"])),
        (yaml.safe_dump(NEWER), "{{ config.url }}/api", "OAuthAuthenticator", ("things", ["things"], "cursor", ["id"])),
    ],
)
def test_other_versions_are_read_alike(tmp_path, text, address, auth, stream):
    place = tmp_path / "document"
    place.write_text("\ufeff" + text)
    drafted = from_openapi("other", str(place))
    (found,) = drafted.report["streams"]
    assert drafted.report["address"]["value"] == address and drafted.report["auth"]["kind"] == auth
    assert (found["name"], found["records_path"], found["pagination"]["style"], found["primary_key"]) == stream


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (BOMB.encode(), "aliases stand for more than"),
        (b"a: &a [*a]\n", "names nothing that ends before"),
        (("[" * 100_000).encode(), "nested"),
        (("- " * 300 + "x").encode(), "nested deeper than 200"),
        (b"a: !!python/object/apply:os.system [ls]\n", "neither JSON nor YAML (line 1)"),
        (b"<html><body>Sign in: please\n\tnow</body></html>", "neither JSON nor YAML"),
        (b'{"openapi": "3.0.0", "paths": {', "no JSON: line 1"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"openapi: 3.0.0\npaths: nothing\n", "has no 'paths'"),
        (b"openapi: 3.0.0\npaths: {/a: {get: {}}}\n", "no list of records was found in 1 operations"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path, content, says):
    place = tmp_path / "x.yaml"
    place.write_bytes(content)
    with pytest.raises(Invalid, match=says.replace("(", r"\(").replace(")", r"\)")):
        from_openapi("x", str(place))


def test_yaml_keeps_what_other_readers_take_for_dates_and_booleans():
    assert document.parse(b"{1: yes, on: 2020-01-01, b: true, c: 010, d: truest}", "x") == {
        "1": "yes", "on": "2020-01-01", "b": True, "c": 8, "d": "truest",
    }  # fmt: skip


def test_references_lead_to_other_files_only_when_asked_and_only_beside(tmp_path):
    (tmp_path / "api" / "parts").mkdir(parents=True)
    secret = tmp_path / "secret.yaml"
    secret.write_text("properties: {id: {type: string}}\n")
    (tmp_path / "api" / "parts" / "pets.yaml").write_text(
        "get: {responses: {200: {content: {application/json: {schema: {type: array, items: {$ref: 'types.yaml#/Pet'}}}}}}}\n"
    )
    (tmp_path / "api" / "parts" / "types.yaml").write_text(
        "Pet: {properties: {id: {$ref: '#/Id'}, owner: {$ref: ../../secret.yaml}}}\nId: {type: integer}\n"
    )
    place = tmp_path / "api" / "openapi.yaml"
    place.write_text("openapi: 3.0.0\npaths: {/pets: {$ref: parts/pets.yaml}}\n")
    with pytest.raises(Invalid, match="not followed"):
        from_openapi("pets", str(place))
    (draft,) = [
        yaml.safe_load(text)["schema"][0]
        for name, text in from_openapi("pets", str(place), follow=True).files.items()
        if name.endswith("odcs.yaml")
    ]
    assert [(p["name"], p["logicalType"], p.get("properties")) for p in draft["properties"]] == [
        ("id", "integer", None),
        ("owner", "string", None),  # what lies outside of the document's folder is not read
    ]


def test_a_sample_is_enough(tmp_path):
    answer = {
        "results": [{"id": 1, "at": "2026-01-02T03:04:05Z"}, {"id": 2, "at": None, "who": {"name": "x"}}],
        "paging": {"next_cursor": "abc"},
    }
    place = tmp_path / "answer.json"
    place.write_text(json.dumps(answer))
    drafted = from_sample("shop", str(place))
    (stream,) = drafted.report["streams"]
    assert (stream["records_path"], stream["primary_key"]) == (["results"], ["id"])
    (table,) = yaml.safe_load(drafted.files["drafts/shop.odcs.yaml"])["schema"]
    assert [(p["name"], p["logicalType"]) for p in table["properties"]] == [
        ("id", "integer"), ("at", "timestamp"), ("who", "object"),
    ]  # fmt: skip
    place.write_text('{"id": 1}')
    with pytest.raises(Invalid, match="no list of objects"):
        from_sample("shop", str(place))


def test_a_large_document_takes_seconds(tmp_path):
    """More than 10 MB with 500 lists; the time is bounded generously, since machines differ."""
    item = {"properties": {f"field_{n}": {"type": "string", "description": "x" * 600} for n in range(40)}}
    answer = {"200": {"content": {"application/json": {"schema": {"type": "array", "items": item}}}}}
    paths = {f"/{chr(97 + n % 26)}{n}/things": {"get": {"responses": answer}} for n in range(500)}
    place = Path(tmp_path) / "large.json"
    place.write_text(json.dumps({"openapi": "3.0.0", "paths": paths}))
    assert place.stat().st_size > 10_000_000
    since = time.process_time()
    assert len(from_openapi("large", str(place)).report["streams"]) == 500
    assert time.process_time() - since < 20


def test_names_of_connectors_are_plain(tmp_path):
    with pytest.raises(Invalid, match="no name of a connector"):
        from_openapi("../x", str(tmp_path))
    with pytest.raises(Invalid, match="cannot be read"):
        from_openapi("x", str(tmp_path / "missing.yaml"))
