"""Whatever happens while a stream is read, in the end the table holds what the system holds: each row, once, as it is.

The system is a store in this process with pages, ties, rows that turn up late, deletes of every sort and errors in
between; it changes between two pages as well. The runs are killed between batches. All of it is drawn from a seed.
"""

from __future__ import annotations

import json
import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from manifests import Reader, source
from weft.connectors.rest.http.failing import Where
from weft.connectors.rest.http.message import Answer
from weft.connectors.rest.reading import opened, read
from weft.errors import Unavailable

LAG = timedelta(minutes=8)
"""A row turns up at most so late; the look-back is ten minutes."""


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class System:
    """Rows of parts, with what a client may ask of them."""

    def __init__(self, seed, clock, parts):
        self.chance, self.clock = random.Random(seed), clock
        self.rows = {part: {} for part in parts}
        self.dead = []
        self.asked = 0
        self.moving = self.failing = 0.0
        self.count = 0

    def change(self, hard=True):
        part = self.chance.choice(list(self.rows))
        rows, what = self.rows[part], self.chance.random()
        lag = self.chance.choice((timedelta(), timedelta(), LAG * self.chance.random()))
        lost = [d["gone"] for d in self.dead if d["gone"].startswith(part) and d["gone"] not in rows]
        if lost and what < 0.1:
            key, lag = self.chance.choice(lost), timedelta()  # it is restored
        elif what < 0.5 or not rows:
            self.count += 1
            key = f"{part}{self.count}"
        else:
            key = self.chance.choice(sorted(rows))
        old = rows.get(key)
        if what > 0.85 and old and old["seen"] <= self.clock.at and hard:
            del rows[key]
            self.dead.append({"gone": key, "at": stamp(self.clock.at)})
            return
        if old and old["seen"] > self.clock.at:
            lag = max(lag, old["seen"] - self.clock.at)
        row = {"id": key, "at": stamp(self.clock.at), "v": self.chance.randrange(1000)}
        rows[key] = {"row": row, "seen": self.clock.at + lag, "old": old and old["row"]}

    def listed(self, part):
        """What can be seen now: a change that has not turned up yet shows the row as it was."""
        for entry in self.rows[part].values():
            row = entry["row"] if entry["seen"] <= self.clock.at else entry["old"]
            if row is not None:
                yield row

    def truth(self):
        return {row["id"]: row for part in self.rows for row in self.listed(part)}

    # as weft.connectors.rest.asking.Fetch
    where = Where("system")

    def of(self, *_said):
        return self

    def send(self, request, check=None):
        self.asked += 1
        if self.chance.random() < self.failing:
            raise Unavailable("the system is away")
        if self.chance.random() < self.moving:
            self.clock.at += timedelta(seconds=self.chance.choice((0, 1, 60, 300)))
            self.change()
        params, (_, _, _, path, *inner) = dict(request.params), request.url.split("/")
        body = {
            "parts": lambda: [{"id": part} for part in self.rows],
            "dead": lambda: [d for d in self.dead if d["at"] >= params["since"]],
            "keys": lambda: [{"id": row["id"]} for part in self.rows for row in self.listed(part)],
            "list": lambda: self._page(inner[0] if inner else "a", params),
        }[path]()
        answer = Answer(200, {}, json.dumps({"data": body}).encode(), request.url, request)
        check(answer)
        return answer

    def _page(self, part, params):
        """By cursor, then key: a page begins after the last record of the one before."""
        found = sorted((r["at"], r["id"], r) for r in self.listed(part))
        found = [row for at, _, row in found if params.get("since", "") <= at <= params.get("until", "9")]
        after = params.get("after", "")
        return [row for row in found if f"{row['at']}|{row['id']}" > after][: self.chance.choice((2, 3, 5))]


