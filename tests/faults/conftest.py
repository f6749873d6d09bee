"""One life of a mesh for all tests that kill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def life_begins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life | None]:
    """Begun before the first test, since it takes a while and the tests that need it come last."""
    if not any("life" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    lived = Life(tmp_path_factory.mktemp("life"))
    yield lived
    lived.close()


@pytest.fixture
def life(life_begins: Life | None) -> Life:
    assert life_begins is not None
    return life_begins
