"""One store out of those of the domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from weft.mesh.storage import Storages
    from weft.model import Column, Commit, Place, Snapshot
    from weft.stores.delta import DeltaStore


class DomainStore(Struct, frozen=True):
    """Fulfils `seams.TableStore`: each table is where its domain keeps its tables."""

    storages: Storages

    def create(self, place: Place, columns: Sequence[Column], *, quiet: Collection[str] = ()) -> Snapshot:
        """See `seams.TableStore`."""
        return self._of(place).create(place, columns, quiet=quiet)

    def snapshot(self, place: Place, version: int | None = None) -> Snapshot:
        """See `seams.TableStore`."""
        return self._of(place).snapshot(place, version)

    def evolve(self, base: Snapshot, columns: Sequence[Column]) -> Snapshot:
        """See `seams.TableStore`."""
        return self._of(base.place).evolve(base, columns)

    def staging(self, place: Place) -> str:
        """See `seams.TableStore`."""
        return self._of(place).staging(place)

    def sequence(self, base: Snapshot, app: str) -> tuple[int, str] | None:
        """See `seams.TableStore`."""
        return self._of(base.place).sequence(base, app)

    def commit(self, base: Snapshot, commit: Commit) -> Snapshot:
        """See `seams.TableStore`."""
        return self._of(base.place).commit(base, commit)

    def restore(self, base: Snapshot, version: int, run: str) -> Snapshot:
        """See `seams.TableStore`."""
        return self._of(base.place).restore(base, version, run)

    def vacuum(self, place: Place, keep_versions: Collection[int], *, older_than: float = 0.0) -> int:
        """See `seams.TableStore`."""
        return self._of(place).vacuum(place, keep_versions, older_than=older_than)

    def history(self, place: Place, limit: int = 100) -> tuple[dict[str, Any], ...]:
        """See `seams.TableStore`."""
        return self._of(place).history(place, limit)

    def places(self) -> tuple[Place, ...]:
        """See `seams.TableStore`."""
        found = {place for store in self.storages.every() for place in store.places()}
        return tuple(sorted(found, key=lambda place: place.path))

    def drop(self, place: Place) -> None:
        """See `seams.TableStore`."""
        self._of(place).drop(place)

    def _of(self, place: Place) -> DeltaStore:
        return self.storages.of(place.name.domain)
