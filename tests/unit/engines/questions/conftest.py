"""A gateway over small files, one for the whole session: a worker takes a third of a second to start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from weft.engines.duck.gateway import Gateway
from weft.engines.duck.judge import inspect
from weft.model import Column, EngineSettings, Governed, Limits, Question, Relation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEOPLE = {
    "id": "BIGINT",
    "name": "VARCHAR",
    "email": "VARCHAR",
    "region": "VARCHAR",
    "amount": "DOUBLE",
    "born": "DATE",
    "st": "STRUCT(ssn VARCHAR, n BIGINT)",
    "tags": "VARCHAR[]",
    "js": "VARCHAR",
}
ROWS = """SELECT i AS id, 'name' || i AS name, 'user' || i || '@example.org' AS email,
    ['EMEA', 'APAC', 'AMER'][1 + i % 3] AS region, i * 1.5 AS amount, DATE '1980-01-01' + i::INT AS born,
    {'ssn': 'ssn-' || i, 'n': i} AS st, ['a' || i, 'b'] AS tags, '{"x": ' || i || '}' AS js FROM range(300) t(i)"""
MASKS = {
    "email": "sha256('k' || \"email\")",
    "born": "date_trunc('year', \"born\")::DATE",
    "name": "CAST(NULL AS VARCHAR)",
    "st": "CAST(NULL AS STRUCT(ssn VARCHAR, n BIGINT))",
}
WHERE = "\"region\" = 'EMEA'"
HIDDEN = ("ssn-", "@example.org", "name1", "APAC", "AMER")
"""Text that no answer and no message may hold."""


def columns(types: dict[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=kind) for name, kind in types.items())


@dataclass
class Asker:
    """Asks with what an actor may see."""

    gateway: Gateway
    governed: tuple[Governed, ...]

    def __call__(self, sql: str, **limits: Any) -> pa.Table:
        return self.ask(sql, Limits(**{"threads": 1, "seconds": 20, **limits}))

    def ask(self, sql: str, limits: Limits) -> pa.Table:
        question = Question(sql=sql, governed=self.governed, limits=limits, referenced=inspect(sql))
        with self.gateway.ask(question) as answer:
            return pa.Table.from_batches(list(answer), answer.schema)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """people.parquet, its governed copy, orders.parquet, and a secret that lies beside them."""
    folder = tmp_path_factory.mktemp("tables")
    masked = ", ".join(f"{MASKS.get(c, c)} AS {c}" for c in PEOPLE)
    with duckdb.connect() as con:
        con.execute(f"COPY ({ROWS}) TO '{folder}/people.parquet'")
        con.execute(f"COPY (SELECT {masked} FROM ({ROWS}) WHERE {WHERE}) TO '{folder}/copy.parquet'")
        con.execute(f"COPY (SELECT i AS id, i % 300 AS person FROM range(1000) t(i)) TO '{folder}/orders.parquet'")
    (folder / "secret.txt").write_text("hunter2")
    return folder


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("engine")
    made = Gateway(EngineSettings(workers=2, threads=1), folder / "scratch", folder / "kept")
    made.warm()
    yield made
    made.close()


def relation(path: Path, types: dict[str, str]) -> Relation:
    return Relation(files=(str(path),), columns=columns(types))


@pytest.fixture(scope="session")
def orders(files: Path) -> Governed:
    types = {"id": "BIGINT", "person": "BIGINT"}
    return Governed(name="sales.crm.orders", relation=relation(files / "orders.parquet", types), columns=columns(types))


@pytest.fixture(scope="session")
def oracle(gateway: Gateway, files: Path, orders: Governed) -> Asker:
    """Sees a physically masked and filtered copy, whole."""
    copy = relation(files / "copy.parquet", PEOPLE)
    return Asker(gateway, (Governed(name="sales.crm.people", relation=copy, columns=columns(PEOPLE)), orders))


@pytest.fixture(scope="session")
def masked(files: Path) -> Governed:
    raw = relation(files / "people.parquet", PEOPLE)
    return Governed(
        name="sales.crm.people", relation=raw, columns=columns(PEOPLE), select=MASKS, where=WHERE, key="digest"
    )


@pytest.fixture(scope="session")
def attacker(gateway: Gateway, masked: Governed, orders: Governed) -> Asker:
    """Sees people masked and filtered, from a kept file."""
    gateway.kept.make(masked)
    return Asker(gateway, (masked, orders))


@pytest.fixture
def streamed(gateway: Gateway, masked: Governed, orders: Governed, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Sees the same, streamed: no file is found or made."""
    monkeypatch.setattr(gateway.kept.shelf, "find", lambda governed: None)
    monkeypatch.setattr(gateway.kept, "make_later", lambda governed: None)
    return Asker(gateway, (masked, orders))
