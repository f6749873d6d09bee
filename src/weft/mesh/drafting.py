"""Connectors that are drafted from what others wrote: a description of an interface, a sample, another's manifest."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.lowcode.convert import convert
from weft.connectors.openapi import sampled
from weft.connectors.openapi.manifest import manifest
from weft.connectors.openapi.probe import probe
from weft.connectors.openapi.reading import read
from weft.connectors.openapi.recognise import recognise
from weft.connectors.openapi.report import report
from weft.connectors.openapi.tables import table
from weft.errors import Invalid
from weft.mesh.quiet import Quiet, SystemClock
from weft.model import Contract, Table
from weft.seams import Reach
from weft.spec.write import dump, write_contract
from weft.vaults.vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.connectors.openapi.recognise import Recognised


class Drafted(Struct, frozen=True):
    """A connector as it could be declared."""

    files: Mapping[str, str]
    """Text by file name below the connector's folder."""
    report: Mapping[str, Any]
    """What was decided, how surely and why; what was skipped."""


class Ground(Struct, frozen=True):
    """Who asks for a draft."""

    folder: Path | None = None
    """The mesh's folder, for secrets; none: the current one."""
    near: bool = False
    """Whether they sit at this machine, and may name addresses of its private networks."""


FAR = Ground()


def from_openapi(
    name: str, place: str, ground: Ground = FAR, *, follow: bool = False, config: Mapping[str, Any] | None = None
) -> Drafted:
    """Draft a connector from an OpenAPI or Swagger document.

    Args:
        name: of the connector.
        place: file or URL of the document.
        ground: who asks.
        follow: whether documents are read that its references lead to: beside a file, or on the URL's host.
        config: a source's configuration to probe the interface with; none: it is not asked.

    Raises:
        Invalid: it cannot be read, or is no such document.
        Unavailable: it does not answer.
    """
    _check(name)
    with _reach(ground) as reach:
        told = read(place, reach, follow=follow, near=ground.near)
        found = recognise(told.value, name, told.origin)
        return drafted(found if config is None else probe(found, config, reach))


def from_sample(name: str, place: str, ground: Ground = FAR) -> Drafted:
    """Draft a connector of one stream from one answer of an interface.

    Raises:
        Invalid: it cannot be read, or holds no records.
    """
    _check(name)
    with _reach(ground) as reach:
        told = read(place, reach, near=ground.near, parsed=sampled.parse)
    return drafted(sampled.recognise(told.value, name, told.origin))


def from_lowcode(name: str, place: str, ground: Ground = FAR) -> Drafted:
    """Take over a manifest of the Airbyte low-code language.

    Args:
        name: of the connector.
        place: file or URL of the manifest.
        ground: who asks.

    Raises:
        Invalid: it cannot be read, is no such manifest, or none of its streams can be taken over.
    """
    _check(name)
    with _reach(ground) as reach:
        found = convert(read(place, reach, near=ground.near).value, name)
    lost = [{"component": u.component, "where": u.where, "why": u.why} for u in found.unsupported]
    if not found.streams:
        told = "; ".join(f"{u['component']} at {u['where']}" for u in lost[:5])
        raise Invalid(f"none of the manifest's streams can be taken over: {told}", hint="Write the rest as hooks.py.")
    return Drafted(
        {"connector.yaml": dump(dict(found.manifest))}, {"streams": list(found.streams), "unsupported": lost}
    )


@contextmanager
def _reach(ground: Ground) -> Iterator[Reach]:
    """What a draft may reach, also where there is no mesh yet."""
    root = (ground.folder or Path.cwd()).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        yield Reach(open_vault(root), root, Path(scratch), SystemClock(), Quiet())


def _check(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise Invalid(f"'{name}' is no name of a connector", hint="Letters, digits, _ and -, a letter first: shop.")


def drafted(found: Recognised) -> Drafted:
    """The files and the report of what was recognised.

    Raises:
        Invalid: there is no stream in it.
    """
    told = report(found)
    if not found.streams:
        reasons = "; ".join(f"{s.path}: {s.reason}" for s in found.skipped[:3])
        raise Invalid(f"'{found.name}': no list of records was found in {len(found.skipped)} operations ({reasons})")
    files = {"connector.yaml": dump(manifest(found))}
    for stream in found.streams:
        drawn = table(stream, found.shapes, found.name) or Table(
            name=stream.name,
            description=stream.description or "Its records are not described.",
            custom={"weft.stream": f"{found.name}.{stream.name}"},
        )
        files[f"drafts/{stream.name}.odcs.yaml"] = write_contract(
            Contract(
                id=f"{found.name}-{stream.name}", name=stream.name, version="0.1.0", status="draft", tables=(drawn,)
            )
        )
    files["drafts/report.json"] = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    return Drafted(files, told)
