"""A mesh's state saved while it is in use, and brought back.

The registry is saved first, then the tables as of one version each, then the cursors that came meanwhile: so the
tables are never behind what is published, and every commit in them has its cursor. What is restored is in the state
of a mesh whose process died after a commit, which the next run makes up for; nothing is read twice.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict

from weft.errors import Invalid, Unavailable
from weft.mesh import elsewhere
from weft.mesh.environment import state as state_of
from weft.mesh.open import VAULT_KEY, open_world, read_mesh
from weft.mesh.process import alive
from weft.mesh.registry import place_of
from weft.registries import move as registries
from weft.registries.save import add_cursors, save
from weft.seams.failpoint import failpoint
from weft.stores import copies
from weft.stores.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import World

MANIFEST, REGISTRY = "backup.json", "registry.db"
FORMAT = 1


class Backup(Struct, frozen=True):
    """What was saved, or brought back."""

    at: str
    events: int
    tables: dict[str, int]
    """Version by path of the table."""
    bytes: int
    elsewhere: tuple[str, ...]
    """Buckets, and folders of domains, whose tables are not in it."""
    copied: dict[str, dict[str, int]] = field(default_factory=dict)
    """Tables of such places that are in it: version by path, by address."""
    secrets: int = 0
    """Of the vault, in cipher."""
    aside: str = ""
    """Where the state lies now that was there before."""
    left: tuple[str, ...] = ()
    """Tables elsewhere of which another state was there: they are as they were."""


def backup(folder: Path, into: Path, *, everywhere: bool = False) -> Backup:
    """Save the state of a mesh into a folder, which is empty or holds an earlier backup of it.

    Args:
        folder: of the mesh.
        into: the backup.
        everywhere: tables that lie in buckets, or in a domain's own folder, are copied as well.

    Raises:
        Invalid: the folder holds something else.
        Broken: the journal is not as it was written.
    """
    root, into = folder.resolve(), into.resolve()
    _mine(into, root)
    (into / MANIFEST).unlink(missing_ok=True)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    (into / ".weft-backup").touch(mode=0o600)
    world = open_world(root)
    try:
        source = place_of(world.mesh, root, world.vault)
        events = save(source, into / REGISTRY)
        failpoint("backup.registry")
        _documents(world, into / "documents")
        tables, size = _tables(world, into / "tables")
        others = elsewhere.grounds(world, "" if "://" in world.mesh.storage else str(root / world.mesh.storage))
        copied, more = elsewhere.save(world, others, into / "elsewhere") if everywhere else ({}, 0)
        failpoint("backup.tables")
        add_cursors(source, into / REGISTRY)
        _copy_tree(state_of(root) / "keys", into / "keys", spared=VAULT_KEY)
        left = tuple(sorted(others.keys() - copied.keys()))
        with world.registry.transaction() as unit:
            sealed = len(unit.secrets.all())
        told = Backup(_now(world), events, tables, size + more, left, copied, secrets=sealed)
    finally:
        world.close()
    _write_manifest(into, told)
    return told


def restore(source: Path, folder: Path, *, replace: bool = False) -> Backup:
    """Bring a mesh's state back into a folder; where there is no mesh.yaml the documents are written too.

    Args:
        source: a backup.
        folder: of the mesh.
        replace: state that is there is moved aside; else it is refused.

    Raises:
        Invalid: no whole backup, or state is there.
    """
    source, root = source.resolve(), folder.resolve()
    told = _manifest(source)
    root.mkdir(parents=True, exist_ok=True)
    if not (root / "mesh.yaml").is_file():
        _copy_tree(source / "documents", root)
    mesh, state = read_mesh(root), state_of(root)
    if "://" in mesh.storage and told["tables"]:
        raise Invalid(
            f"the backup holds tables that lay in a folder, but mesh.yaml keeps them in {mesh.storage}",
            hint="Restore with the mesh.yaml of the backup, or copy them there by other means.",
        )
    aside = _set_aside(root, state, "" if "://" in mesh.storage else mesh.storage, replace=replace)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_tree(source / "keys", state / "keys")
    if aside and (own := aside / state.name / "keys" / VAULT_KEY).is_file():
        shutil.copy2(own, state / "keys" / VAULT_KEY)  # no backup holds it: that of the mesh that was here still opens
    if "://" not in mesh.storage:
        _copy_tree(source / "tables", root / mesh.storage)
    failpoint("restore.tables")
    _registry(root, source)
    found = {name: told[name] for name in ("at", "events", "tables", "bytes")} | {
        "copied": told.get("copied", {}),
        "secrets": told.get("secrets", 0),
    }
    left = _elsewhere(root, source, found["copied"])
    return Backup(**found, elsewhere=tuple(told["elsewhere"]), aside=str(aside or ""), left=left)


def _elsewhere(root: Path, source: Path, copied: dict[str, dict[str, int]]) -> tuple[str, ...]:
    if not copied:
        return ()
    world = open_world(root)
    try:
        return elsewhere.bring_back(world, copied, source / "elsewhere")
    except Unavailable as error:
        again = "Mend that, then restore again with --replace: what was brought back already stays."
        raise Unavailable(f"not all tables were brought back: {error.message}", hint=again) from None
    finally:
        world.close()


def _registry(root: Path, source: Path) -> None:
    """The registry comes last: until then there is nothing that could run."""
    from weft.vaults.vault import open_vault

    mesh = read_mesh(root)
    saved = state_of(root) / "restoring.db"
    shutil.copyfile(source / REGISTRY, saved)
    saved.chmod(0o600)
    try:
        target = place_of(mesh, root, open_vault(root))
        registries.move(registries.Place(f"sqlite:///{saved}"), target, alive=alive)
    finally:
        for path in saved.parent.glob(f"{saved.name}*"):
            path.unlink()


def _mine(into: Path, root: Path) -> None:
    if into.is_relative_to(root / ".weft") or root.is_relative_to(into):
        raise Invalid("a backup cannot lie in what it saves", hint="Name a folder outside the mesh's.")
    if into.is_dir() and any(into.iterdir()) and not (into / ".weft-backup").is_file():
        raise Invalid(f"'{into.name}' is not empty and is no backup", hint="Name an empty folder.")


def _documents(world: World, into: Path) -> None:
    shutil.rmtree(into, ignore_errors=True)
    with world.registry.transaction() as unit:
        found = {d.path: d.content for d in unit.documents.all()}
    found["mesh.yaml"] = (world.folder / "mesh.yaml").read_bytes()
    for name, content in found.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _tables(world: World, into: Path) -> tuple[dict[str, int], int]:
    if "://" in world.mesh.storage:
        return {}, 0
    disk = Disk(str(world.folder / world.mesh.storage))
    found = copies.versions(disk)
    failpoint("backup.versions")
    world.progress.start("tables", len(found))
    size = 0
    for place, newest in found.items():
        size += copies.copy(disk, place, newest, into)
        world.progress.step("tables", 1, place)
    world.progress.done("tables")
    for gone in (p.parent for p in into.rglob("_delta_log") if p.parent.relative_to(into).as_posix() not in found):
        shutil.rmtree(gone)
    return found, size


def _now(world: World) -> str:
    from weft.flow import base

    return base.now(world)


def _set_aside(root: Path, state: Path, storage: str, *, replace: bool) -> Path | None:
    """Move what is there out of the way, into a folder beside."""
    there = [path for path in (state, *([root / storage] if storage else [])) if path.exists() and any(path.iterdir())]
    there = [path for path in there if not any(path.is_relative_to(other) for other in there if other != path)]
    if not there:
        return None
    if not replace:
        raise Invalid(
            "the mesh's folder has state of its own (.weft)",
            hint="Restore into another folder, or say --replace: what is there is moved aside, not deleted.",
        )
    number = 1
    while (aside := root / f".weft-before-{number}").exists():
        number += 1
    aside.mkdir(mode=0o700)
    for path in there:
        path.rename(aside / path.name)
    return aside


def _manifest(source: Path) -> dict[str, Any]:
    path = source / MANIFEST
    if not path.is_file():
        raise Invalid(f"'{source.name}' is no whole backup: it has no {MANIFEST}", hint="Name the folder of one.")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if found.get("format") != FORMAT:
        raise Invalid(f"the backup is of format {found.get('format')}, known is {FORMAT}", hint="Use a newer weft.")
    if found["sha256"] != _digest(source / REGISTRY):
        raise Invalid("the backup's registry is not the one that was saved", hint="Use another backup.")
    return found


def _write_manifest(into: Path, told: Backup) -> None:
    found = {"format": FORMAT, "weft": version("weft"), **asdict(told), "sha256": _digest(into / REGISTRY)}
    half = into / f".{MANIFEST}.tmp"
    half.write_text(json.dumps(found, indent=1), "utf-8")
    half.replace(into / MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_tree(source: Path, target: Path, *, spared: str = "") -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(spared) if spared else None)
