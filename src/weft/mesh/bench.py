"""An engine for work that needs no mesh: tests of SQL."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.seams import Engine


@contextmanager
def bench() -> Iterator[tuple[Engine, Path]]:
    """The embedded engine and a temporary folder, both gone at the end."""
    from weft.engines.duck.engine import DuckEngine
    from weft.model.mesh import EngineSettings

    with tempfile.TemporaryDirectory(prefix="weft-") as name:
        root = Path(name)
        for folder in ("scratch", "kept", "tests"):
            (root / folder).mkdir()
        engine = DuckEngine(EngineSettings(workers=1), root / "scratch", root / "kept")
        try:
            yield engine, root / "tests"
        finally:
            engine.close()
