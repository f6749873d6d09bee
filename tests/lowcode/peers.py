"""The official runtime of the low-code language, in an environment of its own: what it makes of the same manifest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from lowcode.server import TOKEN

PROGRAM = Path(__file__).parents[2] / ".tools" / "airbyte" / "bin" / "source-declarative-manifest"
MISSING = "the official runtime is not there: `make peers` installs it into .tools"


def records(manifest: Path, config: dict[str, Any], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Records by stream, read by the official runtime."""
    told = yaml.safe_load(manifest.read_text())
    properties = told["spec"]["connection_specification"]["properties"]
    defaults = {name: p["default"] for name, p in properties.items() if "default" in p}
    _write(folder / "config.json", {**defaults, "token": TOKEN, **config, "__injected_declarative_manifest": told})
    (catalog,) = [m["catalog"] for m in _run(folder, "discover") if m["type"] == "CATALOG"]
    chosen = [{"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "append"} for s in catalog["streams"]]
    _write(folder / "catalog.json", {"streams": chosen})
    found: dict[str, list[dict[str, Any]]] = {s["name"]: [] for s in catalog["streams"]}
    for message in _run(folder, "read", "--catalog", "catalog.json"):
        if message["type"] == "RECORD":
            found[message["record"]["stream"]].append(message["record"]["data"])
    return found


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value))


def _run(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    command = [PROGRAM, *arguments, "--config", "config.json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
