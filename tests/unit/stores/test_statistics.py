"""Statistics are right or absent: a bound that is too narrow would hide rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.model import DataFile
from weft.stores.statistics import counted, encode

EARLY = datetime(1900, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def bounds(kind, low, high):
    file = DataFile(path="x", bytes=1, rows=2, minimum={"c": low}, maximum={"c": high}, nulls={"c": 1})
    told = json.loads(encode(file, {"c": kind}), parse_float=Decimal)
    assert told["numRecords"] == 2
    assert told["nullCount"] == {"c": 1}
    return told["minValues"].get("c"), told["maxValues"].get("c")


@pytest.mark.parametrize(
    ("kind", "low", "high", "expected"),
    [
        ("BIGINT", "-1", 9223372036854775807, (-1, 9223372036854775807)),
        ("DECIMAL(38,9)", "0.1", "12345678901234567890123456789.123456789",
         (Decimal("0.1"), Decimal("12345678901234567890123456789.123456789"))),
        ("DOUBLE", "nan", "inf", (None, None)),
        ("DOUBLE", "-0.5", 2, (Decimal("-0.5"), Decimal("2.0"))),
        ("DOUBLE", "0.0", "-0.0", (Decimal("-0.0"), Decimal("0.0"))),
        ("DATE", "2024-02-29", "10000-01-01", ("2024-02-29", None)),
        ("TIMESTAMP WITH TIME ZONE", "2026-01-01 01:00:00.123456+01", "2026-01-01 00:00:00.9991+00",
         ("2026-01-01T00:00:00.123Z", "2026-01-01T00:00:01.000Z")),
        ("VARCHAR", "a" * 100, "b" * 100, ("a" * 64, None)),
        ("VARCHAR", "", '\u00e9"\n', ("", '\u00e9"\n')),
        ("BOOLEAN", "0", "1", (None, None)),
        ("BLOB", "00", "ff", (None, None)),
    ],
)  # fmt: skip
def test_bounds(kind, low, high, expected):
    assert str(bounds(kind, low, high)) == str(expected)


@settings(deadline=None)
@given(st.datetimes(min_value=EARLY, max_value=EARLY.replace(year=2200)))
def test_a_time_lies_between_its_bounds(moment):
    moment = moment.replace(tzinfo=UTC)
    low, high = bounds("TIMESTAMP WITH TIME ZONE", str(moment), str(moment))
    assert datetime.fromisoformat(low) <= moment <= datetime.fromisoformat(high)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_text_lies_between_its_bounds(text):
    low, high = bounds("VARCHAR", text, text)
    assert low <= text
    assert high is None or text <= high


def test_columns_that_are_not_listed_stay_out():
    file = DataFile(path="x", bytes=1, rows=1, minimum={"secret": "a"}, maximum={"secret": "a"}, nulls={"secret": 0})
    assert "secret" not in encode(file, {"id": "BIGINT"})


def test_nested_columns_are_not_counted():
    assert [counted(kind) for kind in ("BIGINT", "VARCHAR[]", "STRUCT(a BIGINT)", "MAP(VARCHAR, BIGINT)")] == [
        True, False, False, False,
    ]  # fmt: skip
