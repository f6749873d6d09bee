"""Registries of every kind, each empty."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from postgres import serving
from weft.registries.open import open_registry
from weft.testing.memory_registry import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgres import Server
    from weft.seams import Registry

WAIT = 0.3


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh SQLite registry to copy: making one imports Alembic."""
    path = tmp_path_factory.mktemp("registry") / "template.db"
    open_registry(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL that is gone after the session."""
    with serving(tmp_path_factory.mktemp("pg")) as running:
        yield running


@pytest.fixture
def emptied(server: Server) -> str:
    """That PostgreSQL without anything in it."""
    server.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return server.url


def place(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        path = request.getfixturevalue("tmp_path") / "registry.db"
        shutil.copy(request.getfixturevalue("template"), path)
        return f"sqlite:///{path}"
    return str(request.getfixturevalue("emptied"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    opened: Registry = (
        MemoryRegistry(WAIT) if request.param == "memory" else open_registry(place(request.param, request), wait=WAIT)
    )
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return place(request.param, request)
