"""Every value is exactly what was there, or its row is bad: no rounding, no cutting, no guessing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from unit.contracts.conftest import CSV, table
from weft.model import ArrowScan, Dialect, FileScan, Property

BAD = object()


def one(run, prop, sql, scan=None):
    (row,) = run(table(prop), f"SELECT {sql} AS x", scan)
    if row.why:
        assert row.why == ("x.type",)
        return BAD
    return row.values["x"]


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


INTEGERS = {
    "0": 0, "-7": -7, "+5": 5, "007": 7, "1.0": 1, "1.": 1, "-3.000": -3, " 8 ": 8,
    "9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63), "9223372036854775807.0": 2**63 - 1,
    "1.5": BAD, "0.1": BAD, "9223372036854775808": BAD, "9007199254740993.5": BAD, "1e3": BAD, "1e-1": BAD,
    "1_000": BAD, "0x1F": BAD, "0b1": BAD, "abc": BAD, "": BAD, "1,5": BAD, "1 000": BAD, "true": BAD, "1.2.3": BAD,
    "NaN": BAD, "--1": BAD, "1.0000000000000000000001": BAD, "٣": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", INTEGERS)
def test_whole_numbers_in_text(run, text):
    assert one(run, Property(name="x", type="integer"), f"'{text}'", CSV) == INTEGERS[text]


NUMBERS = {
    "0": 0.0, "1.5": 1.5, "-2": -2.0, ".5": 0.5, "5.": 5.0, "1e3": 1000.0, "1E-2": 0.01, " 2.5 ": 2.5,
    "abc": BAD, "": BAD, "1_000.5": BAD, "nan": BAD, "NaN": BAD, "inf": BAD, "-Infinity": BAD, "1,5": BAD, "1e400": BAD,
    "0x10": BAD, "1.2.3": BAD, "$5": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_in_text(run, text):
    assert one(run, Property(name="x", type="number"), f"'{text}'", CSV) == NUMBERS[text]


DECIMALS = {
    "1.5": Decimal("1.50"), "1.50": Decimal("1.50"), "1.5000": Decimal("1.50"), "12345678.99": Decimal("12345678.99"),
    "-0.01": Decimal("-0.01"), "15e-1": Decimal("1.50"), "1E3": Decimal("1000.00"), "7": Decimal("7.00"),
    "1.505": BAD, "0.001": BAD, "123456789.00": BAD, "1e-3": BAD, "1_0.00": BAD, "1_0": BAD, "abc": BAD, "nan": BAD,
    "1505e-3": BAD, "": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", DECIMALS)
def test_decimals_in_text(run, text):
    prop = Property(name="x", type="number", physical_type="NUMERIC(10, 2)")
    assert one(run, prop, f"'{text}'", CSV) == DECIMALS[text]


COMMA = {
    "1.234,56": 1234.56, "1234,56": 1234.56, "-1.234.567,5": -1234567.5, "12": 12.0, "1.234": 1234.0, "0,5": 0.5,
    "1.5": BAD, "12.34,5": BAD, "1,234.56": BAD, "1.2345": BAD, ".123": BAD, "1,2,3": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", COMMA)
def test_a_decimal_comma_and_thousands(run, comma, text):
    assert one(run, Property(name="x", type="number"), f"'{text}'", comma) == COMMA[text]


def test_thousands_in_whole_numbers_and_decimals(run, comma):
    assert one(run, Property(name="x", type="integer"), "'1.234.567'", comma) == 1234567
    assert one(run, Property(name="x", type="integer"), "'1.23'", comma) is BAD
    prop = Property(name="x", type="number", physical_type="decimal(9,2)")
    assert one(run, prop, "'1.234,50'", comma) == Decimal("1234.50")
    assert one(run, prop, "'1.234,505'", comma) is BAD


def test_a_comma_alone_means_that_a_point_is_not_known(run):
    scan = FileScan(format="csv", files=(), dialect=Dialect(decimal=","))
    assert one(run, Property(name="x", type="number"), "'1,5'", scan) == 1.5
    assert one(run, Property(name="x", type="number"), "'1.5'", scan) is BAD


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "'"])
def test_thousands_by_space_or_apostrophe(run, space):
    scan = FileScan(format="csv", files=(), dialect=Dialect(thousands=space))
    text = f"1{space}234{space}567.5".replace("'", "''")
    assert one(run, Property(name="x", type="number"), f"'{text}'", scan) == 1234567.5


@pytest.mark.parametrize("text", ["true", "TRUE", "t", "yes", "Yes", "y", "1"])
def test_true_in_text(run, text):
    assert one(run, Property(name="x", type="boolean"), f"'{text}'") is True


@pytest.mark.parametrize("text", ["false", "F", "no", "No", "N", "0"])
def test_false_in_text(run, text):
    assert one(run, Property(name="x", type="boolean"), f"'{text}'") is False


@pytest.mark.parametrize("text", ["abc", "2", "on", "1.0", "", "ja", "-1"])
def test_what_is_no_boolean(run, text):
    assert one(run, Property(name="x", type="boolean"), f"'{text}'") is BAD


DATES = {
    "2024-01-05": dt.date(2024, 1, 5), "2024-1-5": dt.date(2024, 1, 5), "2024/01/05": dt.date(2024, 1, 5),
    "2024-01-05 00:00:00": dt.date(2024, 1, 5), "2024-01-05T00:00:00Z": dt.date(2024, 1, 5),
    "2024-01-05 10:00:00": BAD, "2024-02-30": BAD, "infinity": BAD, "epoch": BAD, "today": BAD, "20240105": BAD,
    "01/05/2024": BAD, "abc": BAD, "": BAD, "2024-01-05 (BC)": BAD, "2024-01-05x": BAD, "-infinity": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_dates_in_text(run, text):
    assert one(run, Property(name="x", type="date"), f"'{text}'", CSV) == DATES[text]


FORMATS = [
    ("M/d/yyyy", "1/3/2017", dt.date(2017, 1, 3)),
    ("M/d/yyyy", "10/20/2016", dt.date(2016, 10, 20)),
    ("M/d/yyyy", "20/10/2016", BAD),
    ("M/d/yyyy", "1/3/17", BAD),
    ("M/d/yyyy", "2017-01-03", BAD),
    ("M/d/yyyy", "1/3/2017 10:00", BAD),
    ("%d.%m.%Y", "31.12.2023", dt.date(2023, 12, 31)),
    ("dd.MM.yy", "31.12.23", dt.date(2023, 12, 31)),
    ("dd MMM yyyy", "05 Jan 2024", dt.date(2024, 1, 5)),
    ("yyyyMMdd", "20240105", dt.date(2024, 1, 5)),
    ("yyyy-MM-dd", "2024-01-05", dt.date(2024, 1, 5)),
    ("dd.MM.yyyy HH:mm", "05.01.2024 00:00", dt.date(2024, 1, 5)),
    ("dd.MM.yyyy HH:mm", "05.01.2024 10:30", BAD),
    ("dd.MM.yyyy[ HH:mm]", "05.01.2024", dt.date(2024, 1, 5)),
    ("[M/d/yyyy][yyyy-MM-dd]", "2024-01-05", dt.date(2024, 1, 5)),
    ("[M/d/yyyy][yyyy-MM-dd]", "1/5/2024", dt.date(2024, 1, 5)),
    ("d 'of' MMMM yyyy", "5 of January 2024", dt.date(2024, 1, 5)),
]


@pytest.mark.parametrize(("fmt", "text", "wanted"), FORMATS)
def test_dates_in_a_format(run, fmt, text, wanted):
    assert one(run, Property(name="x", type="date", options={"format": fmt}), f"'{text}'", CSV) == wanted


STAMPS = {
    "2024-01-05 10:00:00": utc(2024, 1, 5, 10),
    "2024-01-05T10:00:00": utc(2024, 1, 5, 10),
    "2024-01-05T10:00:00Z": utc(2024, 1, 5, 10),
    "2024-01-05T10:00:00z": utc(2024, 1, 5, 10),
    "2024-01-05 10:00:00 UTC": utc(2024, 1, 5, 10),
    "2024-01-05T10:00:00.123456Z": utc(2024, 1, 5, 10, 0, 0, 123456),
    "2024-01-05T10:00:00.123456000Z": utc(2024, 1, 5, 10, 0, 0, 123456),
    "2024-01-05 10:00:00+02": utc(2024, 1, 5, 8),
    "2024-01-05 10:00+02": utc(2024, 1, 5, 8),
    "2024-01-05 10:00:00 +02:00": utc(2024, 1, 5, 8),
    "2024-01-05T10:00:00.5-05:30": utc(2024, 1, 5, 15, 30, 0, 500000),
    "2024-01-05T10:00:00+0200": utc(2024, 1, 5, 8),
    "2024-01-05 10:00": utc(2024, 1, 5, 10),
    "2024-01-05": utc(2024, 1, 5),
    "2024-01-05T10:00:00.1234567Z": BAD,
    "2024-01-05T10:00:00.123456789": BAD,
    "2024-01-05 25:00:00": BAD,
    "2024-02-30 10:00:00": BAD,
    "infinity": BAD,
    "epoch": BAD,
    "now": BAD,
    "1704448800": BAD,
    "2024-01-05 10:00:00 Europe/Berlin": BAD,
    "2024-01-05 10:00:0x": BAD,
    "abc": BAD,
    "": BAD,
}


@pytest.mark.parametrize("text", STAMPS)
def test_timestamps_in_text(run, text):
    assert one(run, Property(name="x", type="timestamp"), f"'{text}'", CSV) == STAMPS[text]


def test_the_zone_of_a_naive_timestamp_is_the_contracts_then_the_sources(run):
    berlin = FileScan(format="csv", files=(), dialect=Dialect(timezone="Europe/Berlin"))
    plain = Property(name="x", type="timestamp")
    assert one(run, plain, "'2024-07-05 10:00:00'", berlin) == utc(2024, 7, 5, 8)
    assert one(run, plain, "'2024-07-05 10:00:00Z'", berlin) == utc(2024, 7, 5, 10)
    assert one(run, plain, "TIMESTAMP '2024-07-05 10:00:00'", berlin) == utc(2024, 7, 5, 8)
    tokyo = Property(name="x", type="timestamp", options={"defaultTimezone": "Asia/Tokyo"})
    assert one(run, tokyo, "'2024-07-05 10:00:00'", berlin) == utc(2024, 7, 5, 1)


@pytest.mark.parametrize(
    ("fmt", "text", "wanted"),
    [
        ("M/d/yyyy H:mm", "1/5/2024 9:30", utc(2024, 1, 5, 9, 30)),
        ("dd.MM.yyyy HH:mm:ss.SSS", "05.01.2024 10:00:00.123", utc(2024, 1, 5, 10, 0, 0, 123000)),
        ("M/d/yyyy h:mm a", "1/5/2024 9:30 PM", utc(2024, 1, 5, 21, 30)),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-01-05T10:00:00+02:00", utc(2024, 1, 5, 8)),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-01-05T10:00:00Z", utc(2024, 1, 5, 10)),
        ("yyyy-MM-dd'T'HH:mm:ss[XXX]", "2024-01-05T10:00:00", utc(2024, 1, 5, 10)),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-05T10:00:00-0500", utc(2024, 1, 5, 15)),
        ("yyyy-MM-dd HH:mm:ss", "2024-01-05 10:00:00", utc(2024, 1, 5, 10)),
        ("M/d/yyyy H:mm", "2024-01-05 10:00", BAD),
    ],
)
def test_timestamps_in_a_format(run, fmt, text, wanted):
    assert one(run, Property(name="x", type="timestamp", options={"format": fmt}), f"'{text}'", CSV) == wanted


def test_an_offset_of_one_row_is_not_carried_to_the_next(run):
    # DuckDB 2.0 does so when strptime is given a list of formats.
    prop = Property(name="x", type="timestamp", options={"format": "dd.MM.yyyy HH:mm[ XXX]"})
    rows = run(table(prop), "SELECT unnest(['05.01.2024 10:00 +05:00', '05.01.2024 10:00']) AS x", CSV)
    assert [r.values["x"] for r in rows] == [utc(2024, 1, 5, 5), utc(2024, 1, 5, 10)]


TIMES = {
    "10:00": "10:00:00", "10:00:00": "10:00:00", "9:05:01.5": "09:05:01.5", "23:59:59.999999": "23:59:59.999999",
    "25:00": BAD, "10:00:00+02": BAD, "2024-01-05 10:00:00": BAD, "abc": BAD, "10": BAD, "10:00:00.1234567": BAD,
}  # fmt: skip


@pytest.mark.parametrize("text", TIMES)
def test_times_of_day_in_text(run, text):
    assert one(run, Property(name="x", type="time"), f"'{text}'") == TIMES[text]


def test_a_time_of_day_in_a_format(run):
    prop = Property(name="x", type="time", options={"format": "h:mm a"})
    assert one(run, prop, "'3:05 PM'") == "15:05:00"
    assert one(run, prop, "'15:05'") is BAD


TYPED = [
    ("integer", "", "1::TINYINT", 1),
    ("integer", "", "4294967295::UINTEGER", 4294967295),
    ("integer", "", "1.0::DOUBLE", 1),
    ("integer", "", "1.5::DOUBLE", BAD),
    ("integer", "", "1e19::DOUBLE", BAD),
    ("integer", "", "'nan'::DOUBLE", BAD),
    ("integer", "", "2.00::DECIMAL(10,2)", 2),
    ("integer", "", "2.01::DECIMAL(10,2)", BAD),
    ("integer", "", "9223372036854775808::HUGEINT", BAD),
    ("integer", "", "12::HUGEINT", 12),
    ("integer", "", "true", BAD),
    ("integer", "", "DATE '2024-01-01'", BAD),
    ("number", "", "1::INTEGER", 1.0),
    ("number", "", "9007199254740992::BIGINT", 9007199254740992.0),
    ("number", "", "9007199254740993::BIGINT", BAD),
    ("number", "", "'0.1'::DECIMAL(38,9)", 0.1),
    ("number", "", "'12345678901234567890.123456789'::DECIMAL(38,9)", BAD),
    ("number", "", "0.5::FLOAT", 0.5),
    ("number", "", "'infinity'::DOUBLE", float("inf")),
    ("number", "", "'Infinity'", float("inf")),
    ("number", "", "'1e400'", BAD),
    ("number", "", "true", BAD),
    ("number", "decimal(5,2)", "1.25::DOUBLE", Decimal("1.25")),
    ("number", "decimal(5,2)", "1.255::DOUBLE", BAD),
    ("number", "decimal(5,2)", "1000::INTEGER", BAD),
    ("number", "decimal(5,2)", "1.250::DECIMAL(9,3)", Decimal("1.25")),
    ("number", "decimal(5,2)", "1.255::DECIMAL(9,3)", BAD),
    ("number", "decimal", "'0.123456789'::DECIMAL(38,20)", Decimal("0.123456789")),
    ("number", "decimal", "'0.1234567891'::DECIMAL(38,20)", BAD),
    ("boolean", "", "1::BIGINT", True),
    ("boolean", "", "0::TINYINT", False),
    ("boolean", "", "2::BIGINT", BAD),
    ("boolean", "", "1.0::DOUBLE", BAD),
    ("date", "", "TIMESTAMP '2024-01-05 00:00:00'", dt.date(2024, 1, 5)),
    ("date", "", "TIMESTAMP '2024-01-05 00:00:01'", BAD),
    ("date", "", "TIMESTAMPTZ '2024-01-05 00:00:00+00'", dt.date(2024, 1, 5)),
    ("date", "", "TIMESTAMPTZ '2024-01-05 23:00:00-05'", BAD),
    ("date", "", "DATE 'infinity'", BAD),
    ("date", "", "20240105", BAD),
    ("timestamp", "", "TIMESTAMP '2024-01-05 10:00:00'", utc(2024, 1, 5, 10)),
    ("timestamp", "", "TIMESTAMPTZ '2024-01-05 10:00:00+02'", utc(2024, 1, 5, 8)),
    ("timestamp", "", "DATE '2024-01-05'", utc(2024, 1, 5)),
    ("timestamp", "", "'2024-01-05 10:00:00.123456'::TIMESTAMP_NS", utc(2024, 1, 5, 10, 0, 0, 123456)),
    ("timestamp", "", "'2024-01-05 10:00:00.123456789'::TIMESTAMP_NS", BAD),
    ("timestamp", "", "'2024-01-05 10:00:00'::TIMESTAMP_S", utc(2024, 1, 5, 10)),
    ("timestamp", "", "TIMESTAMP 'infinity'", BAD),
    ("time", "", "TIME '10:00:00.5'", "10:00:00.5"),
    ("time", "", "1", BAD),
    ("string", "", "1.50::DECIMAL(5,2)", "1.50"),
    ("string", "", "true", "true"),
    ("string", "", "12::BIGINT", "12"),
    ("string", "", "TIMESTAMPTZ '2024-01-05 10:00:00+02'", "2024-01-05T08:00:00.000000Z"),
    ("string", "", "{'a': 1}", '{"a":1}'),
    ("string", "", "[1, 2]", "[1,2]"),
    ("string", "", "'00000000-0000-0000-0000-00000000000a'::UUID", "00000000-0000-0000-0000-00000000000a"),
    ("string", "", "'x'::ENUM('x', 'y')", "x"),
    ("string", "", "INTERVAL 3 DAY", "3 days"),
    ("integer", "", "'7'::ENUM('7', 'y')", 7),
    ("integer", "", "'\"7\"'::JSON", 7),
    ("integer", "", "'7'::JSON", 7),
    ("integer", "", "'7.5'::JSON", BAD),
    ("integer", "", "'true'::JSON", BAD),
    ("integer", "", "'null'::JSON", None),
    ("string", "", "'\"x\"'::JSON", "x"),
    ("string", "", "'{\"a\": 1}'::JSON", '{"a":1}'),
    ("boolean", "", "'true'::JSON", True),
    ("number", "", "NULL", None),
    ("object", "", "'{\"a\": 1}'", '{"a": 1}'),
    ("object", "", "'[1]'", BAD),
    ("object", "", "'{broken'", BAD),
    ("object", "", "{'a': 1}", '{"a":1}'),
    ("object", "", "MAP {'a': 1}", '{"a":1}'),
    ("array", "", "'[1, 2]'", "[1, 2]"),
    ("array", "", "'{}'", BAD),
    ("array", "", "[1, 2]", "[1,2]"),
    ("array", "", "'[1]'::JSON", "[1]"),
    ("array", "", "'\"[1]\"'::JSON", "[1]"),
    ("map", "", "MAP {'a': 1}", '{"a":1}'),
    ("vector", "", "[0.5]", "[0.5]"),
    ("vector", "", "1", BAD),
]


@pytest.mark.parametrize(("kind", "physical", "sql", "wanted"), TYPED)
def test_typed_sources(run, kind, physical, sql, wanted):
    assert one(run, Property(name="x", type=kind, physical_type=physical), sql) == wanted


def test_a_whole_batch_without_a_value_is_null(run):
    for kind in ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array"):
        assert one(run, Property(name="x", type=kind), "NULL::VARCHAR", ArrowScan(reader=None)) is None


def test_not_a_number_of_a_database_stays_what_it_is(run):
    value = one(run, Property(name="x", type="number"), "'nan'::DOUBLE")
    assert value != value  # noqa: PLR0124 - NaN is what differs from itself
