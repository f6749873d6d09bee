"""The benchmarks run, small: what they print is read here, how fast it is nobody asks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


PARTS = (
    ("landing", "bucket", "database", "changes", "rules", "large", "finding", "pages", "rest"),
    ("asking", "starting", "serving"),
)


def test_all_parts_are_tried() -> None:
    assert sorted(part for some in PARTS for part in some) == sorted(
        re.findall(r'"(\w+)": lambda', (ROOT / "bench/__main__.py").read_text())
    )


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: parts[0])
def test_a_quick_run_prints_a_ratio_for_each(parts: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", *parts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the numbers mean nothing" in done.stdout
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line.startswith("|")]
    assert rows[0] == ["what", "weft", "peer", "ratio", "aim", "CPU s", "MB"]
    told = [row for row in rows[2:] if row[1] != "not in a quick run"]
    assert told
    for row in told:
        assert re.fullmatch(r"\+?-?\d+(\.\d+)?( ms)?", row[3]), row
