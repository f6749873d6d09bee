"""Judge documents before anything is applied: all problems at once, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from weft import contracts, lineage, metrics, policy, quality, spec
from weft.errors import Invalid
from weft.flow.base import declared_connectors
from weft.model import Position, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from weft.model import Declared, Document, Placed, Referenced, Source
    from weft.seams import Connectors


class Judges(Protocol):
    """What judging needs of the world: the connector kinds and the engine's parser."""

    @property
    def connectors(self) -> Connectors:
        """The known connector kinds."""

    @property
    def inspect(self) -> Callable[[str], Referenced]:
        """The engine's judge of one statement."""


def check(judges: Judges, path: Path) -> tuple[Problem, ...]:
    """All problems of a mesh's folder or of one document, in the order of files and lines.

    Raises:
        Invalid: there is no such file or folder.
    """
    if path.is_file():
        return spec.check_document(str(path), path.read_bytes())
    if not path.is_dir():
        raise Invalid(f"there is no file or folder '{path}'", hint="Name a mesh's folder or one of its documents.")
    documents, problems = spec.read_folder(path)
    if not documents and not problems:
        raise Invalid(f"'{path}' holds no document", hint="`weft init DIR` makes a small mesh to start from.")
    _, found = judge(judges, documents)
    return ordered((*problems, *found))


def judge(
    judges: Judges, documents: Sequence[Document], counts: Callable[[Problem], bool] = lambda _: True
) -> tuple[Declared | None, tuple[Problem, ...]]:
    """Resolve documents and judge them through the kinds; none instead of the mesh when it does not resolve.

    Args:
        judges: what it takes.
        documents: of a mesh, or of a part of one.
        counts: whether a problem is one; of a part, some come from what is left out.
    """
    known, resolved = spec.resolve(documents)
    problems = [p for p in resolved if counts(p)]
    if any(p.severity == "error" for p in problems):
        return None, ordered(problems)
    by_path = {d.path: d for d in documents}
    found = [*problems, *lineage.lowered(known)]
    found += _connectors(judges, known, by_path)
    found += policy.check(known, lambda document: _within(by_path, document.position), lineage.effective(known))
    for placed in known.placed:
        found += (*contracts.problems(placed.table), *quality.problems(placed.table, placed.contract))
        found += _sql(judges, placed)
    for metric in known.metrics.values():
        found += metrics.check(known, metric, _locator(by_path, metric.position), judges.inspect)
    for board in known.boards.values():
        found += metrics.check_board(known, board, _locator(by_path, board.position))
    return known, ordered([p for p in found if counts(p)])


def ordered(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """By file, line and column; each once."""
    unique = {(str(p.position), p.message): p for p in problems}
    return tuple(sorted(unique.values(), key=lambda p: (p.position.file, p.position.line, p.position.column)))


def _locator(by_path: dict[str, Document], position: Position | None) -> Callable[..., Position]:
    here = position or Position(file="mesh")
    document = by_path.get(here.file)
    return (lambda path: spec.locate(document, path)) if document else (lambda _: here)


def _within(by_path: dict[str, Document], position: Position | None) -> policy.Locate:
    """As `_locator`, also for places inside of a text."""
    here = position or Position(file="mesh")
    document = by_path.get(here.file)
    if document is None:
        return lambda _path, _within=None: here
    return lambda path, within=None: spec.inside(document, path, within) if within else spec.locate(document, path)


def _connectors(judges: Judges, known: Declared, by_path: dict[str, Document]) -> Iterator[Problem]:
    """Of the mesh's own connectors, and of the sources: those of a connector with problems say nothing more."""
    wrong = set()
    for name, one in known.connectors.items():
        problems = judges.connectors.problems(one.manifest, _locator(by_path, one.position))
        wrong |= {name} if problems else set()
        yield from problems
    connectors = declared_connectors(judges.connectors, known)
    for source in known.sources.values():
        if source.connector not in wrong:
            yield from _source(connectors, source, known, by_path)


def _source(connectors: Connectors, source: Source, known: Declared, by_path: dict[str, Document]) -> Iterator[Problem]:
    locate = _locator(by_path, source.position)
    try:
        connector = connectors.build(source.connector, source.config)
    except Invalid as error:
        # The parameters stand under `config` in the document.
        yield from _again(connectors, source, error, locate)
        return
    schema, streams = connector.stream_schema(), getattr(connector, "known_streams", ())
    if streams:
        yield from _unknown(streams, source, known, locate)
    for name, settings in source.streams.items():
        yield from _fits(schema, settings, lambda path, name=name: locate(("streams", name, *path)))


def _unknown(
    streams: Sequence[str], source: Source, known: Declared, locate: Callable[..., Position]
) -> Iterator[Problem]:
    """Streams that a source, or a table, names and the source's connector does not know."""
    named = {name: locate(("streams", name)) for name in source.streams}
    for placed in known.placed:
        of, _, name = placed.shape.stream.partition(".")
        if (placed.product.domain, of) == (source.domain, source.name) and placed.table.position:
            named.setdefault(name, placed.table.position)
    for name, position in named.items():
        if name not in streams:
            said = f"'{source.connector}' has no stream '{name}'; {spec.nearest(name, sorted(streams))}"
            yield Problem(position=position, message=said)


def _again(
    connectors: Connectors, source: Source, error: Invalid, locate: Callable[..., Position]
) -> Iterator[Problem]:
    try:
        kind = connectors.get(source.connector)
    except Invalid:
        yield Problem(position=locate(("connector",)), message=error.message)
        return
    yield from _fits(kind, source.config, lambda path: locate(("config", *path)))


def _fits(kind: Any, parameters: dict[str, Any], locate: Callable[..., Position]) -> tuple[Problem, ...]:
    from pydantic import ValidationError

    from weft.kinds import explain

    try:
        kind.model_validate(parameters)
    except ValidationError as error:
        return explain(error, kind, locate)
    return ()


def _sql(judges: Judges, placed: Placed) -> Iterator[Problem]:
    shape = placed.shape
    if not shape.sql:
        return
    position = Position(file=shape.path)
    try:
        judges.inspect(shape.sql)
        if shape.kind == "shape":
            yield from contracts.unmade(placed)
    except Invalid as error:
        yield Problem(position=position, message=error.message)
