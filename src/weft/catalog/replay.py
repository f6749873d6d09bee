"""Brings projections up to the journal's head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.catalog.known import FOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.catalog.fold import Fold
    from weft.model import Event
    from weft.seams import Projections, Unit

_PAGE = 1000
_ABSENT = object()


def behind(unit: Unit, folds: Iterable[Fold] = FOLDS) -> int:
    """How many events the projection that is furthest behind has not seen. Enough of a transaction for reading."""
    head = unit.journal.head()[0]
    return max((abs(head - unit.projections.bookmark(f.name)) for f in folds), default=0)


def catch_up(unit: Unit, folds: Iterable[Fold] = FOLDS, *, limit: int | None = None) -> int:
    """Fold what the projections have not seen yet, in this transaction for writing.

    Args:
        unit: the transaction.
        folds: which projections.
        limit: events that each of them takes at most; none = all that there are.

    Returns:
        Events folded, counted once for each fold that read them.
    """
    return sum(_catch_up(unit, fold, limit) for fold in folds)


def rebuild(unit: Unit, folds: Iterable[Fold] = FOLDS) -> int:
    """Drop the projections and fold the whole journal again; returns as `catch_up`."""
    wanted = tuple(folds)
    for fold in wanted:
        unit.projections.drop(fold.name)
    return catch_up(unit, wanted)


def _catch_up(unit: Unit, fold: Fold, limit: int | None) -> int:
    head = unit.journal.head()[0]
    mark = unit.projections.bookmark(fold.name)
    if mark > head:  # the journal is an older copy than the projection: start again
        unit.projections.drop(fold.name)
        mark = 0
    folded = 0
    while mark < head and (limit is None or folded < limit):
        page = _PAGE if limit is None else min(_PAGE, limit - folded)
        events = unit.journal.read(mark, types=fold.types, limit=page)
        folded += len(events)
        mark = events[-1].sequence if len(events) == page else head
        unit.projections.put(fold.name, _rows(unit.projections, fold, events), mark)
    return folded


def _rows(projections: Projections, fold: Fold, events: Iterable[Event]) -> dict[str, Any]:
    rows: dict[str, Any] = {}

    def get(key: str) -> Any:
        found = rows.get(key, _ABSENT)
        return projections.get(fold.name, key) if found is _ABSENT else found

    for event in events:
        rows.update(fold.apply(get, event))
    return rows
