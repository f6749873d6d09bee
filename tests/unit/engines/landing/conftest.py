from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from weft.engines.duck.engine import DuckEngine
from weft.model import (
    ArrowScan,
    Column,
    Dialect,
    EngineSettings,
    FileRef,
    FileScan,
    Relation,
    Split,
    Stamp,
    WhyBad,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Bench:
    """An engine and a folder; knows one contract: `id` is a required integer, `name` is text."""

    engine: DuckEngine
    folder: Path
    stamp: Stamp

    SPLIT = Split(
        sql="""
        SELECT id, name, _weft_file, _weft_why,
          CASE WHEN _weft_why <> 0 THEN to_json({'id': _id, 'name': name})::VARCHAR END AS _weft_raw
        FROM (SELECT *, (CASE WHEN id IS NULL AND _id IS NOT NULL THEN 1 ELSE 0 END
                       | CASE WHEN _id IS NULL THEN 2 ELSE 0 END)::BIGINT AS _weft_why
              FROM (SELECT id::VARCHAR AS _id, try_cast(id AS BIGINT) AS id, name::VARCHAR AS name, _weft_file
                    FROM _weft_source))""",
        columns=(Column(name="id", type="BIGINT"), Column(name="name", type="VARCHAR")),
        reasons=(WhyBad(bit=0, rule="id.type", column="id"), WhyBad(bit=1, rule="id.required", column="id")),
    )

    def file(self, content: bytes, name: str = "a.csv") -> FileRef:
        path = self.folder / name
        path.write_bytes(content)
        return FileRef(key=f"in/{name}", path=str(path), bytes=len(content))

    def csv(self, *contents: bytes, **dialect: Any) -> FileScan:
        files = tuple(self.file(content, f"f{number}.csv") for number, content in enumerate(contents))
        return FileScan(format="csv", files=files, dialect=Dialect(**dialect))

    def json(self, content: bytes, name: str = "a.jsonl") -> FileScan:
        return FileScan(format="jsonl" if name.endswith("l") else "json", files=(self.file(content, name),))

    def split(self, scan: Any, split: Split = SPLIT, stamp: Stamp | None = None) -> Written:
        for part in ("good", "bad"):
            (self.folder / part).mkdir(exist_ok=True)
        good, bad = str(self.folder / "good"), str(self.folder / "bad")
        return self.engine.split(scan, split, stamp or self.stamp, good, bad)

    def left(self) -> list[str]:
        return [str(p) for part in ("good", "bad") for p in (self.folder / part).iterdir()]

    def relation(self, sql: str, name: str, log: bool = False, **fields: Any) -> Relation:
        """A relation over one file, or one log file, that holds what the SQL gives."""
        import duckdb

        path = str(self.folder / f"{name}.parquet")
        with duckdb.connect() as con:
            con.execute(f"COPY ({sql}) TO '{path}'")
            found = con.execute(f"DESCRIBE FROM '{path}'").fetchall()
        columns = tuple(Column(name=n, type=t) for n, t, *_ in found if not n.startswith("_weft_"))
        return Relation(**{("log" if log else "files"): (path,), "columns": columns, **fields})


def rows(files: Any) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return [row for file in files for row in pq.read_table(file.path).to_pylist()]


def arrow(**columns: list[Any]) -> ArrowScan:
    import pyarrow as pa

    return ArrowScan(reader=pa.table(columns).to_reader())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    engine = DuckEngine(EngineSettings(), tmp_path / "scratch", tmp_path / "kept")
    yield Bench(engine, tmp_path, Stamp(run="r1", sequence=7, at="2026-11-22T10:00:00Z", files=True))
    engine.close()
    left = tmp_path / "scratch" / "trusted"
    assert not left.exists() or not list(left.iterdir()), "a session left its folder behind"
