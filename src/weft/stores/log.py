"""Reading a table's Delta log: who committed what. Writing it is left to delta-rs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.stores.ground import Folder

CHECKPOINT_EVERY = 20
"""Commits between two checkpoints."""
RUNS = "weft.runs"
"""In each commit's information: JSON of app -> [sequence, run], for all apps of the table. It is carried from commit to
commit, so that log clean-up, which takes old commits, never takes the run that a sequence number belongs to."""
_COMMIT = re.compile(r"(\d{20})\.json")


def commit_file(version: int) -> str:
    """Name of the file of that version's commit."""
    return f"{version:020d}.json"


def has(folder: Folder, version: int) -> bool:
    """Whether that version was committed and its commit is still there."""
    return folder.size(commit_file(version)) is not None


def exists(folder: Folder) -> bool:
    """Whether there is a log at all."""
    if has(folder, 0):
        return True
    names = folder.log()
    return any(_COMMIT.fullmatch(name) or name.endswith(".checkpoint.parquet") for name in names)


def newest(folder: Folder) -> int:
    """The newest version with a commit file; -1 when there is none."""
    return max(_versions(folder), default=-1)


def oldest(folder: Folder) -> int:
    """The oldest version whose commit file is still there; -1 when there is none."""
    return min(_versions(folder), default=-1)


def holds(folder: Folder, version: int, mark: str) -> bool:
    """Whether that version was committed, and with that mark in it.

    Raises:
        OSError: when that cannot be told.
    """
    return has(folder, version) and mark in folder.text(commit_file(version))


def fault(folder: Folder) -> str:
    """Name of the first commit file that is missing or unreadable, or nothing when all can be read."""
    versions = sorted(_versions(folder))
    for version in range(versions[0] if versions else 0, (versions[-1] if versions else 0) + 1):
        try:
            _actions(folder, version)
        except (OSError, ValueError):
            return commit_file(version)
    return "" if versions and (versions[0] == 0 or _checkpointed(folder, versions[0])) else commit_file(0)


def torn(folder: Folder, version: int) -> str:
    """Name of an empty commit file among those since the last checkpoint; delta-rs would take it for no change."""
    if folder.options is not None:
        return ""  # an object is there whole or not at all
    names = [commit_file(number) for number in range(max(0, version - CHECKPOINT_EVERY), version + 1)]
    return next((name for name in names if folder.size(name) == 0), "")


def information(folder: Folder, version: int) -> dict[str, Any]:
    """What a commit says about itself (commitInfo); empty when the commit does not exist (any more)."""
    return next((found for _, found in down(folder, version)), {})


def down(folder: Folder, version: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Versions and their information from that one down, as far as the log still goes."""
    while version >= 0:
        try:
            actions = _actions(folder, version)
        except FileNotFoundError:
            return
        except (OSError, ValueError):
            actions = []
        yield version, next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
        version -= 1


def runs(folder: Folder, version: int) -> dict[str, tuple[int, str]]:
    """App -> (sequence, run that committed it) as of that version."""
    for _, found in down(folder, version):
        if RUNS in found:
            return {app: (sequence, run) for app, (sequence, run) in json.loads(found[RUNS]).items()}
    return {}


def removed_since(folder: Folder, version: int, time: float) -> set[str]:
    """Paths that commits after that time (seconds since 1970) removed, from `version` down."""
    paths: set[str] = set()
    for number, found in down(folder, version):
        if found.get("timestamp", 0) < time * 1000:
            break
        paths.update(action["remove"]["path"] for action in _actions(folder, number) if "remove" in action)
    return paths


def time_of(found: dict[str, Any]) -> str:
    """When a commit was made: UTC, ISO 8601."""
    return datetime.fromtimestamp(found.get("timestamp", 0) / 1000, UTC).isoformat()


def _actions(folder: Folder, version: int) -> list[dict[str, Any]]:
    """All actions of one commit.

    Raises:
        ValueError: when it holds no actions, or no JSON.
        OSError: when it cannot be read.
    """
    lines = folder.text(commit_file(version)).splitlines()
    actions = [json.loads(line) for line in lines if line]
    if not actions or not all(isinstance(action, dict) for action in actions):
        raise ValueError("no actions")
    return actions


def _versions(folder: Folder) -> set[int]:
    return {int(found[1]) for name in folder.log() if (found := _COMMIT.fullmatch(name))}


def _checkpointed(folder: Folder, version: int) -> bool:
    names = [name for name in folder.log() if ".checkpoint" in name and name.endswith(".parquet")]
    return any(name.startswith((f"{version:020d}.", f"{version - 1:020d}.")) for name in names)
