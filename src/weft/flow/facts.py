"""What commits tell: their events, made of what each says of itself, so that a lost one can be told again as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weft.flow import base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.model import Event, Place
    from weft.seams import World

BATCH = "weft.sequence"
"""Key of the metadata that only batches have."""


def of(world: World, place: Place, commit: Mapping[str, Any]) -> list[Event]:
    """Events of one commit to a table or a part of it, by its entry in the history (or what will be it)."""
    told: Mapping[str, str] = commit.get("metadata", {})
    name = place.name.key
    if BATCH in told and place.part != "quarantine":  # what a batch put there its own commit tells
        return batch(world, name, {**told, "weft.run": commit.get("run", "")})
    version, run = commit["version"], commit.get("run", "")
    key = f"{name}:{version}"
    if "weft.folded" in told:
        data: dict[str, Any] = {"version": version, "run": run}
        data |= {"rows": int(told["weft.rows"]), "folded": int(told["weft.folded"])}
        return [base.event(world, "table.folded", name, data, key=key)]
    if "weft.compacted" in told:
        data = {"version": version, "files": int(told["weft.compacted"]), "run": run}
        return [base.event(world, "table.compacted", name, data, key=key)]
    if "weft.expired" in told:
        data = {"version": version, "run": run, "rows": int(told["weft.expired"]), "column": told["weft.column"]}
        if place.part != "table":
            data["part"], key = place.part, f"{name}:{place.part}:{version}"
        return [base.event(world, "table.expired", name, data, key=key)]
    if "weft.columns" in told:
        return [base.event(world, "table.evolved", name, {"columns": json.loads(told["weft.columns"])}, key=key)]
    return []


def batch(world: World, name: str, told: Mapping[str, str]) -> list[Event]:
    """Events of a committed batch: rows that came, rows in quarantine, files that vanished."""
    app, run = told["weft.app"], told["weft.run"]
    sequence, bad = int(told[BATCH]), int(told.get("weft.quarantined", 0))
    reasons = json.loads(told.get("weft.reasons", "{}"))
    key = f"{app}:{sequence}:{run}"
    data: dict[str, Any] = {"app": app, "sequence": sequence, "run": run, "rows": int(told.get("weft.rows", 0))}
    data |= {"quarantined": bad, "superseded": int(told.get("weft.superseded", 0)), "reasons": reasons}
    if "weft.deleted" in told:
        data["deleted"] = int(told["weft.deleted"])
    found = [base.event(world, "batch.committed", name, data, key=key)]
    if bad:
        data = {"run": run, "sequence": sequence, "rows": bad, "reasons": reasons}
        found.append(base.event(world, "quarantine.added", name, data, key=key))
    for file in json.loads(told.get("weft.gone", "[]")):
        data = {"file": file, "run": run}
        found.append(base.event(world, "source.vanished", name, data, key=f"{app}:{file}:{run}"))
    if "weft.left" in told:
        data = {"run": run, "rows": int(told["weft.rows"]), "left": int(told["weft.left"])}
        data["older"] = int(told.get("weft.older", 0))
        found.append(base.event(world, "quarantine.replayed", name, data, key=f"{app}:replay:{run}"))
    return found
