"""Each contract of the ladder is seen to fail on a planted violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "The ladder: a rung imports only rungs below it": ("model/planted.py", "import weft.flow\n"),
    "Drivers know seams and nouns only": ("stores/planted.py", "import weft.policy\n"),
    "Nouns, capabilities and flows do no I/O": ("policy/planted.py", "import duckdb\n"),
    "Drivers are opened by mesh alone": ("client/planted.py", "import weft.stores\n"),
    "No knots among siblings": (
        "connectors/files/planted.py",
        "import weft.connectors.sql.planted\n",
    ),
}


def lint(folder: Path) -> str:
    program = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def verdict(output: str, contract: str) -> str:
    line = next((text for text in output.splitlines() if text.startswith(contract)), "")
    return line.removeprefix(contract).strip().split(" ")[0]


def test_the_ladder_stands_and_each_contract_bites(copy: Path) -> None:
    clean = lint(copy)
    assert [c for c in PLANTED if verdict(clean, c) != "KEPT"] == [], clean
    for path, text in PLANTED.values():
        (copy / "src/weft" / path).write_text(f'"""Planted."""\n{text}')
    (copy / "src/weft/connectors/sql/planted.py").write_text("import weft.connectors.files.planted\n")
    broken = lint(copy)
    assert [c for c in PLANTED if verdict(broken, c) != "BROKEN"] == [], broken


def test_no_unknown_rung(copy: Path) -> None:
    (copy / "src/weft/extra").mkdir()
    (copy / "src/weft/extra/__init__.py").write_text('"""A rung that the ladder does not name."""\n')
    assert "extra" in lint(copy)
