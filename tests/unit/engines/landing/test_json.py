"""JSON and JSON Lines: nothing is guessed, nothing is lost."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from weft.errors import Invalid
from weft.model import FileScan

from .conftest import Bench, rows


def kinds(bench: Bench, *records: Any) -> dict[str, str]:
    text = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records)
    return {c.name: c.type for c in bench.engine.describe(bench.json(text.encode()))}


def values(bench: Bench, *records: Any) -> list[dict[str, Any]]:
    text = "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records)
    return bench.engine.sample(bench.json(text.encode()), 100).to_pylist()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (["1", "-9223372036854775808"], "BIGINT"),
        (["9223372036854775808", "-1"], "VARCHAR"),
        (['{"a": -1, "c": [1, -1]}', '{"a": 1}'], "STRUCT(a BIGINT, c BIGINT[])"),
        (['{"a": 9223372036854775808}', '{"a": 1}'], "STRUCT(a VARCHAR)"),
        (["true", "null"], "BOOLEAN"),
        (['"2024-01-01"', '"2024-01-02"'], "VARCHAR"),
        (['"2024-01-01T00:00:00Z"', '"2024-01-01T00:00:00.5Z"'], "VARCHAR"),
        (['"550e8400-e29b-41d4-a716-446655440000"'], "VARCHAR"),
        (['"10:00:00"'], "VARCHAR"),
        (['"12"', '"13"'], "VARCHAR"),
        (["1", "9223372036854775808"], "VARCHAR"),
        (["1", "123456789012345678901234567890"], "VARCHAR"),
        (["1", "0.1"], "VARCHAR"),
        (["1", '"a"'], "VARCHAR"),
        (['{"a": 1}', "5"], "VARCHAR"),
        (["null", "null"], "VARCHAR"),
        (['{"a": 1}', '{"b": "x", "date": "2024-01-01"}'], "STRUCT(a BIGINT, b VARCHAR, date VARCHAR)"),
        (['[1, "x", {"y": 2}]'], "VARCHAR[]"),
        (['[{"a": 1}]', "[]"], "STRUCT(a BIGINT)[]"),
    ],
)  # fmt: skip
def test_types(bench: Bench, written: list[str], kind: str) -> None:
    found = kinds(bench, *(f'{{"v": {text}}}' for text in written))
    assert {n: t.replace('"', "") for n, t in found.items()} == {"v": kind}


def test_values_come_as_they_are_written(bench: Bench) -> None:
    texts = ["9223372036854775808", "123456789012345678", "0.1", "-1.5", "true", '"a \\u00e4"', "null"]
    found = values(bench, *(f'{{"v": {text}, "n": {{"v": [1]}}}}' for text in texts))
    assert [r["v"] for r in found] == ["9223372036854775808", "123456789012345678", "0.1", "-1.5", "true", "a ä", None]


def test_keys_named_like_types(bench: Bench) -> None:
    record = {
        "DATE": "2024-01-01",
        "TIME": 2,
        "UUID": 3,
        "JSON": 4,
        "HUGEINT": -1,
        "DOUBLE": 0.5,
        'q"(,)x y': [{"DATE": 1}],
    }
    more = {"HUGEINT": 1, "UUID": -3}
    found = values(bench, {"v": record, **record}, {"v": more, **more})
    assert found[0] == {"v": {**record, "DOUBLE": "0.5"}, **record, "DOUBLE": "0.5"}
    assert found[1]["v"]["UUID"] == -3


def test_a_key_twice(bench: Bench) -> None:
    with pytest.raises(Invalid) as caught:
        values(bench, '{"a": "s3cret", "a": 2}')
    assert caught.value.message == "file 'in/a.jsonl' cannot be read: an object has the same key twice"
    with pytest.raises(Invalid, match="keys of one object differ only in case"):
        kinds(bench, '{"v": {"a": 1, "A": 2}}')


def test_a_column_or_a_type_that_shows_late(bench: Bench) -> None:
    early = [{"a": 1}] * 30_000
    found = values(bench, *early[:50], {"a": 2, "late": {"deep": {"er": [[1], ["x"]]}}})
    assert found[-1] == {"a": 2, "late": {"deep": {"er": [["1"], ["x"]]}}}
    assert kinds(bench, *early, {"a": "x", "b": 1}) == {"a": "VARCHAR", "b": "BIGINT"}


def test_many_keys_stay_columns(bench: Bench) -> None:
    assert len(kinds(bench, {f"k{n}": n for n in range(500)})) == 500


def test_arrays_and_single_objects(bench: Bench) -> None:
    for content in (b'[{"a": 1}, {"a": 2}]', b'{"a": 1}\n{"a": 2}', b' [\n{"a":1},\n{"a":2}]\n'):
        assert bench.engine.sample(bench.json(content, "a.json"), 5).to_pylist() == [{"a": 1}, {"a": 2}]
    assert bench.engine.sample(bench.json(b'{"a":\n 1}', "b.json"), 5).to_pylist() == [{"a": 1}]


def test_records_that_are_no_objects(bench: Bench) -> None:
    assert bench.engine.sample(bench.json(b'1\n"x"\n[2]\n'), 5).to_pylist() == [
        {"json": "1"}, {"json": '"x"'}, {"json": "[2]"},
    ]  # fmt: skip
    assert values(bench, {"json": 5}) == [{"json": 5}]
    with pytest.raises(Invalid, match=r"file 'in/a.jsonl' has records that are not objects"):
        bench.engine.sample(bench.json(b'{"a": 1}\n[2]\n'), 5)


def test_keys_that_differ_only_in_case(bench: Bench) -> None:
    with pytest.raises(Invalid, match="has the keys 'id' and 'Id', which differ only in case"):
        kinds(bench, {"id": 1}, {"Id": 2})
    assert kinds(bench, {"id": 1, "id_1": 2}) == {"id": "BIGINT", "id_1": "BIGINT"}


@pytest.mark.parametrize(
    ("content", "name", "where"),
    [
        (b'{"a": 1}\n{"a": 2\n{"a": 3}\n', "a.jsonl", "in/a.jsonl:2"),
        (b'{"a": 1}\n\n{"a": "\xff"}\n', "a.jsonl", "in/a.jsonl:3"),
        (b'[{"a": 1},\n{"a": 2', "a.json", "in/a.json:2"),
        (b"<html>", "a.json", "in/a.json:1"),
    ],
)
def test_what_is_no_json_is_told_by_file_and_line(bench: Bench, content: bytes, name: str, where: str) -> None:
    with pytest.raises(Invalid) as caught:
        bench.engine.sample(bench.json(content, name), 5)
    assert caught.value.message.startswith(f"file '{where}' is not JSON")


def test_through_the_contract_with_file_names(bench: Bench) -> None:
    scan = FileScan(
        format="jsonl",
        files=(
            bench.file(b'{"id": 1, "name": "a"}\n', "a.jsonl"),
            bench.file(gzip.compress(b'{"id": "x", "name": "b"}\n'), "b.jsonl.gz"),
        ),
    )
    written = bench.split(scan)
    assert [(r["id"], r["_weft_file"]) for r in rows(written.good)] == [(1, "in/a.jsonl")]
    assert [(r["_weft_reasons"], r["_weft_file"]) for r in rows(written.bad)] == [(["id.type"], "in/b.jsonl.gz")]


def test_a_file_that_changes_is_looked_at_again(bench: Bench) -> None:
    assert kinds(bench, {"a": 1}) == {"a": "BIGINT"}
    assert kinds(bench, {"a": "xx"}) == {"a": "VARCHAR"}
