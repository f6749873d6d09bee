"""The tree speaks of weft alone, and holds no secret, address or machine path."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = re.compile(r"(?<![\w.])/(?:work|farm|root)/|(?:pypi|pythonhosted|npmjs)\." + r"org")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    names = listed.stdout.splitlines() or [str(p.relative_to(ROOT)) for p in (ROOT / "src").rglob("*")]
    return [ROOT / n for n in names if (ROOT / n).is_file() and (ROOT / n) != Path(__file__)]


def test_no_address_or_machine_path() -> None:
    hits = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        hits += [f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(text.splitlines(), 1) if PLACES.search(line)]
    assert hits == []


def test_locks_hold_versions_and_hashes_only() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        for line in lock.read_text().splitlines():
            assert re.match(r"^(\S+==\S+.*\\|    --hash=sha256:[0-9a-f]{64}( \\)?)$", line), f"{lock.name}: {line[:80]}"


def test_the_pattern_bites() -> None:
    assert PLACES.search("see /" + "work/main") and PLACES.search("https://pypi" + ".org/simple")
