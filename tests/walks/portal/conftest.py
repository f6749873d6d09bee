"""Messy, Inc. behind the portal, in this process."""

from __future__ import annotations

import pytest

HERE = "http://127.0.0.1:4600"
SAM, PAULA, ADA = "sam@messy.example", "paula@messy.example", "ada@messy.example"


@pytest.fixture(scope="session")
def site(messy):
    """The whole site as an application."""
    pytest.importorskip("fastapi", reason="install the extra 'portal'")
    from weft.serve import application

    return application(messy.world, SAM)


@pytest.fixture
def reader(site):
    """A browser without scripts: `reader(who)` keeps cookies of its own."""
    from starlette.testclient import TestClient

    def open_as(who: str = "", language: str = "en") -> TestClient:
        browser = TestClient(site, base_url=HERE, headers={"Accept": "text/html", "Accept-Language": language})
        if who:
            browser.cookies.set("weft_as_4600", who.replace("@", "%40"))
        return browser

    return open_as
