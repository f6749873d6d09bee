"""A look into a system takes no more time and no more requests than it is allowed."""

from __future__ import annotations

import pytest

from manifests import answers, source
from web import Told
from weft.seams import Allowance

MUCH = Allowance(60.0, 100)
STREAMS = """
s{n}:
  path: /s{n}
  records: data
  key: id
  pagination: {kind: OffsetIncrement, pageSize: 1000, pageTokenOption: offset, pageSizeOption: limit}
"""


def looked(of, reach, allowed=MUCH, settings=None, choose=lambda infos: [i.name for i in infos]):
    infos, found = of.look(reach, settings or {}, choose, allowed)
    return [one.name for one in infos], found


def ten(site, **said):
    return source(site, "".join(STREAMS.replace("{n}", str(n)) for n in range(10)), **said)


def test_no_more_than_it_may(told, site):
    site.answer = answers(lambda asked: {"data": [{"id": n} for n in range(200)], "total": 5000})
    names, found = looked(
        ten(site, limits={"maxConcurrency": 1}),
        told,
        Allowance(60.0, 4),
        choose=lambda _: [f"s{n}" for n in (7, 3, 9, 1, 2)],
    )
    assert len(names) == 10
    assert sorted(found) == ["s1", "s3", "s7", "s9"], "what is wanted most comes first"
    assert len(site.asked) == 4, "a page each"
    assert {asked.params["limit"] for asked in site.asked} == {"200"}, "and a small one"
    assert {one.rows for one in found.values()} == {5000}, "the page says how many there are"
    assert found["s7"].batch.scan.reader.read_all().num_rows == 200


def test_it_does_not_wait_for_what_takes_longer(told, site, clock):
    def answer(asked):
        if asked.path in {"/s3", "/s4"}:
            return Told(429, headers={"Retry-After": "40"})
        return {"data": [{"id": 1}]} if asked.path < "/s3" else {"data": []}

    site.answer = answers(answer)
    _, found = looked(ten(site, limits={"maxConcurrency": 1}), told, Allowance(30.0, 100))
    assert {name: one.rows for name, one in found.items() if not one.error} == {"s0": 1, "s1": 1, "s2": 1}
    assert all("does not wait" in one.error or "takes too many" in one.error for n, one in found.items() if n > "s2")
    assert clock.slept == []


def test_of_intervals_the_newest_is_looked_into_and_a_stream_of_children_is_bounded(told, site):
    streams = """
    months:
      path: /months
      records: data
      incremental: {kind: DatetimeBasedCursor, cursorField: at, startDatetime: "2020-01-01T00:00:00Z", step: P1M,
                    cursorGranularity: PT1S, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ",
                    startTimeOption: since, endTimeOption: until}
    parents: {path: /parents, records: data, key: id}
    children:
      path: "/parents/{{ stream_partition.parent }}/children"
      records: data
      partitions: {kind: SubstreamPartitionRouter, stream: parents, parentKey: id, partitionField: parent}
    broken: {path: /broken, records: data}
    """

    def answer(asked):
        if asked.path == "/broken":
            return Told(403)
        if asked.path == "/parents":
            return {"data": [{"id": n} for n in range(50)]}
        return {"data": [{"id": 1, "at": "2026-01-01T00:00:00Z"}] if asked.params.get("since", "") > "2025-12" else []}

    site.answer = answers(answer)
    _, found = looked(source(site, streams), told)
    assert found["months"].batch is not None
    assert (found["months"].rows, found["parents"].rows, found["children"].rows) == (None, 50, None)
    assert found["broken"].error
    assert sum("children" in asked.path for asked in site.asked) == 3


@pytest.mark.parametrize("wanted", [{}, {"s4": None}])
def test_what_is_there_is_told_as_by_discovery(told, site, wanted):
    of = ten(site)
    settings = {name: of.stream_schema()() for name in wanted}
    assert looked(of, told, settings=settings, choose=lambda _: [])[0] == [
        one.name for one in of.discover(told, settings)
    ]
    assert site.asked == []
