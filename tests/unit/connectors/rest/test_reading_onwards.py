"""Reading on from what was read: cursors, windows, deletes, positions of parts."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from manifests import Reader, answers, source
from web import Told
from weft.connectors.rest.reading import read
from weft.errors import Broken, Invalid, Unavailable
from weft.seams import Window


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
    held = threading.Event()
    for more, option, silent, windows in (("", "until", False, 13), ("", "until", True, 4), ("", "", False, 1)):
        site.asked.clear()
        site.answer = answers({"/list": lambda _, silent=silent: held.wait(0.5) if silent else Told(504, b"{}")})
        text = INCREMENTAL.format(more=f"    endTimeOption: {option}\n" if option else more)
        text = text if option else text.replace("    startTimeOption: since\n", "")
        one = Reader(source(site, text, values={"readTimeout": 0.02}), told, "s")
        with pytest.raises(Unavailable) as caught:
            one.read(Window("2026-01-02", "2027-01-02"))
        assert caught.value.known_as == "Unavailable"
        assert len({a.params.get("until") for a in site.asked}) == windows, (option, silent)
    held.set()


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
NESTED = """
tickets: {path: "/{{ stream_partition.repo }}", key: id, partitions: {kind: ListPartitionRouter, cursorField: repo, values: [a, b]}}
s:
  path: "/{{ REPO }}/{{ stream_partition.n }}"
  key: id
  partitions: {kind: SubstreamPartitionRouter, stream: tickets, parentKey: n, partitionField: nMORE}
"""
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


@pytest.mark.parametrize(
    ("repo", "more"),
    [("stream_slice.extra_fields.repo", ", extraFields: [[repo]]"), ("stream_partition.parent_slice.repo", "")],
)
def test_records_of_the_same_number_in_several_parts_are_parts_of_their_own(told, site, repo, more):
    site.answer = answers(
        lambda a: (
            [{"id": a.path}] if a.path.count("/") > 1 else [{"id": a.path, "n": n, "repo": a.path[1:]} for n in (1, 2)]
        )
    )
    one = source(site, NESTED.replace("REPO", repo).replace("MORE", more))
    assert Reader(one, told, "s").read() == [{"id": f"/{repo}/{n}"} for repo in "ab" for n in (1, 2)]
