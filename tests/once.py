"""Costly things that one worker of a test run makes, and the others find made."""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of one's own with what `make` made in the one that it was given.

    Args:
        factory: of the run's temporary folders.
        name: what is made.
        make: fills a folder that is not there yet, and leaves nothing open in it.
    """
    base = factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"once-{name}"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            being = made.with_suffix(".being-made")
            shutil.rmtree(being, ignore_errors=True)
            make(being)
            being.rename(made)
    own = factory.mktemp(name) / name
    shutil.copytree(made, own, symlinks=True)
    return own
