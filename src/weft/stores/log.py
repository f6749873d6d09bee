"""Reading a table's Delta log: who committed what. Writing it is left to delta-rs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKPOINT_EVERY = 20
"""Commits between two checkpoints."""
RUNS = "weft.runs"
"""In each commit's information: JSON of app -> [sequence, run], for all apps of the table. It is carried from commit to
commit, so that log clean-up, which takes old commits, never takes the run that a sequence number belongs to."""
_COMMIT = re.compile(r"(\d{20})\.json")


def commit_file(root: str, version: int) -> Path:
    """Where the commit of that version is or would be."""
    return Path(root, "_delta_log", f"{version:020d}.json")


def exists(root: str) -> bool:
    """Whether there is a log at all."""
    return (
        commit_file(root, 0).exists()
        or bool(_versions(root))
        or next(Path(root, "_delta_log").glob("*.checkpoint.parquet"), None) is not None
    )


def newest(root: str) -> int:
    """The newest version with a commit file; -1 when there is none."""
    return max(_versions(root), default=-1)


def oldest(root: str) -> int:
    """The oldest version whose commit file is still there; -1 when there is none."""
    return min(_versions(root), default=-1)


def holds(root: str, version: int, mark: str) -> bool:
    """Whether that version was committed, and with that mark in it.

    Raises:
        OSError: when that cannot be told.
    """
    path = commit_file(root, version)
    return path.exists() and mark in path.read_text("utf-8")


def fault(root: str) -> str:
    """Name of the first commit file that is missing or unreadable, or nothing when all can be read."""
    versions = sorted(_versions(root))
    for version in range(versions[0] if versions else 0, (versions[-1] if versions else 0) + 1):
        try:
            _actions(root, version)
        except (OSError, ValueError):
            return commit_file(root, version).name
    return "" if versions and (versions[0] == 0 or _checkpointed(root, versions[0])) else commit_file(root, 0).name


def torn(root: str, version: int) -> str:
    """Name of an empty commit file among those since the last checkpoint; delta-rs would take it for no change."""
    for number in range(max(0, version - CHECKPOINT_EVERY), version + 1):
        path = commit_file(root, number)
        if path.exists() and not path.stat().st_size:
            return path.name
    return ""


def information(root: str, version: int) -> dict[str, Any]:
    """What a commit says about itself (commitInfo); empty when the commit does not exist (any more)."""
    try:
        actions = _actions(root, version)
    except (OSError, ValueError):
        return {}
    return next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def down(root: str, version: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Versions and their information from that one down, as far as the log still goes."""
    while version >= 0 and commit_file(root, version).exists():
        yield version, information(root, version)
        version -= 1


def runs(root: str, version: int) -> dict[str, tuple[int, str]]:
    """App -> (sequence, run that committed it) as of that version."""
    for _, found in down(root, version):
        if RUNS in found:
            return {app: (sequence, run) for app, (sequence, run) in json.loads(found[RUNS]).items()}
    return {}


def removed_since(root: str, version: int, time: float) -> set[str]:
    """Paths that commits after that time (seconds since 1970) removed, from `version` down."""
    paths: set[str] = set()
    for number, found in down(root, version):
        if found.get("timestamp", 0) < time * 1000:
            break
        paths.update(action["remove"]["path"] for action in _actions(root, number) if "remove" in action)
    return paths


def time_of(found: dict[str, Any]) -> str:
    """When a commit was made: UTC, ISO 8601."""
    return datetime.fromtimestamp(found.get("timestamp", 0) / 1000, UTC).isoformat()


def _actions(root: str, version: int) -> list[dict[str, Any]]:
    """All actions of one commit.

    Raises:
        ValueError: when it holds no actions, or no JSON.
        OSError: when it cannot be read.
    """
    lines = commit_file(root, version).read_text("utf-8").splitlines()
    actions = [json.loads(line) for line in lines if line]
    if not actions or not all(isinstance(action, dict) for action in actions):
        raise ValueError("no actions")
    return actions


def _versions(root: str) -> set[int]:
    folder = Path(root, "_delta_log")
    if not folder.is_dir():
        return set()
    return {int(found[1]) for path in folder.iterdir() if (found := _COMMIT.fullmatch(path.name))}


def _checkpointed(root: str, version: int) -> bool:
    names = [path.name for path in Path(root, "_delta_log").glob("*.checkpoint*.parquet")]
    return any(name.startswith((f"{version:020d}.", f"{version - 1:020d}.")) for name in names)
