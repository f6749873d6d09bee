"""Streams of a manifest, read from a server whose answers are written here."""

from __future__ import annotations

import json

import pytest

from manifests import Reader, answers, source
from web import Told
from weft.connectors.rest.reading import read
from weft.errors import Broken, Invalid, Unavailable

FIVE = [{"id": n, "x": f"r{n}"} for n in range(5)]


@pytest.fixture
def few(monkeypatch):
    """Fewer empty pages are enough to tell that a list has no end."""
    monkeypatch.setattr("weft.connectors.rest.reading.pages.EMPTY", 20)


def paged(rows, size=2, first=1):
    """Pages of rows by number."""

    def answer(asked):
        page = int(asked.params.get("page", first)) - first
        return {"data": rows[page * size : (page + 1) * size]}

    return answer


def by_offset(asked):
    at = int(asked.params.get("offset", 0))
    return {"data": FIVE[at : at + 2]}


def by_token(asked):
    at = int(asked.params.get("after", 0))
    more = at + 2 < len(FIVE)
    return {
        "data": FIVE[at : at + 2],
        "next": {"after": str(at + 2), "link": f"/list?after={at + 2}"} if more else None,
    }


def by_link(asked):
    body = by_token(asked)
    link = f'<{body["next"]["link"]}>; rel="next", </list>; rel="first"' if body["next"] else ""
    return Told(body=json.dumps(body).encode(), headers={"Link": link})


def by_ended_link(asked):
    """The header never stops, but says when nothing follows."""
    body = by_token(asked)
    address = body["next"]["link"] if body["next"] else "/list?after=9"
    link = f'<{address}>; rel="next"; results="{str(bool(body["next"])).lower()}"'
    return Told(body=json.dumps(body).encode(), headers={"Link": link})


def by_key(asked):
    after = json.loads(asked.body)["after"]
    return {"data": [row for row in FIVE if row["id"] > after][:2]}


@pytest.mark.parametrize(
    ("said", "server", "asked"),
    [
        ("pagination: {kind: PageIncrement, pageSize: 2, startFromPage: 1, pageTokenOption: page, pageSizeOption: n}",
         paged(FIVE), ["n=2", "page=2&n=2", "page=3&n=2"]),
        ("pagination: {kind: PageIncrement, pageSize: 2, startFromPage: 1, injectOnFirstRequest: true, pageTokenOption: page}", paged(FIVE), ["page=1", "page=2", "page=3"]),
        ("pagination: {kind: PageIncrement, startFromPage: 1, pageTokenOption: page}", paged(FIVE),
         ["", "page=2", "page=3", "page=4"]),
        ("pagination: {kind: OffsetIncrement, pageSize: 2, pageTokenOption: offset}", by_offset,
         ["", "offset=2", "offset=4"]),
        ("pagination: {kind: CursorPagination, cursorValue: '{{ response.next.after }}', pageTokenOption: after}",
         by_token, ["", "after=2", "after=4"]),
        ("pagination: {kind: DefaultPaginator, pageTokenOption: {kind: RequestPath}, paginationStrategy: {kind: CursorPagination, cursorValue: '{{ response.next.link }}'}}\n  params: {q: 1}",
         by_token, ["q=1", "after=2&q=1", "after=4&q=1"]),
        ("pagination: LinkHeader", by_link, ["", "after=2", "after=4"]),
        ("pagination: LinkHeader", by_ended_link, ["", "after=2", "after=4"]),
        ("pagination: {kind: CursorPagination, cursorValue: \"{{ headers['link'].next.url }}\", pageTokenOption: RequestPath}", by_link, ["", "after=2", "after=4"]),
        ("method: POST\n  json: {after: '{{ next_page_token.next_page_token | default(-1) }}'}\n  pagination: {kind: CursorPagination, cursorValue: '{{ last_record.id }}', stopCondition: '{{ last_page_size < 2 }}'}",
         by_key, ["", "", ""]),
        ("pagination: {kind: CursorPagination, cursorValue: '{{ response.data[-1].id }}', stopCondition: '{{ response.data | length < 2 }}', pageTokenOption: {injectInto: body_json, fieldPath: [after]}}\n  method: POST\n  json: {after: -1}", by_key, ["", "", ""]),
    ],
)  # fmt: skip
def test_pages(told, site, said, server, asked):
    site.answer = answers({"/list": server})
    reader = Reader(source(site, f"s:\n  path: /list\n  records: data\n  key: id\n  {said}"), told, "s")
    assert reader.read() == FIVE
    assert ["&".join(f"{k}={v}" for k, v in a.params.items()) for a in site.asked] == asked
    assert reader.modes == ["replace"] and reader.cursor["full"] and not reader.cursor.get("unfinished")
    assert reader.read() == FIVE and reader.modes == ["replace"]


