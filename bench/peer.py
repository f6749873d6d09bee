"""What weft is measured against, each in a process of its own: `python -m bench.peer WHAT ...`."""

from __future__ import annotations

import sys


def main() -> None:
    what, *arguments = sys.argv[1:]
    PEERS[what](*arguments)


def copy(source: str, target: str) -> None:
    """DuckDB's own copy: it finds out about the file by itself."""
    import duckdb

    duckdb.sql("SET threads = 2")
    duckdb.sql(f"COPY (FROM '{source}') TO '{target}' (FORMAT parquet)")


def database(url: str, table: str, target: str) -> None:
    """connectorx to Parquet."""
    from urllib.parse import quote

    import connectorx
    from pyarrow import parquet

    start, _, socket = url.partition("?host=")  # it takes a socket only where a host stands
    if socket:
        url = start.replace(":@", f"@{quote(socket, safe='')}")
    rows = connectorx.read_sql(url, f"SELECT * FROM {table}", return_type="arrow")
    parquet.write_table(rows, target, compression="zstd")


def merge(table: str, changes: str) -> None:
    """delta-rs MERGE of a CSV file into a Delta table, types given."""
    import duckdb
    from deltalake import DeltaTable

    goal = DeltaTable(table)
    names = [f.name for f in goal.schema().fields if not f.name.startswith("_weft_")]
    types = "id: 'BIGINT', ordered_at: 'TIMESTAMPTZ', quantity: 'BIGINT', price: 'DECIMAL(15,2)', discount: 'DOUBLE'"
    duckdb.sql("SET TimeZone = 'UTC'")
    rows = duckdb.sql(f"FROM read_csv('{changes}', types = {{{types}}})").to_arrow_table()
    merging = goal.merge(rows, "t.id = s.id", source_alias="s", target_alias="t")
    values = {name: f"s.{name}" for name in names} | {"_weft_file": "'z.csv'", "_weft_seq": "2"}
    merging.when_matched_update(values).when_not_matched_insert(values).execute()


def ask(sql: str) -> None:
    """DuckDB, imported and asked once."""
    import duckdb

    print(duckdb.sql(sql).fetchall())


PEERS = {"copy": copy, "database": database, "merge": merge, "ask": ask}

if __name__ == "__main__":
    main()
