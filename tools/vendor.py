"""Take the portal's vendored files from their packages: `python tools/vendor.py` (needs npm; weft itself never does).

Each package is named with its version and the hash of its archive in tools/vendor.toml; nothing else is taken.
"""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VENDOR = HERE.parent / "src" / "weft" / "portal" / "static" / "vendor"


def main() -> None:
    """Write the files and the notices."""
    notices = ["Files in this folder were made by others. Versions and hashes: tools/vendor.toml.\n"]
    for package in tomllib.loads((HERE / "vendor.toml").read_text())["package"]:
        members = _members(package)
        for source, target in package["files"].items():
            (VENDOR / target).write_bytes(members[source])
        names = ", ".join(f"{t} (sha256 {_sha256(members[s])})" for s, t in package["files"].items())
        text = members[package["licence_file"]].decode().strip()
        notices.append(f"{names}: {package['name']} {package['version']}, {package['licence']}\n\n{text}\n")
    (VENDOR / "NOTICES.txt").write_text("\n".join(notices))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _members(package: dict[str, Any]) -> dict[str, bytes]:
    """Files of a package by their path in it, when its archive has the hash that it must have."""
    named = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", named], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S607
        archive = next(Path(folder).glob("*.tgz")).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package["integrity"]:
        sys.exit(f"{named} has the hash {found}, not the one in vendor.toml; nothing was written from it")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        files = {m.name.removeprefix("package/"): opened.extractfile(m) for m in opened.getmembers() if m.isfile()}
        return {name: file.read() for name, file in files.items() if file}


if __name__ == "__main__":
    main()
