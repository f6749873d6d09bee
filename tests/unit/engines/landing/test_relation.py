"""The overlay is what it says: the newest row of each key, and folding never changes it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.engines.duck.relation import paths, render
from weft.model import Column, Relation

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    Column(name="k", type="BIGINT"),
    Column(name="cursor", type="BIGINT"),
    Column(name="v", type="VARCHAR"),
)


@functools.cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": "1"})


def ask(sql: str) -> list[tuple[Any, ...]]:
    return connection().execute(sql).fetchall()


def put(path: Path, rows: list[tuple[Any, ...]], *, log: bool = False) -> str:
    names = "k, cursor, v" + (", seq, op" if log else "")
    width = 5 if log else 3
    values = ", ".join(f"({', '.join('NULL' if c is None else repr(c) for c in row)})" for row in rows)
    source = (
        f"(VALUES {values}) AS t({names})"
        if rows
        else f"(SELECT {', '.join(f'NULL AS {n}' for n in names.split(', '))} WHERE false)"
    )
    more = ", seq::BIGINT AS _weft_seq, op::VARCHAR AS _weft_op" if log else ""
    assert all(len(row) == width for row in rows)
    ask(f"COPY (SELECT k::BIGINT AS k, cursor::BIGINT AS cursor, v::VARCHAR AS v{more} FROM {source}) TO '{path}'")
    return str(path)


def overlaid(relation: Relation) -> set[tuple[Any, ...]]:
    found = ask(render(relation))
    assert len(found) == len({row[0] for row in found}), "one row a key"
    return set(found)


def model(base: list[Any], logs: list[list[Any]], *, cursor: bool) -> set[tuple[Any, ...]]:
    """The same in Python: later reads win, unless their cursor is behind."""

    def order(value: int | None) -> tuple[bool, int]:
        return (value is not None, value or 0)

    held: dict[int, tuple[Any, ...]] = {row[0]: (*row, "u", order(row[1]) if cursor else 0) for row in base}
    for k, at, v, seq, op in (row for log in logs for row in log):
        newness = (order(at), seq) if cursor else (0, seq)
        before = held.get(k)
        if before is not None:
            old = before[4] if isinstance(before[4], tuple) and len(before) > 5 else None
            if old is None and cursor and before[4] > newness[0]:
                continue
            if old is not None and old > newness:
                continue
        held[k] = (k, at, v, op, newness, "log")
    return {row[:3] for row in held.values() if row[3] == "u"}


CURSORS = st.one_of(st.none(), st.integers(0, 3))
KEYS = st.integers(0, 4)
BASE = st.dictionaries(KEYS, CURSORS, max_size=5)
LOGS = st.lists(st.lists(st.tuples(KEYS, CURSORS, st.integers(1, 3), st.sampled_from("uud")), max_size=5), max_size=3)


@pytest.mark.parametrize("cursor", [False, True])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=BASE, logs=LOGS)
def test_newest_of_each_key(tmp_path: Path, cursor: bool, base: dict[int, Any], logs: list[Any]) -> None:
    base_rows = [(k, at, f"base{k}") for k, at in base.items()]
    log_rows = [
        [(k, at, f"log{f}.{r}", seq, op) for r, (k, at, seq, op) in enumerate(log)] for f, log in enumerate(logs)
    ]
    relation = Relation(
        files=(put(tmp_path / "base.parquet", base_rows),) if base else (),
        log=tuple(put(tmp_path / f"log{f}.parquet", log, log=True) for f, log in enumerate(log_rows)),
        key=("k",),
        order=("cursor", "_weft_seq") if cursor else ("_weft_seq", "_weft_row"),
        columns=COLUMNS,
    )
    assert overlaid(relation) == model(base_rows, log_rows, cursor=cursor)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=BASE,
    first=st.lists(st.tuples(KEYS, CURSORS), max_size=5),
    second=st.lists(st.tuples(KEYS, CURSORS), max_size=5),
)
def test_it_makes_no_difference_when_the_log_is_folded(tmp_path: Path, base: Any, first: Any, second: Any) -> None:
    files = (put(tmp_path / "b.parquet", [(k, at, "b") for k, at in base.items()]),)
    one = put(tmp_path / "1.parquet", [(k, at, f"1.{r}", 1, "u") for r, (k, at) in enumerate(first)], log=True)
    two = put(tmp_path / "2.parquet", [(k, at, f"2.{r}", 2, "u") for r, (k, at) in enumerate(second)], log=True)
    fields: dict[str, Any] = {"key": ("k",), "order": ("cursor", "_weft_seq"), "columns": COLUMNS}
    at_once = overlaid(Relation(files=files, log=(one, two), **fields))
    folded = put(tmp_path / "f.parquet", sorted(overlaid(Relation(files=files, log=(one,), **fields))))
    assert overlaid(Relation(files=(folded,), log=(two,), **fields)) == at_once
    again = put(tmp_path / "g.parquet", sorted(at_once))
    assert overlaid(Relation(files=(again,), log=(one, two), **fields)) == at_once, (
        "dying between the two commits of a fold"
    )


def reset(rows: set[tuple[Any, ...]], batch: list[tuple[int, Any]], forgotten: set[int]) -> set[tuple[Any, ...]]:
    """The model of a batch: forget some keys, then of each key the row with the greatest cursor, the last among equals."""
    held = {row[0]: row for row in rows if row[0] not in forgotten}
    for number, (k, at) in enumerate(batch):
        old = held.get(k)
        if old is None or (at is not None, at or 0) >= (old[1] is not None, old[1] or 0):
            held[k] = (k, at, f"{len(rows)}.{number}")
    return {(row[0], row[1]) for row in held.values()}


BATCHES = st.lists(st.tuples(st.lists(st.tuples(KEYS, CURSORS), max_size=4), st.sets(KEYS, max_size=3)), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=BASE, batches=BATCHES, folds=st.sets(st.integers(0, 2)))
def test_a_key_can_be_forgotten_wherever_the_log_is_folded(tmp_path: Path, base: Any, batches: Any, folds: Any) -> None:
    files = (put(tmp_path / "b.parquet", [(k, at, "b") for k, at in base.items()]),)
    expected = {(k, at) for k, at in base.items()}
    fields: dict[str, Any] = {"key": ("k",), "order": ("cursor", "_weft_seq"), "columns": COLUMNS}
    log: tuple[str, ...] = ()
    for number, (batch, forgotten) in enumerate(batches):
        # Forgetting takes effect before the rows of its own batch, wherever in the files it stands.
        came = [(k, at, f"{number}.{r}", number, "u") for r, (k, at) in enumerate(batch)]
        gone = [(k, 3, "gone", number, "r") for k in forgotten]
        log = (*log, put(tmp_path / f"{number}.parquet", [*came, *gone], log=True))
        expected = reset({(*row, "") for row in expected}, batch, forgotten)
        relation = Relation(files=files, log=log, **fields)
        assert {row[:2] for row in overlaid(relation)} == expected
        if number in folds:
            files = (put(tmp_path / f"f{number}.parquet", sorted(overlaid(relation), key=str)),)
            again = Relation(files=files, log=log, **fields)
            assert {row[:2] for row in overlaid(again)} == expected, "dying between the two commits of a fold"
            log = ()


def test_a_column_that_a_file_lacks_is_null(tmp_path: Path) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    ask(f"COPY (SELECT 1::BIGINT AS a) TO '{old}'")
    ask(f"COPY (SELECT 'x' AS later, 2::BIGINT AS a) TO '{new}'")
    columns = (
        Column(name="later", type="VARCHAR"),
        Column(name="a", type="BIGINT"),
        Column(name="never", type="DATE[]"),
    )
    sql = render(Relation(files=(str(old), str(new)), columns=columns))
    assert ask(sql) == [(None, 1, None), ("x", 2, None)]


def test_only_the_columns_asked_for_in_the_order_of_the_relation(tmp_path: Path) -> None:
    relation = Relation(files=(put(tmp_path / "b.parquet", [(1, 2, "x")]),), columns=COLUMNS)
    assert ask(render(relation, columns=["v", "K"])) == [(1, "x")]
    assert ask(f"SELECT count(*) FROM ({render(relation, columns=[])})") == [(1,)]


def test_nothing_has_the_declared_types() -> None:
    found = ask(f"DESCRIBE {render(Relation(columns=COLUMNS))}")
    assert [(n, t) for n, t, *_ in found] == [(c.name, c.type) for c in COLUMNS]


def test_columns_named_like_the_readers_own(tmp_path: Path) -> None:
    path = tmp_path / "l.parquet"
    ask(
        f"COPY (SELECT * FROM (VALUES (1, 9, 'a', 1, 'u'), (1, 9, 'b', 2, 'u')) AS t(file_index, file_row_number, filename,"
        f" _weft_seq, _weft_op)) TO '{path}'"
    )
    columns = (
        Column(name="filename", type="VARCHAR"),
        Column(name="file_index", type="INTEGER"),
        Column(name="file_row_number", type="INTEGER"),
    )
    fields: dict[str, Any] = {"key": ("file_index",), "order": ("_weft_seq",), "columns": columns}
    assert ask(render(Relation(log=(str(path),), **fields))) == [("b", 1, 9)]


def test_hidden_columns_only_when_listed(tmp_path: Path) -> None:
    log = put(tmp_path / "l.parquet", [(1, 1, "a", 5, "u")], log=True)
    fields: dict[str, Any] = {"log": (log,), "key": ("k",), "order": ("_weft_seq",)}
    shown = (*COLUMNS, Column(name="_weft_seq", type="BIGINT"))
    assert ask(render(Relation(columns=COLUMNS, **fields))) == [(1, 1, "a")]
    assert ask(render(Relation(columns=shown, **fields))) == [(1, 1, "a", 5)]


def test_nested_types_and_decimals_come_back(tmp_path: Path) -> None:
    path = tmp_path / "n.parquet"
    ask(
        "COPY (SELECT {'a': 1::BIGINT, 'b': [1.5::DECIMAL(38,9)]} AS s, [{'q': DATE '2024-01-01'}] AS l, "
        f"TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t, NULL::BIGINT AS n) TO '{path}'"
    )
    columns = tuple(Column(name=n, type=t) for n, t, *_ in ask(f"DESCRIBE FROM '{path}'"))
    assert ask(
        f"SELECT s::VARCHAR, l::VARCHAR, t::VARCHAR, n FROM ({render(Relation(files=(str(path),), columns=columns))})"
    ) == [
        (
            "{'a': 1, 'b': [1.500000000]}",
            "[{'q': 2024-01-01}]",
            ask("SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00'::VARCHAR")[0][0],
            None,
        )
    ]


def test_a_log_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        render(Relation(log=("x",), columns=COLUMNS))


def test_every_file_is_told() -> None:
    assert paths(Relation(files=("a",), log=("b",), key=("k",))) == ("a", "b")
