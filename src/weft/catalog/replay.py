"""Brings projections up to the journal's head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.catalog.known import FOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.catalog.fold import Fold
    from weft.model import Event
    from weft.seams import Projections, Unit

_PAGE = 5_000
"""Events read at a time; each row that they change is written once."""


def behind(unit: Unit, folds: Iterable[Fold] = FOLDS) -> int:
    """How many events the projection that is furthest behind has not seen. Enough of a transaction for reading."""
    head = unit.journal.head()[0]
    return max((abs(head - unit.projections.bookmark(f.name)) for f in folds), default=0)


def catch_up(unit: Unit, folds: Iterable[Fold] = FOLDS, *, limit: int | None = None) -> int:
    """Fold what the projections have not seen yet, in this transaction for writing.

    Args:
        unit: the transaction.
        folds: which projections; they read the journal together.
        limit: events of the journal that are looked at, at most; none = all that there are.

    Returns:
        Events folded, counted once for each fold that read them.
    """
    head = unit.journal.head()[0]
    marks = {fold: _mark(unit, fold, head) for fold in folds}
    types = {fold: frozenset(fold.types) for fold in marks}
    left = head if limit is None else limit
    folded = 0
    while (start := min(marks.values(), default=head)) < head and left > 0:
        events = unit.journal.read(start, limit=min(_PAGE, left))
        end = events[-1].sequence if events else head
        kinds = [e.type for e in events]
        for fold, mark in marks.items():
            if mark < end:
                fresh = [e for e, kind in zip(events, kinds, strict=True) if kind in types[fold] and e.sequence > mark]
                unit.projections.put(fold.name, _rows(unit.projections, fold, fresh), end)
                folded, marks[fold] = folded + len(fresh), end
        left -= len(events)
    return folded


def rebuild(unit: Unit, folds: Iterable[Fold] = FOLDS) -> int:
    """Drop the projections and fold the whole journal again; returns as `catch_up`."""
    wanted = tuple(folds)
    for fold in wanted:
        unit.projections.drop(fold.name)
    return catch_up(unit, wanted)


def _mark(unit: Unit, fold: Fold, head: int) -> int:
    mark = unit.projections.bookmark(fold.name)
    if mark > head:  # the journal is an older copy than the projection: start again
        unit.projections.drop(fold.name)
        return 0
    return mark


def _rows(projections: Projections, fold: Fold, events: Sequence[Event]) -> dict[str, Any]:
    """Rows that those events set."""
    before = projections.some(fold.name, {key for event in events for key in fold.reads(event)})
    rows: dict[str, Any] = {}

    def get(key: str) -> Any:
        if key in rows:
            return rows[key]
        if key not in before:
            before[key] = projections.get(fold.name, key)
        return before[key]

    for event in events:
        rows.update(fold.apply(get, event))
    return rows
