"""The instance by itself: what DuckDB's own lock holds, should a statement get past the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from weft.engines.duck import worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELD = [
    "FROM read_text('{folder}/secret.txt')",
    "FROM '{folder}/copy.parquet'",
    "FROM glob('{folder}/*')",
    "FROM read_blob('/proc/self/environ')",
    "FROM parquet_metadata('{folder}/copy.parquet')",
    "COPY (SELECT 1) TO '{folder}/x.csv'",
    "COPY (SELECT 1) TO '{folder}/people.parquet'",
    "WITH x AS (COPY (SELECT 1 AS a) TO '{folder}/x.csv') FROM x",
    "EXPORT DATABASE '{folder}/x'",
    "ATTACH '{folder}/x.db'",
    "INSTALL httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "FROM read_csv('http://127.0.0.1/x')",
    "SET threads = 8",
    "SET memory_limit = '8GB'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_paths = ['{folder}/secret.txt']",
    "RESET memory_limit",
    "PRAGMA threads = 8",
    "FROM hidden_in_python",
]


@pytest.fixture
def locked(files: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = worker.instance(str(tmp_path))
    people = f"{files}/people.parquet"
    order = {
        "views": [[["sales", "crm", "people"], f"SELECT id FROM read_parquet(['{people}'])"]],
        "paths": [people],
        "memory": 200,
        "threads": 1,
    }
    worker.fill(con, order, [])
    yield con
    con.close()


@pytest.mark.parametrize("sql", HELD)
def test_locked(sql: str, locked: duckdb.DuckDBPyConnection, files: Path) -> None:
    hidden_in_python = {"a": [1]}
    before = sorted(p.name for p in files.iterdir())
    with pytest.raises((duckdb.Error, duckdb.PermissionException)):
        locked.sql(sql.replace("{folder}", str(files))).fetchall()
    assert sorted(p.name for p in files.iterdir()) == before
    assert hidden_in_python


def test_what_is_governed_is_there(locked: duckdb.DuckDBPyConnection) -> None:
    assert locked.sql("SELECT count(*), max(id) FROM Sales.CRM.People").fetchall() == [(300, 299)]
    assert locked.sql("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall() == [
        (1, "152.5 MiB")
    ]
