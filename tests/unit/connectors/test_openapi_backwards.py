"""Drafted from descriptions: lists that begin with the newest record, parents that a query's parameter names."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import yaml

from manifests import Reader, answers
from web import web
from weft.connectors.rest.load import connector
from weft.mesh.drafting import from_openapi
from weft.seams import Reach


def now():
    return datetime(2026, 1, 1, tzinfo=UTC)


BACKWARDS = """
openapi: 3.0.3
info: {title: Talk}
servers: [{url: "https://talk.example"}]
paths:
  /posts:
    get: &list
      summary: List
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 50}}]
      responses: {"200": {content: {application/json: {schema: {properties: {data: &rows {type: array, items: {
        properties: {id: {type: string}, meta: {properties: {made_at: {type: string, format: date-time},
        archive_time: {type: string, format: date-time}}}}}}}}}}}}
  /comments:
    get:
      <<: *list
      parameters:
        - {name: post_id, in: query, required: true, schema: {type: string}}
        - {name: before, in: query, schema: {type: string}}
        - {name: after, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
      description: The most recent first.
  /threads/archived:
    get:
      summary: List
      parameters:
        - {name: before, in: query, schema: {type: string, format: date-time}}
        - {name: limit, in: query, schema: {type: integer}}
      responses: {"200": {content: {application/json: {schema: {properties: {threads: *rows, has_more: {type: boolean}}}}}}}
  /orders:
    get:
      <<: *list
      parameters:
        - {name: since, in: query, schema: {type: string, format: date-time}}
        - {name: until, in: query, schema: {type: string, format: date-time}}
        - {name: limit, in: query, schema: {type: integer}}
"""


def test_lists_that_begin_with_the_newest_and_parents_that_a_query_names(tmp_path):
    place = tmp_path / "openapi.yaml"
    place.write_text(yaml.safe_dump(yaml.safe_load(BACKWARDS)))
    streams = yaml.safe_load(from_openapi("talk", str(place)).files["connector.yaml"])["streams"]
    assert streams["comments"]["pagination"] == {
        "kind": "CursorPagination", "cursorValue": "{{ last_record.id }}", "pageTokenOption": "before", "pageSize": 100,
        "pageSizeOption": "limit", "stopCondition": "{{ last_page_size < 100 }}",
    }  # fmt: skip
    archived = streams["archived"]["pagination"]
    assert archived["cursorValue"] == "{{ last_record.meta.archive_time }}", "what the path speaks of"
    assert archived["stopCondition"] == "{{ not response.has_more }}"
    assert "pagination" not in streams["orders"], "an interval's end is no page"
    assert streams["comments"]["params"] == {"post_id": "{{ stream_partition.post_id }}"}
    assert streams["comments"]["partitions"] == {
        "kind": "SubstreamPartitionRouter", "stream": "posts", "parentKey": "id", "partitionField": "post_id",
    }  # fmt: skip
    assert streams["comments"]["transformations"][0]["fields"][0]["path"] == ["post_id"]


def test_what_was_drafted_reads_them_whole(tmp_path):
    place = tmp_path / "openapi.yaml"
    place.write_text(yaml.safe_dump(yaml.safe_load(BACKWARDS)))
    manifest = yaml.safe_load(from_openapi("talk", str(place)).files["connector.yaml"])
    comments = {post: [{"id": f"{post}-{n:03}"} for n in range(230, 0, -1)] for post in ("a", "b")}

    def answer(asked):
        if asked.path == "/posts":
            return {"data": [{"id": post} for post in comments]}
        before = asked.params.get("before", "z")
        return {"data": [c for c in comments[asked.params["post_id"]] if c["id"] < before][:100]}

    (tmp_path / "scratch").mkdir()
    with web() as site:
        site.answer = answers(answer)
        of = connector({**manifest, "baseUrl": site.url})(privateNetwork=True)
        reach = Reach(SimpleNamespace(), tmp_path, tmp_path / "scratch", SimpleNamespace(now=now), SimpleNamespace())
        found = Reader(of, reach, "comments").read()
    assert sorted(r["id"] for r in found) == sorted(c["id"] for rows in comments.values() for c in rows)
    assert {r["id"][0] == r["post_id"] for r in found} == {True}
