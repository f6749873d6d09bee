"""What all tests share."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from docs.warm import warm_weft
from mariadb import Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

# A busy machine is no finding: examples are bounded by their number, not by time.
settings.register_profile("weft", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("weft")

ROOT = Path(__file__).parents[1]


def pytest_collection_finish() -> None:
    """What is there by now stays: the garbage collector need not go through it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Official schemas and real data beside the checkout; tests that want them skip where they are absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of official examples and real data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB; each test makes tables of its own there."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for PATH whose `weft` has its imports done; each command is a process of its own."""
    with warm_weft(tmp_path_factory.mktemp("warm")) as folder:
        yield folder
