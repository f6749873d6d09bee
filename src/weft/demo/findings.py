"""What a run found in the silos, sorted for people: from its results, the journal and the sources themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.model import Declared, Finding, Run, TableResult
    from weft.seams import World

KINDS = ("failed", "quarantined", "repeated", "unmatched", "late", "silent", "drifted", "held", "unclaimed")
"""In the order in which they are told."""

_BY_DIMENSION = {"consistency": "unmatched", "timeliness": "late", "coverage": "silent", "uniqueness": "repeated"}
"""A rule's dimension of quality tells what its failure is called."""


class Found(Struct, frozen=True):
    """One thing that was found."""

    kind: str
    """One of KINDS."""
    about: str
    """`domain.product.table`, or `domain.source.stream`."""
    text: str
    amount: int = 0
    """Rows, or what the rule counts; 0 where there is nothing to count."""


def findings(world: World, known: Declared, runs: Sequence[Run]) -> tuple[Found, ...]:
    """Everything that was found, the kinds in their order, the largest amount first."""
    found = [f for one in runs for result in one.tables for f in _of_table(known, result)]
    found += [*_drifted(world), *_repeated(world, known, runs), *_unclaimed(world, known)]
    return tuple(sorted(found, key=lambda f: (KINDS.index(f.kind), -f.amount, f.about)))


def _of_table(known: Declared, result: TableResult) -> Iterator[Found]:
    name = str(result.table)
    if result.state == "failed":
        yield Found("failed", name, result.error.partition("\n")[0])
    if result.quarantined:
        why = ", ".join(f"{rule} {rows:,}" for rule, rows in sorted(result.by_reason.items()))
        yield Found("quarantined", name, why, result.quarantined)
    for finding in result.findings:
        if not finding.passed:
            yield _broken(known, finding, held=result.state == "held")


def _broken(known: Declared, finding: Finding, *, held: bool) -> Found:
    rule = next(r for r in known.tables[finding.table.key].table.rules if r.name == finding.rule)
    text = f'rule "{rule.name}"'
    amount = int(finding.found or 0)
    if held and finding.severity == "error":
        return Found("held", str(finding.table), f"{text}; readers keep what they had", amount)
    return Found(_BY_DIMENSION.get(rule.dimension, "unmatched"), str(finding.table), text, amount)


def _drifted(world: World) -> Iterator[Found]:
    with world.registry.transaction() as unit:
        events = list(unit.journal.read(types=("drift.found",)))
    for event in events:
        news = (text.partition(",")[0].removeprefix("column ") for text in event.data["found"])
        yield Found("drifted", event.subject.partition("@")[0], "; ".join(news))


def _repeated(world: World, known: Declared, runs: Sequence[Run]) -> Iterator[Found]:
    """Rows of a table with a key that came more than once."""
    with world.registry.transaction() as unit:
        published = {p.table.key: p.relation.rows for p in unit.publications.all() if not p.held}
    for result in (result for one in runs for result in one.tables):
        key = result.table.key
        more = result.rows - published.get(key, result.rows)
        if more > 0 and known.tables[key].table.primary_key:
            yield Found("repeated", str(result.table), "came again; the newest row of a key counts", more)


def _unclaimed(world: World, known: Declared) -> Iterator[Found]:
    """Streams that no product reads and that hold something."""
    from weft.flow.discover import look
    from weft.flow.views.dark import Wanted, dark
    from weft.flow.views.viewer import Viewer

    look(world, known)
    for item in dark(world, Viewer(actor=world.user), Wanted(kind="stream", limit=500)).items:
        if item.rows != 0 and item.columns:
            yield Found("unclaimed", item.subject.partition(":")[2], "no product reads it, nobody answers for it")
