"""No message holds a row's value."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.engines.duck.complaint import complain, place
from weft.errors import Invalid, Unavailable

FAILING = [
    "SELECT CAST(v AS {type}) FROM t",
    "SELECT v::{type} + 1 FROM t",
    "SELECT strptime(v, '%d.%m.%Y') FROM t",
    "SELECT regexp_matches('x', v || '(') FROM t",
    "SELECT json_extract(v, '$.x') FROM t",
    "SELECT from_json(v, '\"{type}\"') FROM t",
    "SELECT chr(v::INT) FROM t",
    "SELECT error(v) FROM t",
    "SELECT printf(v || '%d %d %q', 1) FROM t",
    "SELECT format(v || '{{}} {{}}', 1) FROM t",
    "SELECT from_hex(v || 'z') FROM t",
    "SELECT v::ENUM('only') FROM t",
    "SELECT make_date(length(v) * 100000, 13, 45) FROM t",
    "SELECT timezone(v, TIMESTAMP '2020-01-01') FROM t",
    "SELECT date_trunc(v, DATE '2020-01-01') FROM t",
    "SELECT {{'a': 1}}[v] FROM t",
    "SELECT decode(encode(v) || '\\xFF'::BLOB) FROM t",
]
KINDS = [
    "INTEGER",
    "DATE",
    "UUID",
    "DECIMAL(9,2)",
    "TIMESTAMP",
    "BOOLEAN",
    "INTERVAL",
    "INTEGER[]",
    "STRUCT(a INTEGER)",
    "BIT",
]
values = st.text(min_size=1, max_size=12).map(lambda s: f"s3cret{s}") | st.sampled_from(
    ["s3cret' to INT64 when", "s3cret\n\nLINE 1: s3cret\n        ^", "s3cret to DATE", 's3cret Did you mean "x"?']
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values, st.sampled_from(FAILING), st.sampled_from(KINDS))
def test_values_stay_inside(value: str, form: str, kind: str) -> None:
    sql = form.format(type=kind)
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (v VARCHAR)")
        con.execute("INSERT INTO t VALUES (?)", [value])
        try:
            con.sql(sql).fetchall()
        except (duckdb.Error, UnicodeDecodeError) as error:  # the second: bytes that a function made stand in a message
            told = complain(type(error).__name__, str(error), sql)
            assert "s3cret" not in f"{told}"
            assert isinstance(told, Invalid | Unavailable)


def told(sql: str, *, binding: bool = False) -> str:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t (a VARCHAR, i INTEGER); INSERT INTO t VALUES ('x', 2147483647)")
        with pytest.raises(duckdb.Error) as caught:
            con.sql(sql).fetchall()
    return complain(type(caught.value).__name__, str(caught.value), sql, binding=binding).message


def test_the_kind_of_error_and_its_place_are_told() -> None:
    failed = "The statement failed on the data that it saw: "
    assert told("SELECT i,\n  CAST(a AS DATE) FROM t").startswith(failed + "a value cannot be converted to DATE")
    assert told("SELECT i + i FROM t").startswith(failed + "a number is out of the range of its type")
    assert told("SELECT i,\n  CAST(a AS INT) FROM t").endswith(' (line 2, column 3: "CAST(a AS INT) FROM t")')
    assert told("SELECT i,\n  i AS ab, b FROM t", binding=True) == (
        'The statement does not fit the tables: Referenced column "b" not found in FROM clause! Candidate bindings: "a"'
        ' (line 2, column 12: "i AS ab, b FROM t")'
    )


def test_the_place_in_a_long_line_is_that_of_the_statement() -> None:
    sql = "SELECT " + "1, " * 60 + "FROM FROM t WHERE " + "true AND " * 30 + "true"
    with duckdb.connect() as con, pytest.raises(duckdb.Error) as caught:
        con.execute(sql)
    assert f"line 1, column {sql.index('FROM FROM') + 6}: " in place(str(caught.value), sql)


def test_names_of_the_engine_are_not_suggested() -> None:
    message = told("FROM pg_view", binding=True)
    assert "pg_views" not in message


def test_a_place_that_is_not_in_the_statement_is_not_told() -> None:
    text = "Conversion Error: x\n\nLINE 1: SELECT secret\n        ^"
    assert place(text, "SELECT secret") == ' (line 1, column 1: "SELECT secret")'
    assert place(text, "SELECT a FROM t") == ""


def test_what_is_not_the_readers_fault() -> None:
    full = complain("IOException", 'Could not write file "/x": No space left on device', "")
    assert isinstance(full, Unavailable)
    assert full.message == "The disk for temporary files is full."
    for kind in ("InternalException", "FatalException", "IOException", "PermissionException"):
        error = complain(kind, "IO Error: /secret/path", "")
        assert isinstance(error, Unavailable)
        assert "/secret" not in str(error)


def test_only_words_for_types_are_told() -> None:
    for text in ('oops "a to S3CRET" x', "a value to type S3CRET(3)", "date to destination type 'S3CRET'"):
        assert "S3CRET" not in str(complain("ConversionException", f"Conversion Error: {text}", ""))
    assert "to INT8" in str(complain("ConversionException", "Conversion Error: x for the destination type INT8", ""))
    assert "to DATE" in str(complain("OSError", 'Conversion Error: invalid date field format: "x to INT8"', ""))
