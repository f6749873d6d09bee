"""What a reviewer decides: what is left alone stays to the letter, what is changed is changed alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import weft
from weft.flow.decisions import PAGES, Pages, choice_of, decided

SYSTEMS = sorted(Path(weft.__file__).parent.glob("connectors/systems/*/connector.yaml"))
SAID = {
    "path": "/parts",
    "method": "POST",
    "json": {},
    "records": "data",
    "key": "id",
    "pagination": {
        "kind": "CursorPagination",
        "cursorValue": "{{ response.next }}",
        "pageTokenOption": {"injectInto": "header", "fieldName": "X-Next"},
        "pageSize": 100,
    },
    "incremental": {"kind": "DatetimeBasedCursor", "cursorField": "at", "startTimeOption": "since", "lookBack": "PT1H"},
    "partitions": {"kind": "SubstreamPartitionRouter", "stream": "shops", "parentKey": "id", "partitionField": "shop"},
}


def test_what_nobody_decides_stays_to_the_letter() -> None:
    streams = [s for file in SYSTEMS for s in (yaml.safe_load(file.read_text())["streams"] or {}).values()]
    assert len(streams) > 50
    assert [s for s in (*streams, SAID) if decided(s, choice_of(s)) != s] == []


def change(**told):
    before = choice_of(SAID)
    pages = before.pages.model_copy(update={k[6:]: v for k, v in told.items() if k.startswith("pages_")})
    plain = {k: v for k, v in told.items() if not k.startswith("pages_")}
    after = decided(SAID, before.model_copy(update={**plain, "pages": pages}))
    return {name: after.get(name) for name in SAID.keys() | after.keys() if after.get(name) != SAID.get(name)}


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        ({"records": ""}, {"records": ""}),
        ({"key": "id, shop"}, {"key": ["id", "shop"]}),
        ({"key": ""}, {"key": None}),
        ({"cursor": ""}, {"incremental": None}),
        ({"since": ""}, {"incremental": {"kind": "DatetimeBasedCursor", "cursorField": "at", "lookBack": "PT1H"}}),
        ({"parent": "depots", "parent_key": "no"}, {"partitions": SAID["partitions"] | {"stream": "depots", "parentKey": "no"}}),
        ({"pages_kind": ""}, {"pagination": None}),
        ({"pages_size": "50"}, {"pagination": SAID["pagination"] | {"pageSize": 50}}),
        ({"pages_next": "headers.next"}, {"pagination": SAID["pagination"] | {"cursorValue": "{{ headers.next }}"}}),
        ({"pages_kind": "LinkHeader"}, {"pagination": {"kind": "LinkHeader", "pageSize": 100}}),
        (
            {"pages_kind": "PageIncrement", "pages_parameter": "page", "pages_next": ""},
            {"pagination": {"kind": "PageIncrement", "pageTokenOption": "page", "pageSize": 100, "startFromPage": 1}},
        ),
    ],
)  # fmt: skip
def test_what_is_decided_changes_alone(told, changed) -> None:
    assert change(**told) == changed


def test_every_way_of_the_form_is_one_of_the_language() -> None:
    from weft.connectors.rest.load import connector

    for kind in PAGES:
        stream = decided({"path": "/a", "records": "a"}, choice_of({"records": "a"}).model_copy(
            update={"pages": Pages(kind=kind, parameter="p", size="9", size_parameter="n", next="response.next")}
        ))  # fmt: skip
        made = connector({"name": "x", "baseUrl": "https://x.example", "streams": {"a": stream}})
        assert made.__name__
