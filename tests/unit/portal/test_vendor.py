"""Vendored files are those that the notices name."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
VENDOR = ROOT / "src/weft/portal/static/vendor"


def test_vendored_files_are_what_they_were():
    notices = (VENDOR / "NOTICES.txt").read_text()
    told = dict(re.findall(r"(\S+) \(sha256 (\w{64})\)", notices))
    there = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in VENDOR.iterdir() if p.name != "NOTICES.txt"}
    assert told == there
    for package in tomllib.loads((ROOT / "tools/vendor.toml").read_text())["package"]:
        assert set(package["files"].values()) <= set(there) and package["integrity"].startswith("sha512-")
        assert f"{package['name']} {package['version']}, {package['licence']}" in notices
