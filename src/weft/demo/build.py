"""Build Messy, Inc. in a folder: silos, documents, runs."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from importlib import resources, util
from typing import TYPE_CHECKING

from weft.demo import silos
from weft.demo.findings import findings
from weft.demo.story import Story, silo_rows
from weft.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import Progress, World

MARK = ".weft-demo"
"""A file that says: the demo made this folder, it may make it anew."""

MASK_KEY = b"Messy, Inc. has nothing to hide."
"""The demo's key of hashed columns, 32 bytes and no secret: its transcript shows the same hashes each time."""

PEOPLE = ("sam@messy.example", "paula@messy.example")
"""Who asks: the head of sales, and the head of people, who owns pay and addresses."""

QUESTION = """SELECT s.seller, w.email, w.base_pay, s.won_deals, s.won_amount, sum(h.open_issues) AS issues
FROM sales.forecast.sellers s JOIN people.staff.workers w USING (employee_id)
JOIN sales.crm.users u USING (employee_id) JOIN sales.crm.accounts a ON a.owner_id = u.user_id
JOIN success.health.accounts h USING (account_id)
WHERE s.year = 2026 GROUP BY ALL ORDER BY s.won_amount DESC LIMIT 4"""

_NIGHT = "marketing.spend"
"""The product whose silo delivers once more after the first run."""


class _Then:
    """The demo's time: the end of its data, so that its transcript is stable; or running from there."""

    def __init__(self, *, runs: bool) -> None:
        self._began = time.monotonic() if runs else None

    def now(self) -> datetime:
        gone = 0.0 if self._began is None else time.monotonic() - self._began
        return datetime(2026, 10, 1, 6, 0, tzinfo=UTC) + timedelta(seconds=gone)


def build(folder: Path, progress: Progress | None = None, *, workbooks: bool = True, runs: bool = False) -> World:
    """Make the company's folder anew, silos and documents, and open it; nothing is applied yet.

    Args:
        folder: where.
        progress: told of what happens.
        workbooks: Workday's reports as workbooks, where the library that reads them is there; else as CSV.
        runs: whether the company's clock runs from the end of its data on; else it stands there.

    Raises:
        Invalid: the folder is there and the demo did not make it.
    """
    from weft.mesh import open_world

    _clear(folder)
    with resources.as_file(resources.files("weft.demo") / "company") as company:
        shutil.copytree(company, folder, dirs_exist_ok=True)
    workbooks = workbooks and has_workbooks()
    silos.make(folder / "silos", progress, workbooks=workbooks)
    if not workbooks:
        _without_workbooks(folder / "domains/people/sources/workday.yaml")
    _key(folder / ".weft" / "keys")
    return open_world(folder, user="olga@messy.example", progress=progress, clock=_Then(runs=runs))


def tell(world: World) -> Story:
    """Apply the documents, run every product, and once more what came in the night; what was found on the way."""
    from weft.flow import base
    from weft.flow.apply import apply
    from weft.flow.plan import plan
    from weft.flow.run import run
    from weft.mesh import judges

    planned = plan(world, judges(), world.folder)
    apply(world, planned)
    runs = run(world)
    silos.last_night(world.folder / "silos")
    night = run(world, [_NIGHT])
    known = base.declared(world)
    return Story(
        documents=len(planned.changes),
        known=known,
        runs=(*runs, *night),
        rows=silo_rows(known, (*runs, *night)),
        found=findings(world, known, (*runs, *night)),
    )


def has_workbooks() -> bool:
    """Whether the library that reads workbooks is installed; without it that silo sends CSV."""
    return util.find_spec("openpyxl") is not None


def _without_workbooks(source: Path) -> None:
    text = source.read_text(encoding="utf-8").replace(", sheet: Worker Details", "").replace(".xlsx", ".csv")
    source.write_text(text.replace("sent as workbooks", "sent as CSV"), encoding="utf-8")


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise Invalid(
                f"'{folder}' is there and the demo did not make it",
                hint="Name an empty or a new folder: weft demo --dir DIR.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by weft demo, which may delete it\n")


def _key(folder: Path) -> None:
    """Put the demo's key where opening the mesh would make a new one."""
    folder.parent.mkdir(mode=0o700)
    folder.mkdir(mode=0o700)
    path = folder / "mask.key"
    path.touch(mode=0o600)
    path.write_bytes(MASK_KEY)
