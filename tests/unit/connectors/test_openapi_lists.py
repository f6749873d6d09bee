"""Drafted from descriptions: what is a list and what only looks like one, and pages that nothing but a parameter tells."""

from __future__ import annotations

import pytest
import yaml

from weft.mesh.drafting import from_openapi

LOOKS = """
openapi: 3.0.3
info: {title: Books}
servers: [{url: "https://books.example"}]
paths:
  /Invoices/:
    get: &list
      summary: Retrieves invoices
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses: {"200": {content: {application/json: {schema: &wrapped {properties: {Invoices: {type: array, items: {
        properties: {InvoiceID: {type: string}}}}}}}}}}
  /Invoices/{id}:
    get: {summary: Retrieves a specific invoice, responses: {"200": {content: {application/json: {schema: *wrapped}}}}}
  /Invoices/{state}/:
    get: {summary: List invoices of a state, responses: {"200": {content: {application/json: {schema: *wrapped}}}}}
  /replays/{replay_id}/:
    get:
      <<: *list
      summary: Retrieve a replay
      responses: {"200": {content: {application/json: {schema: {properties: {data: {properties: {id: {type: string},
        clicks: {type: array, items: {properties: {x: {type: number}}}}}}}}}}}}
  /profiles/chunks:
    get:
      summary: Retrieve chunks
      parameters: [{name: start, in: query, schema: {type: string}}, {name: end, in: query, schema: {type: string}}]
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
  /thresholds:
    get:
      summary: List thresholds
      responses: {"200": {content: {application/json: {schema: {type: object, additionalProperties: {type: array, items: {}}}, example: {v1: [{id: 1}]}}}}}
  /teams:
    get:
      summary: List teams
      parameters: [{name: cursor, in: query, schema: {type: string}}, {name: per_page, in: query, schema: {type: integer}}]
      responses: {"200": {content: {application/json: {schema: &rows {type: array, items: {properties: {id: {type: string}}}}}}}}
  /stats:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: string}}
        - {name: offset, in: query, schema: {type: string}, description: The number of statistics to skip.}
      responses: {"200": {content: {application/json: {schema: *rows}}}}
  /campaigns: {get: {responses: {"200": {content: {application/json: {schema: *rows}}}}}}
  /tags: {get: {parameters: [
    {name: revision, in: header, required: true, schema: {type: string, default: "2026-07-15"}},
    {name: full, in: query, required: true, schema: {type: boolean, default: true}},
    {name: kind, in: query, schema: {type: string, default: any}}], responses: {"200": {content: {application/json: {schema: *rows}}}}}}
  /campaigns/{id}/tags: {get: {responses: {"200": {content: {application/json: {schema: *rows}}}}}}
  /campaigns/{id}/posts: {get: {responses: {"200": {content: {application/json: {schema: *rows}}}}}}
  /costs:
    get:
      parameters: [{name: page, in: query, schema: {type: string}, description: The cursor of `next_page`.}]
      responses: {"200": {content: {application/json: {schema: {properties: {data: *rows, next_page: {type: string}}}}}}}
  /senders:
    get:
      parameters: [{name: limit, in: query, schema: {type: number}}, {name: lastSeenID, in: query, schema: {type: number}}]
      responses: {"200": {content: {application/json: {schema: *rows}}}}
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    place = tmp_path_factory.mktemp("books") / "openapi.yaml"
    place.write_text(LOOKS)
    return from_openapi("books", str(place))


def test_what_only_looks_like_a_list_is_skipped_with_its_reason(books):
    skipped = {s["path"]: s["reason"] for s in books.report["skipped"]}
    assert skipped["/Invoices/{id}"] == "it answers the one of '/Invoices' that '{id}' names, in a list"
    assert "it seems to answer one object: the path ends with a parameter" in skipped["/replays/{replay_id}/"]
    assert skipped["/profiles/chunks"] == "it answers one object" and skipped["/thresholds"] == "it answers one map"
    paths = {s["path"] for s in books.report["streams"] if "campaigns" not in s["path"]}
    assert paths == {"/Invoices/", "/Invoices/{state}/", "/teams", "/stats", "/senders", "/tags", "/costs"}


def test_pages_that_only_a_parameter_tells(books):
    streams = yaml.safe_load(books.files["connector.yaml"])["streams"]
    assert streams["teams"]["pagination"]["kind"] == "LinkHeader"
    assert streams["stats"]["pagination"]["kind"] == "OffsetIncrement"
    assert streams["senders"]["pagination"]["cursorValue"] == "{{ last_record.id }}"
    assert streams["costs"]["pagination"]["cursorValue"] == "{{ response.next_page }}", "it counts nothing"
    sure = {s["name"]: s["confidence"] for s in books.report["streams"]}
    assert sure["teams"] < 0.5 < sure["stats"], "nothing in the answer says where the header leads"


def test_a_record_that_several_parents_have_is_a_row_of_each(books):
    streams = yaml.safe_load(books.files["connector.yaml"])["streams"]
    assert streams["campaigns_tags"]["key"] == ["campaign_id", "id"], "/tags lists them as well"
    assert streams["posts"]["key"] == "id"
    told = next(s for s in books.report["streams"] if s["name"] == "campaigns_tags")
    assert told["primary_key"] == ["campaign_id", "id"]
    (table,) = yaml.safe_load(books.files["drafts/campaigns_tags.odcs.yaml"])["schema"]
    keyed = {p["name"]: p["primaryKeyPosition"] for p in table["properties"] if p.get("primaryKey")}
    assert keyed == {"campaign_id": 1, "id": 2}


def test_what_must_be_sent_and_has_a_value_is_sent(books):
    manifest = yaml.safe_load(books.files["connector.yaml"])
    tags = manifest["streams"]["tags"]
    assert manifest["defaults"]["headers"] == {"Accept": "application/json"}, "of many systems XML comes without"
    assert (tags["headers"], tags["params"]) == ({"revision": "2026-07-15"}, {"full": "true"})
