"""Rules with a schedule of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.quality.judging import NOW, placed
from weft import quality
from weft.model import (
    Rule,
)
from weft.quality import Judged, Past
from weft.quality.schedule import parse


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


CRON = [
    ("0 20 * * *", utc(2026, 11, 21, 20)),
    ("0 12 * * *", utc(2026, 11, 22, 12)),
    ("3-59/7 * * * *", utc(2026, 11, 22, 11, 59)),
    ("30 6-8 * * mon-fri", utc(2026, 11, 20, 8, 30)),
    ("0 0 1 * *", utc(2026, 11, 1)),
    ("0 0 29 2 *", utc(2024, 2, 29)),
    ("5 4 13 * 5", utc(2026, 11, 20, 4, 5)),  # the 13th or a Friday
    ("0 0 * * 7", utc(2026, 11, 22)),
    ("@weekly", utc(2026, 11, 22)),
    ("@hourly", utc(2026, 11, 22, 12)),
    ("0 6,18 * JAN,nov 1/2", utc(2026, 11, 22, 6)),
    ("0 0 30 2 *", None),
]


@pytest.mark.parametrize(("text", "expected"), CRON)
def test_when_a_schedule_was_last_due(text, expected):
    found = parse(text).last(NOW)
    assert found == expected


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["*/5 * * * *", "7 3,15 * * *", "0 0 1,15 * 3", "59 23 31 * *", "0 12 * 2 *"]),
    st.integers(0, 60 * 24 * 730).map(lambda minutes: utc(2025, 1, 1) + timedelta(minutes=minutes)),
)
def test_the_last_time_is_the_latest_that_fits(text, now):
    """By hand: go back minute by minute."""
    cron = parse(text)
    moment = now
    for _ in range(60 * 24 * 62):
        day = moment.day in cron.days, moment.isoweekday() % 7 in cron.weekdays
        fits = (any(day) if cron.either else all(day)) and moment.month in cron.months
        if fits and moment.hour in cron.hours and moment.minute in cron.minutes:
            assert cron.last(now) == moment
            return
        moment -= timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "a * * * *", "5-1 * * * *", "*/0 * * * *", "0 0 0 * *"])
def test_a_schedule_that_cannot_be_read_is_a_warning_and_judged_always(text):
    with pytest.raises(ValueError):
        parse(text)
    if not text:
        return
    rule = Rule(name="r", metric="rowCount", schedule=text)
    assert [p.severity for p in quality.problems(placed(rule).table)] == ["warning"]
    assert len(quality.compile(placed(rule), {}, Past(now=NOW, judged={"r": Judged(NOW, passed=True)})).measures) == 1


@pytest.mark.parametrize(
    ("last", "passed", "due"),
    [
        (None, True, True),
        (datetime(2026, 11, 21, 21, tzinfo=UTC), True, False),
        (datetime(2026, 11, 21, 19, tzinfo=UTC), True, True),
        (datetime(2026, 11, 21, 21, tzinfo=UTC), False, True),  # what has failed stays due until it passes
    ],
)
def test_a_rule_with_a_schedule_is_judged_when_due(last, passed, due):
    rule = Rule(name="r", metric="nullValues", column="grp", operator="mustBe", threshold=0, schedule="0 20 * * *")
    assert quality.row_checks(placed(rule).table, {}) == (), "its time decides, not the row"
    past = Past(now=NOW, judged={"r": Judged(last, passed)} if last else {})
    assert bool(quality.compile(placed(rule), {}, past).measures) is due