CURSOR = """
  key: id
  records: data
  pagination: {{kind: CursorPagination, cursorValue: "{{{{ last_record.at ~ '|' ~ last_record.id }}}}", stopCondition: "{{{{ last_page_size == 0 }}}}", pageTokenOption: after}}
  incremental: {{kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01", startTimeOption: since{0}}}
"""
ONE = "s:\n  path: /list" + CURSOR
PARTS = (
    "parts: {{path: /parts, records: data, key: id}}\ns:\n  path: '/list/{{{{ stream_partition.part }}}}'\n"
    "  partitions: {{kind: SubstreamPartitionRouter, stream: parts, parentKey: id, partitionField: part}}" + CURSOR
)
FULL = (
    "parts: {{path: /parts, records: data, key: id}}\ns:\n  path: '/list/{{{{ stream_partition.part }}}}'\n  key: id\n"
    "  records: data\n  partitions: {{kind: SubstreamPartitionRouter, stream: parts, parentKey: id, "
    "partitionField: part}}\n  pagination: {{kind: CursorPagination, cursorValue: \"{{{{ last_record.at ~ '|' ~ "
    'last_record.id }}}}", stopCondition: "{{{{ last_page_size == 0 }}}}", pageTokenOption: after}}\n'
)
DELETES = """  deletes:
    - {kind: DeletedRecords, key: {id: gone}, stream: {path: /dead, records: data, incremental: {kind: DatetimeBasedCursor, cursorField: at, datetimeFormat: "%Y-%m-%dT%H:%M:%SZ", startDatetime: "2026-01-01", startTimeOption: since, lookbackWindow: PT1H}}}
"""
KEYS = "  deletes: {kind: KeyReconciliation, every: PT1H, stream: {path: /keys, records: data}}\n"
CASES = {
    "one": (ONE.format("") + KEYS, "a"),
    "ascending": (ONE.format(", ascending: true") + KEYS, "a"),
    "steps": (ONE.format(", step: PT1H, endTimeOption: until") + KEYS, "a"),
    "here": (ONE.replace("startTimeOption: since", "isClientSideIncremental: true").format("") + KEYS, "a"),
    "dead": (ONE.format("") + DELETES, "a"),
    "parts": (PARTS.format("") + KEYS, "abc"),
    "global": (PARTS.format(", globalSubstreamCursor: true") + KEYS, "abc"),
    "many": (PARTS.format("") + KEYS, "abcdef"),
    "keyless": (ONE.format("").replace("  key: id\n", ""), "a"),
    "keyless parts": (PARTS.format("").replace("  key: id\n", ""), "abc"),
    "full": (FULL.format(), "abc"),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost_and_nothing_is_there_twice(told, clock, monkeypatch, case):
    from weft.connectors.rest.reading import state

    monkeypatch.setattr(read, "ROWS", 4)
    monkeypatch.setattr(state, "MOST", 4)
    said, parts = CASES[case]
    for seed in range(25):
        clock.at = datetime(2026, 1, 2, tzinfo=UTC)
        system = System(seed, clock, parts)

        @contextmanager
        def opening(*_said, system=system):
            yield system

        monkeypatch.setattr(opened, "opened", opening)
        reader = Reader(source(SimpleNamespace(url="http://x.example"), said), told, "s")
        live(system, reader, clock, case)
        if case.startswith("keyless"):  # every version of a row that was there to be seen when it was read, once
            rows = [json.dumps(row) for row in reader.rows]
            assert len(rows) == len(set(rows)), f"seed {seed}"
        assert {k: reader.table.get(k) for k in system.truth()} == system.truth(), f"seed {seed}"
        if not case.startswith("keyless"):
            assert reader.table.keys() == system.truth().keys(), f"seed {seed}"


def live(system, reader, clock, case):
    chance = system.chance
    for _ in range(chance.randrange(3, 9)):
        for _ in range(chance.randrange(12)):
            system.change()
            clock.at += timedelta(seconds=chance.choice((0, 0, 1, 20)))
        if chance.random() < 0.2 and len(system.rows) > 1:
            system.rows[f"new{system.count}"] = {}
        clock.at += timedelta(minutes=chance.choice((0, 1, 9, 30, 90)))
        # A full refresh sees one moment only if nothing moves meanwhile; so it is with every system.
        system.moving = 0 if case == "full" else chance.choice((0, 0.3, 0.9))
        system.failing = chance.choice((0, 0, 0.15))
        try:
            reader.read(batches=chance.choice((None, None, 1, 2, 3)))
        except Unavailable:
            clock.at += timedelta(minutes=1)
    system.moving = system.failing = 0
    clock.at += timedelta(hours=7)  # what was cut short is old, and everything has turned up
    reader.read()
    clock.at += timedelta(hours=2)
    reader.read()
