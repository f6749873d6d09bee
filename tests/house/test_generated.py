"""What is generated is current: `make docs` writes it."""

from __future__ import annotations

import pytest

from house.generate import PAGES, ROOT


@pytest.mark.parametrize("path", PAGES)
def test_current(path: str) -> None:
    assert (ROOT / path).read_text() == PAGES[path](), "run `make docs`"


def test_architecture_is_short() -> None:
    assert len((ROOT / "docs/ARCHITECTURE.md").read_text().splitlines()) <= 120
