"""Where the tables of each domain lie: the mesh's storage, or the domain's own."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from weft.errors import Invalid
from weft.mesh.environment import environment
from weft.model import Domain
from weft.spec.reading import read
from weft.stores.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from weft.model import StorageOptions
    from weft.seams import Registry, Vault
    from weft.stores.bucket import Bucket
    from weft.stores.delta import DeltaStore

Where = tuple[str, "StorageOptions"]
SCHEMES = ("s3", "az")


class Storages:
    """The stores of a mesh, opened when they are first needed.

    Args:
        root: the mesh's folder.
        local: folder for staging.
        mesh: where tables lie when their domain does not say.
        vault: knows the credentials.
    """

    def __init__(self, root: Path, local: Path, mesh: Where, vault: Vault) -> None:
        self._root, self._local, self._mesh, self._vault = root, local, mesh, vault
        self._lock = threading.Lock()
        self._stores: dict[Where, DeltaStore] = {}
        self._buckets: dict[str, Bucket] = {}
        self._domains: tuple[int, dict[str, Where]] = (-1, {})
        self._registry: Registry | None = None
        self.hand_on: Callable[[str, Path], None] = lambda _url, _path: None
        """Is given the URL of each committed data file of a bucket, and the local file that was uploaded."""

    def bind(self, registry: Registry) -> None:
        """The registry whose documents say where domains keep their tables."""
        self._registry = registry

    @property
    def default(self) -> str:
        """Root of what is not said otherwise: an absolute path or a URL."""
        storage, options = self._mesh
        if scheme := _scheme(storage):
            options.told(scheme, str)  # an option that such a store does not have is told at once
        # Without opening it: many commands touch no table, and importing what does takes a fifth of a second; and the
        # secret that a bucket needs may not be stored yet.
        return storage.rstrip("/") if scheme else Disk(str(self._root / storage)).root

    def of(self, domain: str) -> DeltaStore:
        """The store of a domain."""
        return self.open(self._said().get(domain, self._mesh))

    def every(self) -> tuple[DeltaStore, ...]:
        """All stores that are in use."""
        found = [self.open(where) for where in (self._mesh, *self._said().values())]
        return tuple({store.ground.root: store for store in found}.values())

    def fetch(self, url: str, into: Path) -> None:
        """Bring the object of a URL here; see `Bucket.fetch`."""
        self.every()
        for root, bucket in self._buckets.items():
            if url.startswith(f"{root}/"):
                bucket.fetch(url, into)
                return
        raise FileNotFoundError(url)

    def open(self, where: Where) -> DeltaStore:
        """The store there."""
        with self._lock:
            if where not in self._stores:
                self._stores[where] = self._opened(*where)
            return self._stores[where]

    def _opened(self, storage: str, options: StorageOptions) -> DeltaStore:
        from weft.stores.bucket import Bucket
        from weft.stores.delta import DeltaStore

        scheme = _scheme(storage)
        if not scheme:
            return DeltaStore(str(self._root / storage))
        url = storage.rstrip("/")
        local = self._local / hashlib.sha256(url.encode()).hexdigest()[:16]
        local.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = options.told(scheme, self._vault.get)
        if scheme == "s3":
            told["aws_conditional_put"] = "etag"
        bucket = Bucket(url, told, local, self._handed_on)
        self._buckets[bucket.root] = bucket
        return DeltaStore(bucket)

    def _handed_on(self, url: str, path: Path) -> None:
        self.hand_on(url, path)

    def _said(self) -> Mapping[str, Where]:
        """Domains that keep their tables in a place of their own, as of the applied documents."""
        if self._registry is None or environment():  # another environment never writes where the real tables lie
            return {}
        with self._registry.transaction() as unit:
            revision = unit.documents.revision()
            if revision != self._domains[0]:
                readings = [read(d.path, d.content) for d in unit.documents.all() if d.kind == "Domain"]
                nouns = [r.noun for r in readings if isinstance(r.noun, Domain) and r.noun.storage]
                self._domains = (revision, {d.name: (d.storage, d.storage_options) for d in nouns})
        return self._domains[1]


def _scheme(storage: str) -> str:
    """Kind of the store that a URL names; empty for a folder.

    Raises:
        Invalid: tables cannot be kept there.
    """
    scheme, remote, _ = storage.partition("://")
    if remote and scheme not in SCHEMES:
        raise Invalid(
            f"tables cannot be kept in '{scheme}://'",
            hint="Allowed are a folder, s3://bucket/prefix and az://container/prefix.",
        )
    return scheme if remote else ""
