"""The corner shop behind the API, in this process."""

from __future__ import annotations

import shutil

import pytest

PORT = 4600
HERE = f"http://127.0.0.1:{PORT}"
BO, IDA, EVE = "bo@shop.example", "ida@shop.example", "eve@x.example"


@pytest.fixture(scope="module")
def world(_ran, tmp_path_factory):
    """A copy of the corner shop of the module's own."""
    pytest.importorskip("fastapi", reason="install the extra 'portal'")
    from weft.mesh import open_world

    folder = tmp_path_factory.mktemp("api") / "shop"
    shutil.copytree(_ran, folder, symlinks=True)
    opened = open_world(folder)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(world):
    """The whole site as an application."""
    from weft.serve import application

    return application(world, BO)


@pytest.fixture
def api(site):
    """A program: `api(who)` asks as that person."""
    from starlette.testclient import TestClient

    def asking(who: str = BO, **headers: str) -> TestClient:
        return TestClient(site, base_url=f"{HERE}/api/v1", headers={"Weft-As": who, **headers})

    return asking
