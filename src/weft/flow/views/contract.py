"""A contract: what it says, the bytes that it was written in, and what changed from version to version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.contracts import Difference
from weft.errors import Unknown, WeftError
from weft.flow.diff import diff, read
from weft.flow.views.parts import Who, who
from weft.flow.views.viewer import Viewer, looking
from weft.model import SLA, Noun, Price, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import Contract, Document
    from weft.seams import World

VERSIONS = 20
"""Revisions that are looked back at."""
KIND = "DataContract"


class Version(Noun):
    """A revision of the document."""

    revision: int
    """From 1."""
    at: str
    by: Who
    version: str = ""
    """That the contract gives itself; empty when it was retired, or could not be read."""
    retired: bool = False
    bump: str = ""
    """Which part of the version the changes raise: major, minor, patch; empty = none."""
    changes: tuple[Difference, ...] = ()
    """Against the revision before."""


class ContractView(Noun):
    """A contract and its history."""

    id: str
    version: str
    status: str
    product: str = ""
    """domain.product."""
    path: str
    """Of the document."""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tables: tuple[str, ...] = ()
    sla: tuple[SLA, ...] = ()
    roles: tuple[Role, ...] = ()
    price: Price | None = None
    team: tuple[Who, ...] = ()
    text: str
    """The document as it was written."""
    versions: tuple[Version, ...] = ()
    """The last 20 revisions, newest first."""
    behind: int = 0


def contract(world: World, viewer: Viewer, name: str) -> ContractView:
    """A contract by its id, its product (`domain.product`), or one of its tables.

    Raises:
        Unknown: there is none.
    """
    with looking(world, viewer) as sight:
        found, document = _find(sight, name)
        return ContractView(
            product=f"{found.domain}.{found.product}" if found.product else "",
            path=document.path,
            tables=tuple(t.name for t in found.tables),
            team=tuple(who(sight.known, m.username) for m in found.team),
            text=document.text,
            versions=tuple(_versions(sight, document))[::-1][:VERSIONS],
            behind=sight.behind,
            **{name: getattr(found, name) for name in _SAME},
        )


_SAME = ("id", "version", "status", "purpose", "usage", "limitations", "sla", "roles", "price")


def original(world: World, viewer: Viewer, name: str) -> bytes:
    """The bytes of a contract's document, unchanged; named as for `contract`.

    Raises:
        Unknown: there is none.
    """
    with looking(world, viewer) as sight:
        return _find(sight, name)[1].content


def _find(sight: Sight, name: str) -> tuple[Contract, Document]:
    known = sight.known
    placed = known.tables.get(name) or next((p for p in known.placed if str(p.product) == name), None)
    found = placed.contract if placed else known.contracts.get(name)
    documents = [d for d in sight.unit.documents.all() if d.kind == KIND and found and d.id == found.id]
    document = next((d for d in documents if found and _major(d, found)), None)
    if found is None or document is None:
        raise Unknown(f"there is no contract '{name}'", hint="Name its id, its product (domain.product), or a table.")
    return found, document


def _major(document: Document, wanted: Contract) -> bool:
    """Whether it is that one of several majors of a contract."""
    return wanted.position is None or wanted.position.file == document.path


def _versions(sight: Sight, document: Document) -> Iterator[Version]:
    before: Contract | None = None
    for revision, at, actor, content in sight.unit.documents.history(document.path)[-VERSIONS - 1 :]:
        after = _read(content)
        compared = diff(before, after) if before and after else None
        yield Version(
            revision=revision,
            at=at,
            by=who(sight.known, actor),
            version=after.version if after else "",
            retired=content is None,
            bump=compared.bump if compared else "",
            changes=compared.found if compared else (),
        )
        before = after or before


def _read(document: Document | None) -> Contract | None:
    """The contract of an old revision; none when this version of weft cannot read it."""
    try:
        return read(document.path, document.content) if document else None
    except WeftError:
        return None
