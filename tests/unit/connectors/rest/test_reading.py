"""Streams of a manifest, read from a server whose answers are written here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from manifests import Reader, answers, source
from web import Told
from weft.connectors.rest.reading import read
from weft.errors import Broken, Invalid, Unavailable
from weft.seams import Window

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
         "the same page comes 4 times: the list has no end"),
        ("{kind: CursorPagination, cursorValue: '{{ response.next }}', pageTokenOption: after}",
         lambda a: {"data": [{"id": a.params.get("after")}], "next": "b" if a.params.get("after") == "a" else "a"},
         "names as its next one a page that was read already"),
        ("{kind: CursorPagination, cursorValue: '{{ (next_page_token.next_page_token or 0) + 1 }}', pageTokenOption: p}",
         lambda _: {"data": []}, "21 empty pages come in a row"),
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


class Store:
    """Records that change, and can be asked for what changed since, in pages."""

    def __init__(self, size=2):
        self.rows, self.size, self.broken = {}, size, 0

    def put(self, id_, at, **values):
        self.rows[id_] = {"id": id_, "at": at, **values}

    def __call__(self, asked):
        if self.broken and len(self.asked) >= self.broken:
            return Told(503, b"{}")
        since, until = asked.params.get("since", ""), asked.params.get("until", "9")
        found = sorted((r for r in self.rows.values() if since <= r["at"] <= until), key=lambda r: (r["at"], r["id"]))
        at = int(asked.params.get("offset", 0))
        return {"data": found[at : at + self.size]}


INCREMENTAL = """
s:
  path: /list
  records: data
  key: id
  pagination: {{kind: OffsetIncrement, pageSize: 2, pageTokenOption: offset}}
  incremental:
    kind: DatetimeBasedCursor
    cursorField: at
    datetimeFormat: "%Y-%m-%dT%H:%M:%SZ"
    startDatetime: "2026-01-01"
    startTimeOption: since
{more}"""


def test_a_cursor_asks_for_what_is_new_and_what_may_have_come_late(told, site, clock):
    store = Store()
    for n in range(3):
        store.put(n, f"2026-01-02T0{n}:00:00Z")
    site.answer = answers({"/list": store})
    reader = Reader(source(site, INCREMENTAL.format(more="")), told, "s")
    assert [r["id"] for r in reader.read()] == [0, 1, 2] and reader.modes == ["replace"]
    assert reader.cursor["at"] == {"": "2026-01-02T02:00:00+00:00"}
    assert site.asked[0].params == {"since": "2026-01-01T00:00:00Z"}
    site.asked.clear()
    store.put(0, "2026-01-02T02:30:00Z", x=1)
    store.put(7, "2026-01-02T01:55:00Z")  # late: within the look-back
    assert {r["id"] for r in reader.read()} == {7, 2, 0} and reader.modes == ["append"]
    assert site.asked[0].params["since"] == "2026-01-02T01:50:00Z"
    assert set(reader.table) == {"0", "1", "2", "7"} and reader.table["0"]["x"] == 1
    # The future of a broken clock is not believed.
    store.put(9, "2999-01-01T00:00:00Z")
    reader.read()
    assert reader.cursor["at"][""] == clock.now().isoformat()


def test_windows_steps_and_halves(told, site, clock):
    store = Store()
    for n in range(9):
        store.put(n, f"2026-01-0{n + 1}T00:00:00Z")
    clock.at = datetime(2026, 1, 9, 12, tzinfo=UTC)
    site.answer = answers({"/list": store})
    more = "    step: P3D\n    endTimeOption: until\n"
    reader = Reader(source(site, INCREMENTAL.format(more=more)), told, "s")
    reader.read()
    assert set(reader.table) == {str(n) for n in range(9)}
    spans = [(a.params["since"][8:10], a.params["until"][8:10]) for a in site.asked if "offset" not in a.params]
    assert sorted(spans) == [("01", "04"), ("04", "07"), ("07", "09")]
    before = dict(reader.cursor)
    site.asked.clear()

    def slow(asked):
        since, until = (datetime.fromisoformat(asked.params[k]) for k in ("since", "until"))
        return Told(504, b"{}") if until - since > timedelta(days=2) else store(asked)

    site.answer = answers({"/list": slow})
    got = reader.read(Window("2026-01-02", "2026-01-07"))
    assert {r["id"] for r in got} == {1, 2, 3, 4, 5} and reader.cursor == before
    site.answer = answers({"/list": lambda _: Told(504, b"{}")})
    with pytest.raises(Unavailable, match="504"):
        reader.read(Window("2026-01-02T00:00:00Z", "2026-01-02T00:00:01Z"))


def test_zones_formats_and_values_that_are_none(told, site, clock):
    rows = [{"id": 1, "changed": {"at": "02.01.2026 01:30"}}, {"id": 2, "changed": None}, {"id": 3}]
    site.answer = answers({"/list": {"data": rows}})
    said = (
        "s: {path: /list, records: data, key: id, incremental: {kind: DatetimeBasedCursor, cursorField: changed.at, "
        "datetimeFormat: '%d.%m.%Y %H:%M', startDatetime: '2026-01-01', startTimeOption: since, "
        "timezone: 'Europe/{{ config.city }}', lookbackWindow: PT0S}}"
    )
    one = source(site, said, config={"properties": {"city": {"type": "string"}}}, values={"city": "Berlin"})
    reader = Reader(one, told, "s")
    assert len(reader.read()) == 3 and reader.cursor["at"][""] == "2026-01-02T00:30:00+00:00"
    reader.read()
    assert [a.params["since"] for a in site.asked] == ["01.01.2026 00:00", "02.01.2026 01:30"]
    rows[0]["changed"]["at"] = "yesterday"
    with pytest.raises(Broken, match=r"'changed.at' of the stream 's': a value fits none of the formats"):
        reader.read()


def test_what_cannot_be_asked_for_is_left_out_here(told, site, clock):
    rows = [{"id": n, "at": f"2026-01-02T0{n}:00:00Z"} for n in range(3)]
    site.answer = answers(
        {
            "/list": lambda a: {
                "data": sorted(rows, key=lambda r: r["at"], reverse=True)[int(a.params.get("offset", 0)) :][:2]
            }
        }
    )
    feed = INCREMENTAL.format(more="    isDataFeed: true\n    lookbackWindow: PT0S\n")
    reader = Reader(source(site, feed), told, "s")
    assert len(reader.read()) == 3
    rows.append({"id": 3, "at": "2026-01-02T02:30:00Z"})
    site.asked.clear()
    assert {r["id"] for r in reader.read()} == {3, 2} and len(site.asked) == 2  # the second page was all known
    client = INCREMENTAL.format(more="    isClientSideIncremental: true\n    lookbackWindow: PT0S\n")
    reader = Reader(source(site, client), told, "s")
    reader.read()
    assert {r["id"] for r in reader.read()} == {3} and len(reader.table) == 4


def test_a_count_is_a_cursor(told, site):
    rows = [{"id": n, "seq": n} for n in range(1, 5)]
    site.answer = answers({"/list": lambda a: {"data": [r for r in rows if r["seq"] >= int(a.params["from"])]}})
    said = "s: {path: /list, records: data, key: id, incremental: {kind: IncrementingCountCursor, cursorField: seq, startValue: 2, startValueOption: from}}"
    reader = Reader(source(site, said), told, "s")
    assert [r["id"] for r in reader.read()] == [2, 3, 4] and reader.cursor["at"] == {"": 4}
    rows.append({"id": 5, "seq": 5})
    assert [r["id"] for r in reader.read()] == [4, 5]


BOARDS = """
boards: {path: /boards, records: data, key: id, incremental: {kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01", startTimeOption: since}}
s:
  path: "/boards/{{ stream_partition.board }}/list"
  records: data
  key: id
  transformations: [{kind: AddFields, fields: [{path: [board], value: "{{ stream_slice.board }}"}]}]
  partitions: {kind: SubstreamPartitionRouter, stream: boards, parentKey: id, partitionField: board, extraFields: [[name]]MORE}
CURSOR"""
OWN = """  incremental: {kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01", startTimeOption: sinceGLOBAL}
"""


def boards(site, more="", cursor=OWN, glob=""):
    made = {"boards": {}, "lists": {}}
    site.answer = answers(lambda a: _boards(made, a))
    said = BOARDS.replace("MORE", more).replace("CURSOR", cursor).replace("GLOBAL", glob)
    return made, source(site, said)


def _boards(made, asked):
    since = asked.params.get("since", "")
    if asked.path == "/boards":
        return {"data": [b for b in made["boards"].values() if b["at"] >= since]}
    rows = made["lists"].get(asked.path.split("/")[2], {}).values()
    return {"data": [r for r in rows if r["at"] >= since]}


@pytest.mark.parametrize("glob", ["", ", globalSubstreamCursor: true"])
def test_parts_have_positions_of_their_own(told, site, clock, glob, monkeypatch):
    made, one = boards(site, glob=glob)
    for board in "ab":
        made["boards"][board] = {"id": board, "at": "2026-01-01T00:00:00Z"}
        made["lists"][board] = {f"{board}1": {"id": f"{board}1", "at": f"2026-01-02T0{'ab'.index(board)}:00:00Z"}}
    reader = Reader(one, told, "s")
    assert {r["id"]: r["board"] for r in reader.read()} == {"a1": "a", "b1": "b"}
    if glob:
        assert reader.cursor["all"] == "2026-01-02T01:00:00+00:00" and "at" not in reader.cursor
    else:
        assert reader.cursor["at"]['{"board":"a"}'] == "2026-01-02T00:00:00+00:00"
    # A new part is read from its start, whatever is known of the others.
    made["boards"]["c"] = {"id": "c", "at": "2026-01-02T00:00:00Z"}
    made["lists"]["c"] = {"c1": {"id": "c1", "at": "2026-01-01T00:00:00Z"}}
    site.asked.clear()
    assert "c1" in {r["id"] for r in reader.read()}
    since = {a.path: a.params["since"] for a in site.asked if a.path != "/boards"}
    assert since["/boards/c/list"] == "2026-01-01T00:00:00Z" and since["/boards/a/list"] > "2026-01-01T20:00:00Z"


def test_too_many_parts_fall_back_to_one_position(told, site, clock, monkeypatch):
    from weft.connectors.rest.reading import state

    monkeypatch.setattr(state, "MOST", 3)
    made, one = boards(site)
    for n in range(5):
        made["boards"][f"p{n}"] = {"id": f"p{n}", "at": "2026-01-01T00:00:00Z"}
        made["lists"][f"p{n}"] = {n: {"id": n, "at": f"2026-01-02T0{n % 3}:00:00Z"}}
    reader = Reader(one, told, "s")
    reader.read()
    assert reader.cursor["all"] == "2026-01-02T02:00:00+00:00" and len(reader.table) == 5
    made["lists"]["p4"][9] = {"id": 9, "at": "2026-01-02T02:30:00Z"}
    made["boards"]["new"] = {"id": "new", "at": "2026-01-01T00:00:00Z"}
    made["lists"]["new"] = {8: {"id": 8, "at": "2026-01-01T00:00:00Z"}}
    reader.read()
    assert {"9", "8"} <= set(reader.table) and reader.cursor["all"] == "2026-01-02T02:30:00+00:00"


def test_only_new_parents_are_followed(told, site, clock):
    made, one = boards(site, more=", incrementalDependency: true", cursor="")
    for n, board in enumerate("zab"):
        made["boards"][board] = {"id": board, "at": f"2026-01-02T0{n}:00:00Z"}
        made["lists"][board] = {f"{board}1": {"id": f"{board}1", "at": "2026-01-01T00:00:00Z"}}
    reader = Reader(one, told, "s")
    reader.read()
    assert reader.modes == ["replace"] and len(reader.table) == 3
    made["boards"]["a"]["at"] = "2026-01-02T02:30:00Z"
    made["lists"]["a"]["a2"] = {"id": "a2", "at": "2026-01-01T00:00:00Z"}
    site.asked.clear()
    reader.read()
    assert reader.modes == ["append"] and set(reader.table) == {"z1", "a1", "b1", "a2"}
    assert {a.path for a in site.asked} == {"/boards", "/boards/a/list", "/boards/b/list"}  # the newest once more
    # Everything, when that is wanted.
    full = Reader(one, told, "s", refresh="full")
    full.cursor = reader.cursor
    assert len(full.read()) == 4 and full.modes == ["replace"]


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


DELETES = INCREMENTAL + """  deletes:
    - {{kind: DeletedRecords, key: {{id: gone}}, stream: {{path: /deleted, records: data, incremental: {{kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01", startTimeOption: since}}}}}}
    - {{kind: KeyReconciliation, every: P1D, stream: {{path: /keys, records: data}}}}
    - {{kind: TombstoneField, field: dead}}
"""  # fmt: skip


def test_deletes(told, site, clock):
    store, dead, keys = Store(size=50), [], []
    for n in range(5):
        store.put(n, f"2026-01-02T00:0{n}:00Z")
    routes = {
        "/list": store,
        "/deleted": lambda a: {"data": [d for d in dead if d["at"] >= a.params["since"]]},
        "/keys": lambda _: {"data": keys},
    }
    site.answer = answers(routes)
    reader = Reader(source(site, DELETES.format(more="")), told, "s")
    reader.read()
    assert len(reader.table) == 5 and {a.path for a in site.asked} == {"/list"}
    # One in a list of deleted records, one by a field, one that was deleted and came back.
    clock.at += timedelta(hours=1)
    now = clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    del store.rows[0]
    dead += [{"gone": 0, "at": now}, {"gone": 1, "at": now}]
    store.put(1, now)
    store.put(2, now, dead=True)
    reader.read()
    assert reader.modes == ["delete", "append", "delete"] and set(reader.table) == {"1", "3", "4"}
    # Told again by the look-back, it is not deleted again for good: the row is read again as well.
    store.put(3, (clock.at + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    clock.at += timedelta(minutes=31)
    reader.read()
    assert set(reader.table) == {"1", "3", "4"}
    # Deleted without a trace: found when all keys are listed, a day after.
    del store.rows[4]
    clock.at += timedelta(days=1)
    keys += [{"id": 1}, {"id": 3}]
    reader.read()
    assert reader.modes[-1] == "keys" and set(reader.table) == {"1", "3"}
    quiet = Reader(source(site, DELETES.format(more="")), told, "s", deletes="ignore")
    quiet.cursor = reader.cursor
    clock.at += timedelta(days=2)
    quiet.read()
    assert set(quiet.modes) <= {"append"}


def test_deletes_need_a_key(told, site, clock):
    site.answer = answers({"/list": Store(), "/deleted": {"data": []}, "/keys": {"data": []}})
    one = source(site, DELETES.format(more="").replace("  key: id\n", ""))
    reader = Reader(one, told, "s")
    reader.cursor = {"at": {"": "2026-01-01T00:00:00+00:00"}}
    with pytest.raises(Invalid, match="the stream 's' has no key, so nothing can be deleted by it"):
        reader.read()


JOB = """
s:
  key: id
  retriever:
    kind: AsyncRetriever
    creationRequester: {method: POST, path: /jobs, json: {since: "{{ stream_interval.start_time }}"}, repeatable: true}
    pollingRequester: {path: "/jobs/{{ creation_response.id }}"}
    statusExtractor: state
    statusMapping: {running: [Queued], completed: [Done], failed: [Failed], timeout: [Slow], skipped: [Nothing]}
    downloadRequester: {path: "/jobs/{{ creation_response.id }}/results"}
    downloadDecoder: {kind: CsvDecoder}
    downloadPaginator: {kind: CursorPagination, cursorValue: "{{ headers.locator if headers.locator != 'null' }}", pageTokenOption: at}
    deleteRequester: {method: DELETE, path: "/jobs/{{ creation_response.id }}"}
  incremental: {kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01"}
"""


def test_a_job_is_made_awaited_downloaded_and_taken_away(told, site, clock):
    states, made = iter(["Queued", "Queued", "Done", "Failed", "Done", "Nothing", "Odd"]), []

    def server(asked):
        if asked.method == "POST":
            made.append(asked)
            return {"id": f"j{len(made)}"}
        if asked.path.endswith("/results"):
            last = asked.params.get("at")
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
    assert reader.read() == []
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


def test_hooks_come_from_a_file_of_this_machine_alone(told, site):
    site.answer = answers({"/parts": [1, 2], "/x/1/2": {"ids": [1]}, "/x/2/4": {"ids": [2]}})
    said = "s: {path: '/x/{{ stream_partition.n }}/{{ stream_slice.extra_fields.double }}', key: id, hooks: [partitions, extract, transform]}"
    one = source(
        site, said, hooks=["authenticate"], config={"properties": {"k": {"type": "string"}}}, values={"k": "me"}
    )
    with pytest.raises(Invalid, match=r"uses the hook 'authenticate', and there is no hooks.py of it on this machine"):
        Reader(one, told, "s").read()
    folder = told.folder / "connectors" / "shop"
    folder.mkdir(parents=True)
    (folder / "hooks.py").write_text(HOOKS)
    assert Reader(one, told, "s").read() == [{"id": "s1", "n": "s1"}, {"id": "s2", "n": "s2"}]
    assert {a.headers["x-sign"] for a in site.asked} == {"me-GET"}
    (folder / "hooks.py").write_text(HOOKS.replace("2 * one", "one.nothing"))
    with pytest.raises(Invalid, match="the hook 'partitions' of the connector 'shop' failed: AttributeError"):
        Reader(one, told, "s").read()


def test_the_first_load_may_be_another_list(told, site, clock):
    store = Store(size=50)
    store.put(1, "2026-01-01T00:00:00Z")
    site.answer = answers({"/list": store, "/all": store})
    one = source(site, INCREMENTAL.format(more="") + "  initial: {path: /all, params: {every: 1}}\n")
    reader = Reader(one, told, "s")
    reader.read()
    reader.read()
    assert [a.path for a in site.asked] == ["/all", "/list"]
    assert [
        r["id"] for r in next(iter(one.sample(told, "s", reader.settings, {}))).scan.reader.read_all().to_pylist()
    ] == [1]


def test_a_read_that_was_cut_short_goes_on(told, site, clock, monkeypatch):
    monkeypatch.setattr(read, "ROWS", 2)
    store = Store()
    for n in range(7):
        store.put(n, f"2026-01-01T0{n}:00:00Z")
    site.answer = answers({"/list": store})
    for said in (
        INCREMENTAL.format(more=""),
        "s: {path: /list, records: data, key: id, pagination: {kind: OffsetIncrement, pageSize: 2, pageTokenOption: offset}}",
    ):
        site.asked.clear()
        reader = Reader(source(site, said), told, "s")
        reader.read(batches=2)
        assert reader.modes == ["replace", "append"] and reader.cursor["unfinished"] and len(reader.table) == 4
        site.asked.clear()
        reader.read()
        assert reader.modes[0] == "append" and site.asked[0].params["offset"] == "3" and len(reader.table) == 7
        assert not reader.cursor.get("unfinished") and not reader.cursor.get("going")
    # Long after, a full refresh begins anew.
    reader = Reader(source(site, said), told, "s")
    reader.read(batches=1)
    clock.at += timedelta(hours=7)
    reader.read()
    assert reader.modes[0] == "replace" and len(reader.table) == 7


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


def test_a_first_load_that_ends_much_later_compares_keys(told, site, clock, monkeypatch):
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", 2)
    there = [{"id": i, "at": "2026-01-01T00:00:00Z"} for i in "abcd"]
    site.answer = answers(
        {"/list": lambda asked: {"data": [r for r in there if r["id"] > asked.params.get("after", "")][:2]}}
    )
    stream = """
    list:
      path: /list
      records: data
      key: id
      pagination: {kind: CursorPagination, cursorValue: "{{ last_record.id }}", stopCondition: "{{ last_page_size < 2 }}", pageTokenOption: after}
      incremental: {kind: DatetimeBasedCursor, cursorField: at, startDatetime: "2026-01-01"}
      deletes: {kind: KeyReconciliation, every: P1D}
    """
    r = Reader(source(site, stream), told, "list")
    r.read(batches=1)
    del there[0]
    clock.at += timedelta(days=2)
    r.read()
    assert sorted(r.table) == ["b", "c", "d"]
