"""A connector from a description of its interface: drafted into the folder, reviewed decision by decision, applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.errors import Denied, Invalid, Unknown
from weft.flow import base, secrets
from weft.flow.changing import answers, apply_files
from weft.flow.connecting import NAME, in_vault
from weft.flow.decisions import choice_of, decided, parents
from weft.flow.draft import Stream, look
from weft.kinds import form
from weft.model import Connector, Source
from weft.spec.text import load
from weft.spec.write import dump

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weft.flow.changing import PlanView
    from weft.flow.decisions import Choice
    from weft.flow.draft import Looked
    from weft.kinds import Field
    from weft.seams import World

DOCUMENT, REPORT = "connector.yaml", "drafts/report.json"
_ROWS = 200


class Attempt(Struct, frozen=True):
    """A stream that is tried before the connector counts."""

    decided: Mapping[str, Choice]
    """By stream; of others the draft counts."""
    stream: str
    given: Mapping[str, str]
    """Configuration by the names of its fields; credentials are among them."""


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
        stream: decided(said, chosen[stream]) for stream, said in manifest["streams"].items() if stream in chosen
    }
    lost = [stream for stream, said in streams.items() if not parents(said) <= streams.keys()]
    if not streams or lost:
        what = f"'{lost[0]}' is read for each record of a stream that is not chosen" if lost else "no stream is chosen"
        raise Invalid(what, hint="Choose again.")
    text = dump({**manifest, "streams": streams})
    done = apply_files(world, actor, f"connectors/{name}", {f"connectors/{name}/{DOCUMENT}": text.encode()})
    (_folder(world, name) / DOCUMENT).write_text(text, encoding="utf-8")
    for kept in [one.name for one in world.safe.all() if one.name.startswith(f"{_drafts(name)}.")]:
        secrets.remove(world, kept, actor, force=True)
    return done


def fields(world: World, manifest: Mapping[str, Any]) -> tuple[Field, ...]:
    """What a source of a drafted connector would say.

    Raises:
        Invalid: the manifest has problems.
    """
    name = str(manifest["name"])
    return form(world.connectors.beside({name: _plain(manifest)}).get(name))


def tried(world: World, actor: str, name: str, attempt: Attempt) -> tuple[World, Source, Looked]:
    """Read the first rows of a stream as it was decided about. Credentials go into the vault until it is applied.

    Returns:
        The world as if the connector counted, a source of it, and what was looked at.

    Raises:
        Denied: they may not.
        Invalid: the decisions or the configuration do not fit, or there is no such stream.
        Unavailable: the system does not answer.
    """
    manifest, _ = drafted(world, actor, name)
    streams = {
        stream: decided(said, attempt.decided.get(stream, choice_of(said)))
        for stream, said in manifest["streams"].items()
    }
    if attempt.stream not in streams:
        raise Unknown(f"the draft has no stream '{attempt.stream}'", hint="Choose one of the page.")
    manifest = {**manifest, "streams": streams}
    known = base.declared(world)
    described = Connector(name=name, manifest=_plain(manifest))
    trial = base.as_if(world, known.model_copy(update={"connectors": {**known.connectors, name: described}}))
    config, hidden = in_vault(world, fields(world, manifest), attempt.given, _drafts(name))
    source = Source(name=name, domain="trial", connector=name, config=config)
    world.connectors.beside({name: _plain(manifest)}).build(name, config)
    for kept, value in hidden.items():
        secrets.put(world, kept, value, actor)
    looked = {"actor": actor, "what": f"source.{attempt.stream}", "rows": _ROWS}
    base.tell(world, base.event(world, "unpublished.looked", f"connector {name}", looked))
    key = choice_of(streams[attempt.stream]).key
    wanted = Stream(attempt.stream, key=tuple(one.strip() for one in key.split(",") if one.strip()))
    return trial, source, look(trial, source, wanted, _ROWS)


def _plain(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A connector's document without what says that it is one."""
    return {name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}


def _drafts(name: str) -> str:
    """How the secrets are called that a draft is tried with."""
    return f"{name}-draft"


def _folder(world: World, name: str) -> Path:
    if not NAME.match(name):
        raise Invalid(
            f"a connector cannot be called '{name}'",
            hint="Names are lower case letters, digits and underscores, a letter first.",
        )
    return world.folder / "connectors" / name
