"""What the store writes reads equal elsewhere, and a folder may have an odd name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from weft.model import Column
from weft.stores.delta import DeltaStore
from weft.testing.staged import place, put, read

DEALS = place()
TYPES = {
    "id": "BIGINT",
    "price": "DECIMAL(38,9)",
    "at": "TIMESTAMP WITH TIME ZONE",
    "day": "DATE",
    "who": "STRUCT(a BIGINT, b VARCHAR[])",
    "many": "STRUCT(x DOUBLE)[]",
    "none": "VARCHAR",
}
VALUES = {
    "id": 1,
    "price": Decimal("1.500000000"),
    "at": datetime(2026, 1, 1, 0, 0, 0, 5, UTC),
    "day": date(2024, 2, 29),
    "who": {"a": 1, "b": ["x", None]},
    "many": [{"x": 1.5}],
    "none": None,
}
FULL = {**VALUES, "later": None}
NOTHING = dict.fromkeys(FULL)
SQL = (
    "SELECT 1::BIGINT AS id, 1.5::DECIMAL(38,9) AS price, TIMESTAMPTZ '2026-01-01 00:00:00.000005+00' AS at, "
    "DATE '2024-02-29' AS day, {'a': 1::BIGINT, 'b': ['x', NULL]} AS who, [{'x': 1.5::DOUBLE}] AS many, "
    "NULL::VARCHAR AS none"
)


def write(root):
    store = DeltaStore(str(root))
    base = store.create(DEALS, [Column(name=name, type=kind) for name, kind in TYPES.items()], quiet=["none"])
    base = put(store, base, SQL)
    base = put(store, base, f"FROM ({SQL}) WHERE false")
    empty = put(store, base, "SELECT " + ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in TYPES.items()))
    return store.evolve(empty, (Column(name="later", type="VARCHAR"),))


@pytest.fixture
def written(tmp_path):
    return write(tmp_path / "tables")


@pytest.mark.parametrize("folder", ["tables", "mine & yours #1 äö+'x"])
def test_equal_through_deltalake_and_duckdb(tmp_path, folder):
    found = write(tmp_path / folder)
    assert DeltaTable(found.root).to_pyarrow_table().sort_by("id").to_pylist() == [FULL, NOTHING]
    [(count, price, who)] = read(found, "SELECT count(*), max(price), max(who) FROM t")
    assert (count, price, who) == (2, VALUES["price"], VALUES["who"])


def test_equal_through_polars(written):
    frame = pl.read_delta(written.root).sort("id", nulls_last=True)
    assert frame.to_dicts() == [FULL, NOTHING]


def test_others_skip_files_by_our_statistics(written):
    frame = pl.scan_delta(written.root)
    for moment, rows in ((datetime(2026, 1, 1, 0, 0, 0, 4, UTC), 1), (datetime(2026, 1, 1, 0, 0, 0, 5, UTC), 0)):
        assert frame.filter(pl.col("at") > moment).collect().height == rows
    exact = DeltaTable(written.root).to_pyarrow_table(filters=[("price", ">=", Decimal("1.5"))])
    assert exact.num_rows == 1


def test_the_statistics_name_no_quiet_column(written):
    told = pa.table(DeltaTable(written.root).get_add_actions(flatten=True)).column_names
    assert "min.id" in told
    assert not [name for name in told if name.endswith(".none")]
