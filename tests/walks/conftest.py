"""Meshes that several walks share."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from once import once
from walks.terminal import ENVIRONMENT, weft

MESH = Path(__file__).parent / "cli" / "mesh"


@pytest.fixture(scope="session")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corner shop, applied and run."""
    return once(tmp_path_factory, "shop", _run_shop)


def _run_shop(folder: Path) -> None:
    shutil.copytree(MESH, folder)
    for arguments in (("apply", "--yes"), ("run",)):
        done = weft(folder, *arguments)
        assert done.code == 0, done


@pytest.fixture(scope="session")
def shop(_ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corner shop, applied and run; for walks that change nothing but the journal."""
    folder = tmp_path_factory.mktemp("shared") / "shop"
    shutil.copytree(_ran, folder, symlinks=True)
    return folder


@pytest.fixture
def own_shop(_ran: Path, tmp_path: Path) -> Path:
    """A copy of the corner shop of one's own, applied and run."""
    folder = tmp_path / "shop"
    shutil.copytree(_ran, folder, symlinks=True)
    return folder


@pytest.fixture
def read_shop(own_shop: Path) -> Path:
    """The corner shop whose orders bo has read."""
    assert weft(own_shop, "ask", "FROM shop.orders.orders", "--as", "bo@shop.example").code == 0
    return own_shop


@pytest.fixture
def new_shop(tmp_path: Path) -> Path:
    """The corner shop's documents and data, nothing applied."""
    folder = tmp_path / "shop"
    shutil.copytree(MESH, folder)
    return folder


@pytest.fixture
def warm_shell(warm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells and terminals find a `weft` that has its imports done; it is not for who kills or limits it."""
    monkeypatch.setitem(ENVIRONMENT, "PATH", f"{warm}{os.pathsep}{ENVIRONMENT['PATH']}")


@pytest.fixture(scope="session")
def messy(tmp_path_factory):
    """Messy, Inc.: the open world, what building it told, and the folder of the silos."""
    from weft.mesh import open_world

    pytest.importorskip("openpyxl", reason="install the extra 'xlsx'")
    folder = once(tmp_path_factory, "messy", _build)
    clock, story = pickle.loads((folder / "told").read_bytes())
    world = open_world(folder, user="olga@messy.example", clock=clock)
    yield SimpleNamespace(world=world, story=story, silos=folder / "silos")
    world.close()


def _build(folder: Path) -> None:
    from weft.demo import build, tell

    world = build(folder)
    (folder / "told").write_bytes(pickle.dumps((world.clock, tell(world))))
    world.close()
