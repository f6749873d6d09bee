"""What changed in a source's columns since the last batch, and what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from weft.contracts.column_types import parse
from weft.contracts.compile import match
from weft.contracts.nested import reachable
from weft.contracts.shape import check_shape, outputs_of
from weft.model import HIDDEN, RowCheck
from weft.model.noun import Noun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.model import Column, Placed, Property

Verdict = Literal["go", "quarantine", "refuse"]
_GROUPS = {
    "integer": "number", "big": "number", "decimal": "number", "float": "number",
    "text": "text", "json": "text", "label": "text",
    "date": "moment", "timestamp": "moment", "instant": "moment",
}  # fmt: skip
"""Families that one and the same column may be read as from one batch to the next."""


class Drift(Noun):
    """How a batch's columns differ from what the contract and the batches before it had."""

    new: tuple[str, ...] = ()
    """Columns that no batch before had and that the contract does not take."""
    missing: tuple[str, ...] = ()
    """Properties for which the source has no column any more, and columns that the shape's SQL misses."""
    retyped: tuple[str, ...] = ()
    """Columns that the contract takes and whose type is another one than before, or never fits."""
    news: tuple[str, ...] = ()
    """One sentence for each, for people."""
    verdict: Verdict = "go"
    """go: land the batch; quarantine: land it with `checks`, so that all its rows go there; refuse: write nothing."""
    checks: tuple[RowCheck, ...] = ()
    """To be added to the row checks; not empty when the verdict is quarantine."""
    columns: dict[str, str] = {}
    """What to compare the next batch with, once this one is committed: type by name. All columns that ever were, so
    that one that comes and goes is new once; after quarantine those from before it, so that it lasts until mended."""


def drift(placed: Placed, seen: Sequence[Column], known: Mapping[str, str]) -> Drift:
    """Compare a batch's columns with the contract and with those of the batches before it.

    What the contract says in `weft.drift` decides: `evolve` (default) ignores new columns, reads a missing optional
    one as NULL and a retyped one by its values, and tells; `quarantine` sends all rows of such a batch there; `freeze`
    refuses it. A missing column that the contract requires refuses the batch, except under `quarantine`.
    Case and order of names are no drift, nor is what readings of a JSON file differ in (BIGINT, DOUBLE, no value).

    Args:
        placed: the table and how its rows are made.
        seen: columns of the batch as they come.
        known: `Drift.columns` of the last committed batch; empty before the first one, when nothing can be new.
    """
    there = {_plain(c.name): c for c in seen if not c.name.startswith(HIDDEN)}
    before = {_plain(name): kind for name, kind in known.items() if not name.startswith(HIDDEN)}
    took = _taken(placed, list(there.values()))
    new = [c.name for key, c in there.items() if before and key not in before and key not in took.values()]
    gone = [p for p in placed.table.properties if p.name not in took]
    fresh = [p for p in gone if not before or {_plain(p.source_name), _plain(p.name)} & before.keys()]
    fatal = [p for p in gone if p.required or p.key]
    lost = _lost(placed, there)
    retyped = {**_changed(took, there, before), **_unfit(placed, took, there)}
    told = [p for p in gone if p in fatal or p in fresh]
    news = (
        *(f"column '{name}' is new, and the contract does not take it" for name in new),
        *(f"column '{p.source_name}' is missing, {_so(p)}" for p in told),
        *(f"column '{name}', which the table's SQL reads, is missing" for name in lost),
        *retyped.values(),
    )
    verdict = _verdict(placed.table.drift, changed=bool(news), fatal=bool(fatal), lost=bool(lost))
    lacking = {n for p in gone for n in (_plain(p.source_name), _plain(p.name))}  # told now, and not again
    left = {name: kind for name, kind in known.items() if _plain(name) not in lacking}
    kept = dict(known) if verdict == "quarantine" and known else {**left, **{c.name: c.type for c in there.values()}}
    return Drift(
        new=tuple(new),
        missing=(*(p.name for p in told), *lost),
        retyped=tuple(retyped),
        news=news,
        verdict=verdict,
        checks=(_every_row(news),) if verdict == "quarantine" else (),
        columns=kept,
    )


def _every_row(news: Sequence[str]) -> RowCheck:
    return RowCheck(rule="drift", condition="TRUE", text=f"the columns as they were: {'; '.join(news)}")


def _verdict(mode: str, *, changed: bool, fatal: bool, lost: bool) -> Verdict:
    # The SQL cannot run without its columns: there are no rows to quarantine.
    if lost or (mode == "freeze" and changed):
        return "refuse"
    if mode == "quarantine":
        return "quarantine" if changed else "go"
    return "refuse" if fatal else "go"


def _plain(name: str) -> str:
    return name.strip().lower()


def _so(prop: Property) -> str:
    if prop.key:
        return f"and '{prop.name}' is part of the primary key"
    return f"and '{prop.name}' is required" if prop.required else f"'{prop.name}' is NULL"


def _taken(placed: Placed, seen: Sequence[Column]) -> dict[str, str]:
    """Source column (lower case) of every property that has one; empty text when SQL computes it."""
    names = [(c.name, parse(c.type)) for c in seen]
    if placed.shape.kind == "shape":
        outputs = {
            _plain(o.name): _plain(o.column) for o in outputs_of(check_shape(placed.shape.sql), [c.name for c in seen])
        }
        # As when compiled: SQL gives a column by its name, or passes it on under the source's.
        named = [(p.name, n) for p in placed.table.properties for n in (_plain(p.source_name), _plain(p.name))]
        return {name: outputs[n] for name, n in named if n in outputs}
    found = {p.name: match([p.source_name, p.name], names) for p in placed.table.properties}
    return {name: _plain(names[hit[0]][0]) for name, hit in found.items() if hit}


def _lost(placed: Placed, there: Mapping[str, Column]) -> tuple[str, ...]:
    if placed.shape.kind != "shape":
        return ()
    shape = check_shape(placed.shape.sql)
    # An alias of the projection may be named again in it and in WHERE.
    own = {_plain(o.name) for o in shape.outputs if not o.column}
    return tuple(name for name in shape.reads if name not in there and name not in own)


def _changed(took: Mapping[str, str], there: Mapping[str, Column], before: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for column in dict.fromkeys(c for c in took.values() if c in before):
        was, now = parse(before[column]), parse(there[column].type)
        silent = "null" in (was.family, now.family)
        if not silent and _GROUPS.get(was.family, was.family) != _GROUPS.get(now.family, now.family):
            name = there[column].name
            found[name] = f"column '{name}' was {was.text} and is {now.text}"
    return found


def _unfit(placed: Placed, took: Mapping[str, str], there: Mapping[str, Column]) -> dict[str, str]:
    found = {}
    for prop in placed.table.properties:
        column = there.get(took.get(prop.name, ""))
        if column is not None and not reachable(parse(column.type), prop):
            found[column.name] = f"column '{column.name}' is {column.type}, which is never the contract's {prop.type}"
    return found
