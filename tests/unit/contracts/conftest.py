"""Compiled contracts are run on a real DuckDB."""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb
import pytest

from weft import contracts
from weft.model import (
    ArrowScan,
    Column,
    Contract,
    DataProduct,
    Dialect,
    FileScan,
    Placed,
    Property,
    RowCheck,
    Scan,
    Shape,
    Split,
    Table,
    TableName,
)


class Row(NamedTuple):
    """One row that a split gave."""

    values: dict[str, Any]
    file: str | None
    why: tuple[str, ...]
    """Names of the rules that it breaks."""
    raw: str | None


def placed(table: Table, shape: Shape | None = None) -> Placed:
    """A table of a mesh."""
    return Placed(
        name=TableName.parse(f"sales.pipeline.{table.name}"),
        table=table,
        contract=Contract(id="c", tables=(table,)),
        product=DataProduct(id="p", name="pipeline"),
        shape=shape or Shape(kind="columns", stream="crm.deals"),
    )


def table(*properties: Property, **more: Any) -> Table:
    """A table of these columns."""
    return Table(name="deals", properties=properties, **more)


CSV = FileScan(format="csv", files=())


class Run:
    """Compiles and runs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.split: Split | None = None

    def source(self, sql: str) -> tuple[Column, ...]:
        """Make the rows of a scan; their columns as the engine would describe them."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW _weft_source AS {sql}")
        described = self.connection.execute("DESCRIBE _weft_source").fetchall()
        return tuple(Column(name=name, type=kind) for name, kind, *_ in described)

    def __call__(
        self, where: Placed | Table, sql: str, scan: Scan | None = None, checks: tuple[RowCheck, ...] = ()
    ) -> list[Row]:
        """Rows of a compiled table over the source that the SQL makes."""
        where = where if isinstance(where, Placed) else placed(where)
        scan = scan or ArrowScan(reader=None)
        if isinstance(scan, FileScan):
            sql = f"SELECT *, 'a.csv' AS _weft_file FROM ({sql})"
        split = self.split = contracts.compile(where, self.source(sql), scan, checks)
        relation = self.connection.sql(split.sql)
        described = list(zip(relation.columns, map(str, relation.types), strict=True))
        assert described[:-3] == [(c.name, c.type) for c in split.columns]
        assert described[-3:] == [("_weft_file", "VARCHAR"), ("_weft_why", "BIGINT"), ("_weft_raw", "VARCHAR")]
        # What a bad row was cast to is nobody's business, and Python has no date for infinity.
        good = ", ".join(f'CASE WHEN _weft_why = 0 THEN "{c.name}" END AS "{c.name}"' for c in split.columns)
        told = self.connection.sql(f"SELECT {good}, _weft_file, _weft_why, _weft_raw FROM ({split.sql})")
        rows = told.to_arrow_table().to_pylist()
        return [self._row(row, split) for row in rows]

    @staticmethod
    def _row(row: dict[str, Any], split: Split) -> Row:
        file, why, raw = (row.pop(name) for name in ("_weft_file", "_weft_why", "_weft_raw"))
        assert (raw is None) is (why == 0)
        return Row(row, file, tuple(r.rule for r in split.reasons if why >> r.bit & 1), raw)


@pytest.fixture(scope="session")
def database():
    connection = duckdb.connect()
    # Nothing may depend on the zone of the machine.
    connection.execute("SET TimeZone = 'America/New_York'")
    connection.execute("SET threads = 1")
    yield connection
    connection.close()


@pytest.fixture
def run(database) -> Run:
    """Compile a table and run it over rows."""
    return Run(database)


@pytest.fixture
def comma() -> FileScan:
    """A file that writes 1.234,56."""
    return FileScan(format="csv", files=(), dialect=Dialect(decimal=",", thousands="."))
