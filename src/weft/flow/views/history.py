"""What became of a product: its documents as they were applied, and what happened to it and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.views.events import EventItem, shown
from weft.flow.views.parts import Who, who
from weft.flow.views.product import find
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.flow.views.viewer import Sight
    from weft.model import DataProduct
    from weft.seams import World

EVENTS = 100
_TOLD = (
    "document.applied",
    "document.retired",
    "table.deprecated",
    "table.retired",
    "table.evolved",
    "table.restored",
    "drift.found",
    "source.vanished",
    "quarantine.replayed",
    "publication.published",
    "publication.held",
    "publication.forced",
    "publication.discarded",
    "incident.raised",
    "repair.mended",
)
"""What a history tells; runs and reads have pages of their own."""


class Revision(Noun):
    """A document as it was applied."""

    path: str
    kind: str = ""
    revision: int
    at: str
    by: Who
    retired: bool = False


class HistoryView(Noun):
    """The past of a product, newest first."""

    product: str
    revisions: tuple[Revision, ...] = ()
    events: tuple[EventItem, ...] = ()
    """The last 100 of what happened to the product and its tables."""
    behind: int = 0


def history(world: World, viewer: Viewer, name: str) -> HistoryView:
    """The past of a product by `domain.product`.

    Raises:
        Unknown: there is no such product.
    """
    with looking(world, viewer) as sight:
        found = find(sight.known, name)
        revisions = sorted(_revisions(sight, found), key=lambda one: (one.at, one.path, one.revision), reverse=True)
        return HistoryView(product=name, revisions=tuple(revisions), events=_events(sight, found), behind=sight.behind)


def _revisions(sight: Sight, found: DataProduct) -> Iterator[Revision]:
    folder = f"domains/{found.domain}/{found.name}/"
    for document in sight.unit.documents.all():
        if document.path.startswith(folder):
            for revision, at, actor, content in sight.unit.documents.history(document.path):
                yield Revision(
                    path=document.path,
                    kind=document.kind,
                    revision=revision,
                    at=at,
                    by=who(sight.known, actor),
                    retired=content is None,
                )


def _events(sight: Sight, found: DataProduct) -> tuple[EventItem, ...]:
    subjects = (str(found), *(placed.name.key for placed in sight.tables(found)))
    read = sight.unit.journal.read
    events = [e for subject in subjects for e in read(types=_TOLD, subject=subject, limit=EVENTS, newest=True)]
    newest = sorted(events, key=lambda event: -event.sequence)[:EVENTS]
    return tuple(item for event in newest if (item := shown(sight, event)) is not None)
