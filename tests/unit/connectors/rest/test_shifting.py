"""Lists that shift while they are read: nothing that was there throughout is lost."""

from __future__ import annotations

from random import Random

import pytest

from manifests import Reader, answers, source
from web import Told
from weft.errors import Unavailable

OFFSET = "{kind: OffsetIncrement, pageSize: 10, pageTokenOption: offset, pageSizeOption: limit}"
UNSIZED = "{kind: OffsetIncrement, pageTokenOption: offset}"
STRATEGY = "paginationStrategy: {kind: OffsetIncrement, pageSize: 10}"
NESTED = f"{{kind: DefaultPaginator, pageTokenOption: offset, pageSizeOption: limit, {STRATEGY}}}"
PAGE = "{kind: PageIncrement, pageSize: 10, startFromPage: 1, pageTokenOption: page, pageSizeOption: limit}"
ENDED = "{kind: OffsetIncrement, pageTokenOption: offset, stopCondition: '{{ response.last }}'}"


class Shifting:
    """A list in which rows come and go between requests, everywhere and with any number at once."""

    def __init__(self, seed: int, rows: int = 60, *, still: bool = False) -> None:
        self.dice, self.rows, self.still = Random(seed), [{"id": n} for n in range(rows)], still
        self.throughout, self.next, self.size = set(range(rows)), rows, 10
        self.lets = lambda offset: offset
        self.asked: list[int] = []

    def __call__(self, asked):
        params = asked.params
        at = int(params.get("offset", 0)) if "page" not in params else (int(params["page"]) - 1) * self.size
        if self.asked and not self.still:
            self.shift()
        self.asked.append(at)
        at = self.lets(at)
        if at is None:
            return Told(400)
        page = self.rows[at : at + self.size]
        return {"data": page, "total": len(self.rows), "last": at + self.size >= len(self.rows)}

    def shift(self) -> None:
        """Rows go, or rows come: a total tells nothing where as many of both do."""
        if self.dice.random() < 0.5:
            for _ in range(self.dice.choice([0, 0, 1, 3, 17])):
                gone = self.rows.pop(self.dice.randrange(len(self.rows))) if self.rows else {"id": -1}
                self.throughout.discard(gone["id"])
        else:
            for _ in range(self.dice.choice([0, 0, 1, 3, 17])):
                self.rows.insert(self.dice.randint(0, len(self.rows)), {"id": self.next})
                self.next += 1


def read(told, site, shifting, paging):
    site.answer = answers({"/list": shifting})
    reader = Reader(source(site, f"s: {{path: /list, records: data, key: id, pagination: {paging}}}"), told, "s")
    reader.read()
    return reader


@pytest.mark.parametrize("paging", [OFFSET, UNSIZED, NESTED, PAGE, ENDED])
def test_nothing_that_was_there_throughout_is_lost(told, site, paging):
    for seed in range(25):
        shifting = Shifting(seed)
        found = {row["id"] for row in read(told, site, shifting, paging).rows}
        assert shifting.throughout <= found, f"seed {seed}"
        assert len(shifting.asked) < 100, f"seed {seed}: it is not read again and again"


@pytest.mark.parametrize(
    ("paging", "asked"),
    [
        (OFFSET, [0, 9, 18, 27, 36]),
        (UNSIZED, [0, 9, 18, 27, 36, 45]),
        (ENDED, [0, 9, 18, 27, 36]),
        (PAGE, [0, 10, 20, 30, 40]),
    ],
)
def test_where_nothing_shifts_each_row_comes_once(told, site, paging, asked):
    shifting = Shifting(0, 45, still=True)
    assert [row["id"] for row in read(told, site, shifting, paging).rows] == list(range(45))
    assert shifting.asked == asked


@pytest.mark.parametrize(
    "lets",
    [lambda at: at - at % 10, lambda at: None if at % 10 else at],
    ids=["a page begins where it likes", "no page begins in between"],
)
def test_systems_whose_pages_begin_at_multiples_of_their_size(told, site, lets):
    shifting = Shifting(0, 45, still=True)
    shifting.lets = lets
    assert sorted(row["id"] for row in read(told, site, shifting, OFFSET).rows) == list(range(45))
    assert shifting.asked == [0, 9, 10, 20, 30, 40], "that is found out once"


@pytest.mark.parametrize("paging", [OFFSET, PAGE])
def test_a_run_that_goes_on_finds_where_it_stood(told, site, monkeypatch, paging):
    monkeypatch.setattr("weft.connectors.rest.reading.read.ROWS", 10)
    shifting = Shifting(0, still=True)
    site.answer = answers({"/list": shifting})
    reader = Reader(source(site, f"s: {{path: /list, records: data, key: id, pagination: {paging}}}"), told, "s")
    reader.read(batches=2)
    del shifting.rows[:12]
    reader.read()
    assert {str(n) for n in range(60)} == set(reader.table)


def test_a_total_that_is_never_the_same_ends_nothing(told, site):
    shifting, totals = Shifting(0, 300, still=True), iter(range(10_000, 0, -1))
    site.answer = answers({"/list": lambda asked: {**shifting(asked), "total": next(totals)}})
    reader = Reader(source(site, f"s: {{path: /list, records: data, key: id, pagination: {PAGE}}}"), told, "s")
    reader.read()
    assert set(reader.table) == {str(n) for n in range(300)}


@pytest.mark.parametrize("key", ["id", ""])
def test_a_list_that_is_to_be_begun_again_is(told, site, key):
    gone = Told(410, b'{"error": "expired"}')
    pages = [{"data": [{"id": n}], "next": n + 1 if n < 4 else None} for n in range(5)]
    left = [gone, gone]
    site.answer = answers(
        lambda a: left.pop() if a.params.get("t") == "2" and left else pages[int(a.params.get("t", 0))]
    )
    one = source(site, {"s": {**AGAIN, "key": key} if key else AGAIN})
    if key:
        assert [row["id"] for row in Reader(one, told, "s").read()] == [0, 1, 0, 1, 0, 1, 2, 3, 4]
        left[:] = [gone] * 9
    with pytest.raises(Unavailable, match=r"shop\.s: GET /list answers 410: its pages are to be begun again, "):
        Reader(one, told, "s").read()


AGAIN = {
    "path": "/list",
    "records": "data",
    "pagination": {"kind": "CursorPagination", "cursorValue": "{{ response.next }}", "pageTokenOption": "t"},
    "errors": {
        "kind": "DefaultErrorHandler",
        "responseFilters": [{"kind": "HttpResponseFilter", "httpCodes": [410], "action": "RESET_PAGINATION"}],
    },
}
