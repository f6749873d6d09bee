"""Build Messy, Inc. in a folder: silos, documents, run."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

from weft.demo import silos
from weft.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import Progress, World

MARK = ".weft-demo"
"""A file that says: the demo made this folder, it may make it anew."""

MASK_KEY = b"Messy, Inc. has nothing to hide."
"""The demo's key of hashed columns, 32 bytes and no secret: its transcript shows the same hashes each time."""

QUESTION = """SELECT s.name AS seller, e.email, e.salary, s.won_deals, s.won_amount, s.open_tickets
FROM sales.insights.sellers s JOIN people.staff.employees e ON e.employee_id = s.seller
ORDER BY s.won_amount DESC LIMIT 5"""


class _Then:
    """The demo's time: the end of its data, so that its transcript is stable."""

    def now(self) -> datetime:
        return datetime(2026, 10, 1, 6, 0, tzinfo=UTC)


def build(folder: Path, progress: Progress | None = None) -> tuple[World, int]:
    """Make the company anew in `folder` and open it; returns the open world and the rows of its silos.

    Raises:
        Invalid: the folder is there and the demo did not make it.
    """
    from weft.mesh import open_world

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise Invalid(
                f"'{folder}' is there and the demo did not make it",
                hint="Name an empty or a new folder: weft demo --dir DIR.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by weft demo, which may delete it\n")
    with resources.as_file(resources.files("weft.demo") / "company") as company:
        shutil.copytree(company, folder, dirs_exist_ok=True)
    rows = silos.make(folder / "silos")
    _key(folder / ".weft" / "keys")
    return open_world(folder, user="olga@messy.example", progress=progress, clock=_Then()), rows


def _key(folder: Path) -> None:
    """Put the demo's key where opening the mesh would make a new one."""
    folder.parent.mkdir(mode=0o700)
    folder.mkdir(mode=0o700)
    path = folder / "mask.key"
    path.touch(mode=0o600)
    path.write_bytes(MASK_KEY)