@pytest.mark.parametrize(
    ("said", "server", "why"),
    [
        ("{kind: PageIncrement, startFromPage: 1, pageTokenOption: page}", lambda _: {"data": FIVE},
         "shop.s: GET /list: the same page comes 4 times: the list has no end"),
        ("{kind: CursorPagination, cursorValue: '{{ response.next }}', pageTokenOption: after}",
         lambda a: {"data": [{"id": a.params.get("after")}], "next": "b" if a.params.get("after") == "a" else "a"},
         "shop.s: GET /list: a page names as its next one a page that was read already"),
        ("{kind: CursorPagination, cursorValue: '{{ (next_page_token.next_page_token or 0) + 1 }}', pageTokenOption: p}",
         lambda _: {"data": []}, "21 empty pages come in a row"),
        ("NoPagination", lambda _: {"total": 5, "page": {"items": FIVE, "links": [{"rel": "self"}]}},
         "GET /list: the answer has no 'data', where its records should be; lists are at 'page.items'"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("few")
def test_a_list_without_end_is_found_out(told, site, said, server, why):
    site.answer = answers({"/list": server})
    one = source(site, f"s: {{path: /list, records: data, key: id, pagination: {said}}}")
    with pytest.raises(Broken, match=why):
        Reader(one, told, "s").read()


def test_empty_pages_in_the_middle_and_a_page_twice_are_no_end_and_no_harm(told, site):
    pages = [[1], [], [2], [2], [], [3]]

    def server(asked):
        n = int(asked.params.get("t", 0))
        return Told(body=json.dumps({"data": [{"id": i} for i in pages[n]]}).encode(), headers={"More": str(n + 1)})

    site.answer = answers({"/list": server})
    paging = "{kind: CursorPagination, cursorValue: '{{ headers.more }}', stopCondition: \"{{ headers.More == '6' }}\", pageTokenOption: t}"
    reader = Reader(source(site, f"s: {{path: /list, records: data, pagination: {paging}}}"), told, "s")
    assert [row["id"] for row in reader.read()] == [1, 2, 3]  # without a key, and the page twice came once


def test_a_next_page_elsewhere_is_refused_and_told_no_secret(told, site, other, monkeypatch):
    monkeypatch.setenv("T", "canary")
    site.answer = answers({"/list": {"data": FIVE, "next": f"{other.url}/list"}})
    one = source(
        site,
        "s: {path: /list, records: data, key: id, pagination: {kind: CursorPagination, cursorValue: '{{ response.next }}', pageTokenOption: RequestPath}}",
        config={"properties": {"t": {"type": "string", "format": "password"}}},
        auth={"kind": "BearerAuthenticator", "apiToken": "{{ config.t }}"},
        values={"t": "secret://env/T"},
    )
    with pytest.raises(Invalid, match=r"is not asked: this connector speaks with 127\.0\.0\.1") as error:
        Reader(one, told, "s").read()
    assert other.asked == [] and "canary" not in str(error.value)


def test_lists_groups_unions_and_their_products(told, site):
    site.answer = answers(lambda a: {"data": [{"id": f"{a.path}?{sorted(a.params.items())}"}]})
    parts = """
a: {path: /x, records: data, key: id, partitions: [{kind: ListPartitionRouter, cursorField: r, values: [eu, us], requestOption: region}, {kind: ListPartitionRouter, cursorField: k, values: "{{ config.kinds }}"}], params: {k: "{{ stream_partition.k }}"}}
b: {path: /x, records: data, key: id, partitions: {kind: GroupingPartitionRouter, groupSize: 2, underlyingPartitionRouter: {kind: ListPartitionRouter, cursorField: n, values: ["1", "2", "3", "1"]}}, params: {ids: "{{ stream_partition.n | join(',') }}"}}
c: {path: "/x/{{ stream_partition.n }}", records: data, key: id, partitions: {kind: UnionPartitionRouter, partitionField: n, partitionRouters: [{kind: ListPartitionRouter, cursorField: n, values: ["1"]}, {kind: ListPartitionRouter, cursorField: n, values: ["1", "2/3"]}]}}
"""
    one = source(site, parts, config={"properties": {"kinds": {"type": "array"}}}, values={"kinds": ["p", "q"]})
    Reader(one, told, "a").read()
    found = sorted((a.params["region"], a.params["k"]) for a in site.asked)
    assert found == [("eu", "p"), ("eu", "q"), ("us", "p"), ("us", "q")]
    site.asked.clear()
    Reader(one, told, "b").read()
    assert sorted(a.params["ids"] for a in site.asked) == ["1,2", "3"]
    site.asked.clear()
    Reader(one, told, "c").read()
    assert sorted(a.path for a in site.asked) == ["/x/1", "/x/2/3"]


JOB = """
s:
  key: id
  retriever:
    kind: AsyncRetriever
    creationRequester: {method: POST, path: /jobs, json: {since: "{{ stream_interval.start_time }}"}, repeatable: true}
    pollingRequester: {path: "/jobs/{{ creation_response.id }}"}
    statusExtractor: state
    statusMapping: {running: [Queued], completed: [Done], failed: [Failed], timeout: [Slow], skipped: [Nothing]}
    downloadRequester:
      path: "/jobs/{{ creation_response.id }}/results"
      errors: {kind: DefaultErrorHandler, responseFilters: [{httpCodes: [404], action: IGNORE}]}
    downloadDecoder: {kind: CsvDecoder}
    downloadPaginator: {kind: CursorPagination, cursorValue: "{{ headers.locator if headers.locator != 'null' }}", pageTokenOption: at}
    deleteRequester: {method: DELETE, path: "/jobs/{{ creation_response.id }}"}
  incremental: {kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01"}
"""


def test_a_job_is_made_awaited_downloaded_and_taken_away(told, site, clock):
    states, made = iter(["Queued", "Queued", "Done", "Failed", "Done", "Nothing", "Done", "Odd"]), []

    def server(asked):
        if asked.method == "POST":
            made.append(asked)
            return {"id": f"j{len(made)}"}
        if asked.path.endswith("/results"):
            last = asked.params.get("at")
            if len(made) > 4:
                return Told(status=404)
            body = b"id,at\n2,2026-01-02T01:00:00Z\n" if last else b'id,at\n1,"2026-01-02T00:00:00Z"\n'
            return Told(body=body, headers={"Locator": "null" if last else "x"})
        return {} if asked.method == "DELETE" else {"state": next(states)}

    site.answer = answers(server)
    reader = Reader(source(site, JOB), told, "s")
    assert [r["id"] for r in reader.read()] == ["1", "2"]
    assert [f"{a.method} {a.path}" for a in site.asked][-1] == "DELETE /jobs/j1" and clock.slept == [5.0, 7.5]
    assert reader.cursor["at"][""] == "2026-01-02T01:00:00+00:00"
    assert len(reader.read()) == 2 and len(made) == 3  # one failed, and was made again
    assert json.loads(made[-1].body) == {"since": "2026-01-02T00:50:00Z"}
    assert reader.read() == reader.read() == []  # nothing to be had, and a result that is not there
    with pytest.raises(Broken, match="in a state that is not known: 'Odd', known are Queued, Done, Failed"):
        reader.read()


CHUNKED = """
s:
  path: /list
  records: data
  key: id
  pagination: {kind: CursorPagination, cursorValue: "{{ response.next }}", pageTokenOption: after}
  properties:
    propertyList: {kind: PropertiesFromEndpoint, propertyFieldPath: [name], requester: {path: /names}, records: results}
    alwaysIncludeProperties: [id]
    propertyChunking: {propertyLimitType: property_count, propertyLimit: 2}
    requestOption: properties
"""


def test_properties_are_asked_for_in_chunks_that_become_one(told, site):
    shift = {"on": 0}

    def rows(asked):
        names, after = asked.params["properties"].split(","), asked.params.get("after")
        shift["on"] -= bool(after) and "c" in names
        ids = (["1"], ["2"]) if shift["on"] > 0 and "c" in names else (["1", "2"], ["3"])
        found = ids[1] if after else ids[0]
        return {
            "data": [{"id": i, "props": {n: f"{n}{i}" for n in names if n != "id"}} for i in found],
            "next": None if after else f"{names[-1]}-x",
        }

    site.answer = answers({"/names": {"results": [{"name": n} for n in "abc"]}, "/list": rows})
    reader = Reader(source(site, CHUNKED), told, "s")
    assert reader.read()[1] == {"id": "2", "props": {"a": "a2", "b": "b2", "c": "c2"}} and len(reader.table) == 3
    lists = [a.params for a in site.asked if a.path == "/list"]
    assert [p.get("after") for p in lists] == [None, None, "b-x", "c-x"]  # each goes on by its own token
    shift["on"], reader = 2, Reader(source(site, CHUNKED), told, "s")
    assert [r["id"] for r in reader.read()] == ["1", "2", "3"], "twice a record was missing in a chunk"
    shift["on"] = 100
    with pytest.raises(Unavailable, match="records came or went while their properties were asked for"):
        reader.read()


DYNAMIC = {
    "kind": "HttpComponentsResolver",
    "requester": {"path": "/objects", "records": "data"},
    "name": "{{ parameters.name }}",
    "condition": "{{ parameters.readable }}",
    "template": {"path": "/o/{{ parameters.name }}", "records": "data"},
    "componentsMapping": [{"fieldPath": ["key"], "value": "{{ components_values.key }}"}],
}


def test_dynamic_streams_of_the_system_and_of_the_configuration(told, site):
    objects = [{"name": "deal", "key": "Id", "readable": True}, {"name": "secret", "readable": False}]
    site.answer = answers({"/objects": {"data": objects}, "/o/deal": {"data": [{"Id": 1}]}, "/r": [{"n": 1}]})
    reports = {
        "kind": "ConfigComponentsResolver",
        "streamConfig": {"configsPointer": ["reports"]},
        "name": "{{ parameters.called }}",
        "template": {"path": "{{ parameters.path }}"},
    }
    config = {"properties": {"reports": {"type": "array"}}}
    values = {"reports": [{"called": "mine", "path": "/r"}]}
    one = source(site, {}, dynamicStreams=[DYNAMIC, reports], config=config, values=values)
    assert {i.name: i.key for i in one.discover(told, {})} == {"deal": ("Id",), "mine": ()}
    assert Reader(one, told, "deal").read() == [{"Id": 1}] and Reader(one, told, "mine").read() == [{"n": 1}]
    one.test(told)
    with pytest.raises(Invalid, match="has no stream 'secret'") as error:
        Reader(one, told, "secret").read()
    assert "There are deal, mine." in str(error.value)


HOOKS = """
def authenticate(request, config):
    return request.headed("X-Sign", f"{config['k']}-{request.method}")

def partitions(context):
    for one in context.ask("/parts"):
        yield {"n": one, "extra_fields": {"double": 2 * one}}

def extract(page, stream):
    return [{"id": f"{stream}{i}"} for i in page.whole["ids"]]

def transform(table):
    return table.append_column("n", table.column("id"))
"""


@pytest.mark.parametrize("own", ["", "authenticate, "])
def test_hooks_come_from_a_file_of_this_machine_alone(told, site, own):
    site.answer = answers({"/parts": [1, 2], "/x/1/2": {"ids": [1]}, "/x/2/4": {"ids": [2]}})
    said = "s: {path: '/x/{{ stream_partition.n }}/{{ stream_slice.extra_fields.double }}', key: id, hooks: [OWNpartitions, extract, transform]}"
    said, hooks = said.replace("OWN", own), [] if own else ["authenticate"]
    one = source(site, said, hooks=hooks, config={"properties": {"k": {"type": "string"}}}, values={"k": "me"})
    with pytest.raises(Invalid, match=r"uses the hook '\w+', and there is no hooks.py of it on this machine"):
        Reader(one, told, "s").read()
    folder = told.folder / "connectors" / "shop"
    folder.mkdir(parents=True)
    (folder / "hooks.py").write_text(HOOKS)
    assert Reader(one, told, "s").read() == [{"id": "s1", "n": "s1"}, {"id": "s2", "n": "s2"}]
    assert {a.headers["x-sign"] for a in site.asked} == {"me-GET"}
    (folder / "hooks.py").write_text(HOOKS.replace("2 * one", "one.nothing"))
    with pytest.raises(Invalid, match="the hook 'partitions' of the connector 'shop' failed: AttributeError"):
        Reader(one, told, "s").read()
    for hook, old in {"transform": "table.append", "extract": '[{"id"', "authenticate": "request.headed"}.items():
        (folder / "hooks.py").write_text(HOOKS.replace(f"return {old}", f"return 5\n    return {old}"))
        with pytest.raises(Invalid, match=f"the hook '{hook}' of the connector 'shop' gives int, allowed is"):
            Reader(one, told, "s").read()


def test_batches_are_bounded(told, site, monkeypatch):
    monkeypatch.setattr(read, "BYTES", 100)
    rows = [{"id": n, "text": "x" * 40} for n in range(20)]
    site.answer = answers({"/list": paged(rows)})
    reader = Reader(
        source(
            site,
            "s: {path: /list, records: data, key: id, pagination: {kind: PageIncrement, pageSize: 2, startFromPage: 1, pageTokenOption: page}}",
        ),
        told,
        "s",
    )
    assert (
        reader.read() == rows
        and reader.modes == ["replace", *["append"] * (len(reader.modes) - 1)]
        and len(reader.modes) > 5
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("path: '/x/{{ config.up }}'", "leads upwards"),
        ("path: '/x/{{ config.none }}/y'", "an expression gives nothing"),
        ("path: /list\n  method: POST\n  repeatable: true\n  json: {a: '{{ 1 / config.zero }}'}", "a division by zero"),
    ],
)
def test_requests_that_cannot_be_made(told, site, said, why):
    config = {"properties": {"up": {"type": "string"}, "none": {"type": "string"}, "zero": {"type": "integer"}}}
    one = source(site, f"s:\n  {said}", config=config, values={"up": "../admin", "zero": 0})
    with pytest.raises((Invalid, Broken), match=why):
        Reader(one, told, "s").read()
    assert site.asked == []


def test_null_undoes_a_default(told, site):
    site.answer = answers({"/orders": {"data": [{"id": "1", "at": "2026-01-01T00:00:00Z"}]}})
    cursor = {"kind": "DatetimeBasedCursor", "cursorField": "at", "startDatetime": "2026-01-01"}
    defaults = {"path": "/orders", "records": "data", "key": "id", "incremental": cursor}
    made = source(site, "{some: {}, all: {incremental: null}}", defaults=defaults)
    assert made.manifest.streams["some"].incremental is not None
    assert made.manifest.streams["all"].incremental is None


def test_a_stream_that_the_configuration_lists_needs_no_list_of_the_system(told, site):
    site.answer = answers({"/reports/a": [{"id": "1"}]})
    lists = [
        {
            "kind": "ConfigComponentsResolver",
            "streamConfig": {"configsPointer": ["reports"]},
            "name": "{{ parameters.name }}",
            "template": {"path": "/reports/{{ parameters.name }}", "key": "id"},
        },
        {
            "requester": {"path": "/objects"},
            "name": "{{ parameters.name }}",
            "template": {"path": "/objects/x", "key": "id"},
        },
    ]
    config = {"properties": {"reports": {"type": "array"}}}
    made = source(site, {}, dynamicStreams=lists, config=config, values={"reports": [{"name": "a"}]})
    assert Reader(made, told, "a").read() == [{"id": "1"}]
    assert [a.path for a in site.asked] == ["/reports/a"]


def test_pages_that_shift_without_an_order_are_not_taken_for_whole(told, site):
    pages = {"1": [{"id": "a"}, {"id": "b"}], "2": [{"id": "b"}]}  # c slipped through
    site.answer = answers({"/list": lambda asked: pages[asked.params.get("page", "1")]})
    paging = "{kind: PageIncrement, pageSize: 2, startFromPage: 1, pageTokenOption: page, distinct: id}"
    made = source(site, f"list: {{path: /list, key: id, pagination: {paging}}}")
    with pytest.raises(Unavailable, match="a record comes twice in a list that has no certain order"):
        Reader(made, told, "list").read()
    site.asked.clear()
    turns = iter([*"ab", *"ba", *"ca", *"cb"])  # what a page begins and ends with is by chance
    site.answer = answers(
        {"/list": lambda asked: [{"id": next(turns)} for _ in range(3 - int(asked.params.get("page", "1")))]}
    )
    assert {row["id"] for row in Reader(made, told, "list").read()} == {"a", "b", "c"}
    pages["2"], turns = [{"id": "c"}], iter(())
    site.answer = answers({"/list": lambda asked: pages[asked.params.get("page", "1")]})
    assert [row["id"] for row in Reader(made, told, "list").read()] == ["a", "b", "c"]
