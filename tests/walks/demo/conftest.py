"""Messy, Inc., built once; its silos as plain files."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from weft.demo import build, tell


@pytest.fixture(scope="session")
def messy(tmp_path_factory):
    """The open world, what building it told, and the folder of the silos."""
    pytest.importorskip("openpyxl", reason="install the extra 'xlsx'")
    folder = tmp_path_factory.mktemp("demo") / "messy"
    world = build(folder)
    yield SimpleNamespace(world=world, story=tell(world), silos=folder / "silos")
    world.close()
