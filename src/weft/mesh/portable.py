"""A mesh's folder may be moved or copied: publications are kept with paths relative to the tables' folder."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.model import Publication
    from weft.seams import Registry, Unit
    from weft.seams.registry import Cursors, Documents, Journal, Leases, Projections, Search, Secrets


class PortableRegistry:
    """Fulfils `seams.Registry` over another one.

    Args:
        inner: the registry.
        root: absolute path of the tables' folder, where the mesh lies now.
    """

    def __init__(self, inner: Registry, root: str) -> None:
        self._inner = inner
        self._root = root.rstrip("/") + "/"

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Unit]:
        """One transaction, as of the registry below."""
        with self._inner.transaction(write=write) as unit:
            yield _PortableUnit(unit, self._root)

    def close(self) -> None:
        """Release what is held."""
        self._inner.close()


class _PortableUnit:
    """Everything as of the unit below, but publications."""

    def __init__(self, unit: Unit, root: str) -> None:
        self._unit = unit
        self.publications = _PortablePublications(unit, root)

    @property
    def documents(self) -> Documents:
        return self._unit.documents

    @property
    def journal(self) -> Journal:
        return self._unit.journal

    @property
    def cursors(self) -> Cursors:
        return self._unit.cursors

    @property
    def leases(self) -> Leases:
        return self._unit.leases

    @property
    def projections(self) -> Projections:
        return self._unit.projections

    @property
    def search(self) -> Search:
        return self._unit.search

    @property
    def secrets(self) -> Secrets:
        return self._unit.secrets


class _PortablePublications:
    """Fulfils `seams.Publications`: absolute paths outside, relative ones inside."""

    def __init__(self, unit: Unit, root: str) -> None:
        self._unit, self._root = unit, root

    def get(self, table: str) -> Publication | None:
        return self._found(self._unit.publications.get(table))

    def held(self, table: str) -> Publication | None:
        return self._found(self._unit.publications.held(table))

    def all(self) -> tuple[Publication, ...]:
        return tuple(_with_paths(p, self._absolute) for p in self._unit.publications.all())

    def put(self, publication: Publication) -> None:
        self._unit.publications.put(_with_paths(publication, lambda path: path.removeprefix(self._root)))

    def drop(self, table: str, *, held: bool = False) -> None:
        self._unit.publications.drop(table, held=held)

    def _found(self, publication: Publication | None) -> Publication | None:
        return _with_paths(publication, self._absolute) if publication else None

    def _absolute(self, path: str) -> str:
        return path if "://" in path or PurePath(path).is_absolute() else self._root + path


def _with_paths(publication: Publication, change: Callable[[str], str]) -> Publication:
    seen = publication.relation
    paths = {"files": tuple(map(change, seen.files)), "log": tuple(map(change, seen.log))}
    return publication.model_copy(update={"relation": seen.model_copy(update=paths)})
