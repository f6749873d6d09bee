"""Small meshes for walks: YAML in, text out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from weft.flow.apply import apply
from weft.flow.plan import plan
from weft.mesh import judges, open_world

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

BASE = {
    "mesh.yaml": """
        apiVersion: weft/v1
        kind: Mesh
        name: test
        stance: open
        purposes: [reporting, support]
        """,
    "people/ada.yaml": "{apiVersion: weft/v1, kind: Person, id: ada@x.example, name: Ada}",
    "people/bo.yaml": "{apiVersion: weft/v1, kind: Person, id: bo@x.example, name: Bo}",
    "domains/d/domain.yaml": """
        apiVersion: weft/v1
        kind: Domain
        name: d
        owner: ada@x.example
        stewards: [ada@x.example]
        """,
    "domains/e/domain.yaml": """
        apiVersion: weft/v1
        kind: Domain
        name: e
        owner: bo@x.example
        """,
}
ADA, BO = "ada@x.example", "bo@x.example"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write documents and data, dedented."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))


def product(name: str, contract: str, *, reads: tuple[str, ...] = (), domain: str = "d") -> dict[str, str]:
    """A product of one contract; `contract` is the text of its `schema` and what follows, one level in."""
    ports = "".join(f'\n  - {{name: p{i}, version: 1.0.0, contractId: "{r}"}}' for i, r in enumerate(reads))
    head = f"apiVersion: v1.0.0\nkind: DataProduct\nid: {domain}-{name}\nname: {name}\nversion: 1.0.0\nstatus: active\n"
    odps = head + (f"inputPorts:{ports}\n" if ports else "")
    odps += f"outputPorts:\n  - {{name: out, version: 1.0.0, contractId: {domain}-{name}-c}}\n"
    odcs = f"apiVersion: v3.1.0\nkind: DataContract\nid: {domain}-{name}-c\nversion: 1.0.0\nstatus: active\n"
    place = f"domains/{domain}/{name}"
    return {
        f"{place}/product.odps.yaml": odps,
        f"{place}/out.odcs.yaml": odcs + textwrap.dedent(contract).lstrip("\n"),
    }


def source(name: str, text: str, *, domain: str = "d") -> dict[str, str]:
    """A source document; `text` is everything after its name."""
    head = f"apiVersion: weft/v1\nkind: Source\nname: {name}\n"
    return {f"domains/{domain}/sources/{name}.yaml": head + textwrap.dedent(text).lstrip("\n")}


def open_mesh(folder: Path, *files: dict[str, str]) -> World:
    """Write the base and these files, apply, and give the open world."""
    merged: dict[str, str] = {}
    for some in (BASE, *files):
        merged |= some
    write(folder, merged)
    world = open_world(folder, user=ADA)
    reapply(world)
    return world


def reapply(world: World, files: dict[str, str] | None = None, *, prune: bool = False) -> int:
    """Write files and apply the folder again."""
    write(world.folder, files or {})
    return apply(world, plan(world, judges(), world.folder), prune=prune)


def rows(world: World, sql: str, actor: str = ADA, purpose: str = "") -> list[dict[str, Any]]:
    """The answer as dictionaries."""
    from weft.flow.ask import ask

    with ask(world, sql, actor, purpose).answer as answer:
        return [row for batch in answer for row in batch.to_pylist()]
