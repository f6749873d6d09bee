"""One life of a mesh for all tests that kill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    lived = Life(tmp_path_factory.mktemp("life"))
    yield lived
    lived.close()
