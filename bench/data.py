"""Makes what is measured, in a process of its own: `python -m bench.data WHAT ...`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

TEXT = (
    "the parcel was left as agreed with our neighbour in yard behind house after noon and then taken back to post "
    "office by a driver who could not find any name on door please call again before next Friday or send it, if still "
    "possible, over night; payment came late but paper work is complete"
)


def main() -> None:
    what, *arguments = sys.argv[1:]
    MAKERS[what](*arguments)


def sales(folder: str, rows: str) -> None:
    """`plain.csv`: ten columns, every 200th id a second time, 0.7 % of bad rows; the same as `keyed/sales.csv`."""
    place = Path(folder)
    (place / "keyed").mkdir(parents=True, exist_ok=True)
    _csv(place / "plain.csv", f"range({int(rows)}) AS r(i)", bad=7)
    (place / "keyed/sales.csv").hardlink_to(place / "plain.csv")


def changes(folder: str, rows: str, count: str) -> None:
    """`keyed/z.csv`: nine tenths of it change rows here and there, one tenth is new."""
    total, wanted = int(rows), int(count)
    old = wanted - wanted // 10
    step = total / old
    ids = (
        f"(SELECT CASE WHEN n < {old} THEN (n * {step})::BIGINT ELSE {total} + n END AS i FROM range({wanted}) AS r(n))"
    )
    _csv(Path(folder) / "keyed/z.csv", ids, bad=0)


def _csv(path: Path, ids: str, bad: int) -> None:
    import duckdb

    kind = f"CASE WHEN h % 1000 < {bad} THEN (h // 1000) % 7 END"
    # Sixteen words a row, drawn by bits of two hashes: text as people write it, which neither repeats nor is noise.
    drawn = [
        f"w[(({'h' if n < 9 else 'hash(h)'} >> {n % 9 * 6}) % {TEXT.count(' ') + 1})::INTEGER + 1]" for n in range(14)
    ]
    words = f"concat_ws(' ', {', '.join(drawn)})"
    known = "(CASE WHEN i % 200 = 0 AND i > 0 THEN i - 1 ELSE i END)::VARCHAR"
    duckdb.sql(
        f"COPY (SELECT CASE kind WHEN 0 THEN 'x' || i ELSE {known} END AS id,"
        " CASE kind WHEN 1 THEN 'soon' ELSE"
        " strftime(TIMESTAMP '2024-01-01' + to_seconds((h % 60000000)::BIGINT), '%Y-%m-%d %H:%M:%S') END AS ordered_at,"
        " CASE kind WHEN 2 THEN NULL ELSE 'customer' || h % 500000 || '@mail' || h % 97 || '.example' END AS email,"
        " ['Lisbon', 'Gdansk', 'Turin', 'Malmo', 'Ghent'][(h % 5)::INTEGER + 1] AS city,"
        " ['new', 'paid', 'shipped', 'returned'][(h % 4)::INTEGER + 1] AS status,"
        " CASE kind WHEN 3 THEN 'abc' ELSE"
        " chr((65 + h % 26)::INTEGER) || chr((65 + h % 25)::INTEGER) || chr((65 + h % 23)::INTEGER)"
        " || '-' || lpad((h % 99991)::VARCHAR, 5, '0') END AS sku,"
        " CASE kind WHEN 4 THEN -1 ELSE h % 9 + 1 END AS quantity,"
        " CASE kind WHEN 5 THEN 'n/a' ELSE ((h % 100000) / 100)::DECIMAL(15,2)::VARCHAR END AS price,"
        " CASE kind WHEN 6 THEN 7.5 ELSE (h % 30) / 100 END AS discount,"
        f" {words} AS note"
        f" FROM (SELECT *, {kind} AS kind, string_split('{TEXT}', ' ') AS w"
        f" FROM (SELECT i, hash(i) AS h FROM {ids})) ORDER BY i)"
        f" TO '{path}' (FORMAT csv, HEADER)"
    )


def shop(url: str, rows: str) -> None:
    """The PostgreSQL table `sales`: twelve columns."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS sales")
        connection.execute(
            "CREATE TABLE sales AS SELECT i::bigint AS id, md5(i::text)::uuid AS code,"
            " 'Customer ' || i % 500000 AS name, 'customer' || i % 500000 || '@mail.example' AS email,"
            " timestamptz '2024-01-01 00:00+00' + i * interval '17 seconds' AS created_at,"
            " date '2024-01-01' + (i % 900)::int AS shipped, (i * 31 % 100000 / 100.0)::numeric(12, 2) AS amount,"
            " i % 1000 / 7.0::double precision AS score,"
            " (ARRAY['new', 'paid', 'shipped', 'returned'])[i % 4 + 1] AS kind, i % 3 = 0 AS active,"
            " (i * 7919 % 500000)::int AS owner_id,"
            " 'the parcel was left with the neighbour behind the house number ' || i % 1000 AS notes"
            f" FROM generate_series(1, {int(rows)}::bigint) AS s(i)"
        )
        connection.execute("VACUUM ANALYZE sales")


def tpch(folder: str, scale: str) -> None:
    """Parquet files of three tables, by TPC-H's generator."""
    tables = "lineitem,orders,customer"
    tool = Path(sys.executable).with_name("tpchgen-cli")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([tool, "parquet", "-s", scale, f"--tables={tables}", f"--output-dir={folder}"], check=True)


MAKERS = {"sales": sales, "changes": changes, "shop": shop, "tpch": tpch}

if __name__ == "__main__":
    main()
