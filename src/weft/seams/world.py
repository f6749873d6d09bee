"""Everything outside, opened: what a flow works with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weft.model import Mesh
    from weft.seams.connector import Connectors
    from weft.seams.engine import Engine
    from weft.seams.outside import Clock, Notifier, Outlet, Progress, Safe, Vault
    from weft.seams.registry import Registry
    from weft.seams.store import TableStore


class World(Struct, frozen=True):
    """An open mesh. Built by `weft.mesh.open_world`; close it when done."""

    folder: Path
    """The mesh's folder; `.weft` lies in it."""
    mesh: Mesh
    registry: Registry
    store: TableStore
    engine: Engine
    connectors: Connectors
    vault: Vault
    safe: Safe
    notifier: Notifier
    clock: Clock
    progress: Progress
    mask_key: bytes
    """Key of the mesh for hashed columns; 32 bytes, never shown."""
    scratch: Path
    """Private temporary folder."""
    user: str
    """Who acts when nobody is named: an id for events."""
    owner: str
    """This process, as a holder of leases."""
    alive: Callable[[str], bool]
    """Whether the process of that holder may still run; False only when it is known to be dead."""
    outlet: Outlet | None = None
    """Where runs are told as OpenLineage events; none = nowhere."""
    memo: dict[str, Any] = field(default_factory=dict)
    """What flows computed from documents, by name and revision; forgotten with the process."""

    def close(self) -> None:
        """Close the engine, then the registry; the temporary folder goes."""
        self.engine.close()
        self.registry.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
