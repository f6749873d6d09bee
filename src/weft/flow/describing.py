"""A connector from a description of its interface: drafted into the folder, reviewed decision by decision, applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weft.errors import Denied, Invalid, Unknown
from weft.flow import base
from weft.flow.changing import answers, apply_files
from weft.flow.connecting import NAME
from weft.model import Noun
from weft.spec.text import load
from weft.spec.write import dump

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weft.flow.changing import PlanView
    from weft.seams import World

DOCUMENT, REPORT = "connector.yaml", "drafts/report.json"


class Choice(Noun):
    """What a reviewer decided about one stream."""

    records: str = ""
    """Where the records lie in the answer: `data.items`; empty = the answer itself."""
    key: str = ""
    """Fields that tell records apart, with commas."""


def may(world: World, actor: str) -> None:
    """Whether somebody may add a connector: it is for the whole mesh.

    Raises:
        Denied: they may not.
    """
    if not answers(base.declared(world), actor, "connectors/"):
        raise Denied(f"{actor} may not add a connector", hint="The council may: a connector is for the whole mesh.")


def keep(world: World, actor: str, name: str, files: Mapping[str, str]) -> None:
    """Write a drafted connector into the mesh's folder; nothing counts before it is applied.

    Raises:
        Denied: they may not.
        Invalid: it cannot be called so, or is there.
    """
    may(world, actor)
    folder = _folder(world, name)
    if name in base.declared(world).connectors or ((folder / DOCUMENT).exists() and not (folder / REPORT).exists()):
        raise Invalid(f"a connector '{name}' is there already", hint="Choose another name.")
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")


def drafted(world: World, actor: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A drafted connector: its document, and the report of how it came about.

    Raises:
        Denied: they may not.
        Unknown: there is no such draft.
    """
    may(world, actor)
    folder = _folder(world, name)
    if not (folder / DOCUMENT).is_file() or not (folder / REPORT).is_file():
        raise Unknown(f"there is no draft of a connector '{name}'", hint="Draft it from a description first.")
    report: dict[str, Any] = json.loads((folder / REPORT).read_text("utf-8"))
    return load((folder / DOCUMENT).read_bytes(), DOCUMENT), report


def decide(world: World, actor: str, name: str, chosen: Mapping[str, Choice]) -> PlanView:
    """Apply a drafted connector with the streams that were chosen, as they were decided about.

    Raises:
        Denied: they may not.
        Invalid: no stream is chosen, or the manifest has problems.
    """
    manifest, _ = drafted(world, actor, name)
    streams = {
        stream: _decided(said, chosen[stream]) for stream, said in manifest["streams"].items() if stream in chosen
    }
    lost = [stream for stream, said in streams.items() if not _parents(said) <= streams.keys()]
    if not streams or lost:
        what = f"'{lost[0]}' is read for each record of a stream that is not chosen" if lost else "no stream is chosen"
        raise Invalid(what, hint="Choose again.")
    text = dump({**manifest, "streams": streams})
    done = apply_files(world, actor, f"connectors/{name}", {f"connectors/{name}/{DOCUMENT}": text.encode()})
    (_folder(world, name) / DOCUMENT).write_text(text, encoding="utf-8")
    return done


def records_of(said: Mapping[str, Any]) -> str:
    """Where a stream's records lie, as it is typed."""
    found = said.get("records", "")
    return found if isinstance(found, str) else ".".join(map(str, found)) if isinstance(found, list) else ""


def key_of(said: Mapping[str, Any]) -> str:
    """A stream's key, as it is typed."""
    found = said.get("key") or []
    return ", ".join([found] if isinstance(found, str) else found)


def _decided(said: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    changed = dict(said)
    if choice.records.strip() != records_of(said):
        changed["records"] = choice.records.strip()
    key = [one.strip() for one in choice.key.split(",") if one.strip()]
    if ", ".join(key) != key_of(said):
        changed["key"] = key
    return {name: value for name, value in changed.items() if (name, value) != ("key", [])}


def _parents(said: Mapping[str, Any]) -> set[str]:
    """Streams that a stream is read for."""
    routers = said.get("partitions") or []
    flat = [router for router in (routers if isinstance(routers, list) else [routers]) if isinstance(router, dict)]
    nested = [one for router in flat for one in router.get("parentStreamConfigs", [])]
    return {str(one["stream"]) for one in (*flat, *nested) if "stream" in one}


def _folder(world: World, name: str) -> Path:
    if not NAME.match(name):
        raise Invalid(
            f"a connector cannot be called '{name}'",
            hint="Names are lower case letters, digits and underscores, a letter first.",
        )
    return world.folder / "connectors" / name
