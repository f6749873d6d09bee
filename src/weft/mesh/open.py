"""Open a mesh's folder as a World."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.connectors.known import Known
from weft.errors import Invalid
from weft.mesh.environment import laid_over
from weft.mesh.environment import state as state_of
from weft.mesh.keys import mask_key
from weft.mesh.portable import PortableRegistry
from weft.mesh.process import alive, me, private_folder
from weft.mesh.quiet import Quiet, SystemClock
from weft.model import Mesh
from weft.seams import World
from weft.spec.reading import read
from weft.spec.text import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.model import Referenced
    from weft.seams import Clock, Connectors, Progress, Registry, Vault
    from weft.vaults.embedded import Embedded

MB = 1_000_000
KNOWN = Known(load)
"""The connectors that every mesh has."""
VAULT_KEY = "vault.key"
"""Below keys/. It is in no backup: what is stolen with one then opens nothing."""
OUTLET_SECONDS = 2.0
"""How long a run waits for an endpoint of lineage that does not answer; the next run sends what was not sent."""


class Judges(Struct, frozen=True):
    """What judging documents needs: no registry, no store."""

    connectors: Connectors
    inspect: Callable[[str], Referenced]


def judges() -> Judges:
    """The connector kinds and the engine's parser."""

    def inspect(sql: str) -> Referenced:
        from weft.engines.duck.judge import inspect as judge

        return judge(sql)

    return Judges(KNOWN, inspect)


def read_mesh(folder: Path) -> Mesh:
    """The settings in mesh.yaml, and those of the chosen environment over them.

    Raises:
        Invalid: a file is missing or has problems.
    """
    path = folder / "mesh.yaml"
    if not path.is_file():
        raise Invalid(f"there is no mesh.yaml in '{folder}'", hint="`weft init DIR` makes a small mesh to start from.")
    reading = read("mesh.yaml", path.read_bytes())
    if not isinstance(reading.noun, Mesh):
        raise Invalid(
            "mesh.yaml has problems", problems=reading.problems, hint="Mend them; `weft check` lists them too."
        )
    return laid_over(reading.noun, folder)


def open_world(
    folder: Path | str, *, user: str = "", progress: Progress | None = None, clock: Clock | None = None
) -> World:
    """Open a mesh; close it when done. Embedded state is made below `.weft` when it is missing.

    Args:
        folder: the one with mesh.yaml.
        user: id for events; default: the environment's WEFT_USER, else this machine's user.
        progress: shown while working; default: none.
        clock: default: the system's.

    Raises:
        Invalid: mesh.yaml is missing or wrong, or the registry is of a newer version.
    """
    from weft.engines.duck.engine import DuckEngine
    from weft.engines.duck.fetched import Fetched
    from weft.engines.duck.remote import RemoteEngine
    from weft.mesh.domains import DomainStore
    from weft.mesh.storage import Storages
    from weft.notifiers.lineage import outlet
    from weft.notifiers.log import Log

    root = Path(folder).resolve()
    mesh = read_mesh(root)
    state = state_of(root)
    scratch = _scratch(root, state)
    clock, user = clock or SystemClock(), user or os.environ.get("WEFT_USER") or getpass.getuser()
    kept, safe, vault = _kept(mesh, root, clock, user)
    storages = Storages(root, state / "staged", (mesh.storage, mesh.storage_options), vault)
    registry = PortableRegistry(kept, storages.default)
    storages.bind(registry)
    fetched = Fetched(state / "fetched", scratch / "fetched", mesh.engine.fetched * MB, storages.fetch)
    storages.hand_on = fetched.keep
    return World(
        folder=root,
        mesh=mesh,
        registry=registry,
        store=DomainStore(storages),
        engine=RemoteEngine(DuckEngine(mesh.engine, scratch, state / "kept"), fetched),
        connectors=KNOWN,
        vault=vault,
        safe=safe,
        notifier=Log(root, clock),
        clock=clock,
        progress=progress or Quiet(),
        mask_key=mask_key(state / "keys" / "mask.key"),
        scratch=scratch,
        user=user,
        owner=me(),
        alive=alive,
        outlet=outlet(mesh.lineage, root, OUTLET_SECONDS) if mesh.lineage else None,
    )


def _kept(mesh: Mesh, root: Path, clock: Clock, user: str) -> tuple[Registry, Embedded, Vault]:
    """The registry, what of it is the mesh's own vault, and with that all that references lead to."""
    from weft.mesh.registry import opened
    from weft.vaults.embedded import Embedded
    from weft.vaults.keys import Keys
    from weft.vaults.turn import Turns
    from weft.vaults.vault import open_vault

    kept = opened(mesh, root, open_vault(root))
    keys = Keys(state_of(root) / "keys" / VAULT_KEY)
    safe = Embedded(kept, keys, mesh.name, clock, user, Turns(kept, me(), alive))
    return kept, safe, open_vault(root, safe)


def _scratch(root: Path, state: Path) -> Path:
    for place in (root / ".weft", state, state / "scratch"):
        place.mkdir(mode=0o700, exist_ok=True)
    return private_folder(state / "scratch")
