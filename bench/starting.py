"""What it costs to start, and to install."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import MB, ROOT, Spent, middle, python, spend
from bench.mesh import ADA, weft_command
from bench.report import Row

if TYPE_CHECKING:
    from bench.plan import Plan

ASKED = "SELECT count(*) FROM d.tpch.customer"


def measure(plan: Plan) -> list[Row]:
    """Rows of the table; the mesh holds the tables of TPC-H."""
    asked = [*weft_command(), "ask", ASKED, "--as", ADA, "--mesh", str(plan.mesh)]
    files = sorted((plan.mesh / ".weft/tables").glob("d/tpch/customer/*/table/*.parquet"))
    raw = python("-m", "bench.peer", "ask", f"SELECT count(*) FROM read_parquet('{files[0]}')")
    weft = str(Path(sys.executable).with_name("weft"))
    commands = {
        "python": python("-c", "pass"),
        "help": [weft, "--help"],
        "version": [weft, "--version"],
        "plan": [*weft_command(), "plan", str(plan.mesh), "--mesh", str(plan.mesh)],
        "raw": raw,
        "ask": asked,
    }
    spend(commands["help"], fresh=True)  # so that there is byte code
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(plan.runs):
        for name, command in commands.items():
            found[name].append(spend(command, fresh=True))
    return [
        _row("weft --help, against python -c pass", found["help"], found["python"], "0.3 s"),
        _row("weft --version, against python -c pass", found["version"], found["python"], ""),
        _row("weft plan without a change, against python -c pass", found["plan"], found["python"], ""),
        _row("weft ask from a cold start, against import duckdb", found["ask"], found["raw"], ""),
        *_install(plan),
    ]


def _row(what: str, weft: list[Spent], peer: list[Spent], aim: str) -> Row:
    return Row(
        what,
        f"{middle(w.cpu for w in weft):.2f} s CPU, {middle(w.wall for w in weft):.2f} s",
        f"{middle(p.cpu for p in peer):.2f} s CPU, {middle(p.wall for p in peer):.2f} s",
        f"{middle(w.cpu / p.cpu for w, p in zip(weft, peer, strict=True)):.1f}",
        aim,
        f"{middle(w.cpu for w in weft):.2f}",
        f"{middle(w.megabytes for w in weft):.0f}",
    )


def _install(plan: Plan) -> list[Row]:
    """Size and number of distributions of a new environment with the core's dependencies in the locked versions."""
    what = ("installed without byte code", "distributions")
    tool = next((t for t in (ROOT / ".tools/bin/uv", Path(sys.executable).with_name("uv")) if t.exists()), None)
    if plan.quick or tool is None:
        return [Row(each, "not in a quick run" if plan.quick else "needs uv") for each in what]
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder:
        place = Path(folder) / "env"
        quiet = [str(tool), "--quiet"]
        subprocess.run([*quiet, "venv", "--python", sys.executable, place], check=True)
        bare = _size(place)
        core = ["-r", ROOT / "pyproject.toml", "-c", ROOT / "requirements/run.lock"]
        subprocess.run([*quiet, "pip", "install", "--python", place / "bin/python", "--no-deps", ROOT], check=True)
        subprocess.run([*quiet, "pip", "install", "--python", place / "bin/python", *core], check=True)
        count = len(list(place.glob("lib/python*/site-packages/*.dist-info")))
        size = _size(place) - bare
        shutil.rmtree(place)
    return [Row(what[0], f"{size:.0f} MB", aim="430 MB"), Row(what[1], str(count), aim="50")]


def _size(place: Path) -> float:
    """MB of files, without byte code."""
    files = (p for p in place.rglob("*") if p.is_file() and not p.is_symlink() and p.suffix != ".pyc")
    return sum(p.stat().st_size for p in files) / MB
