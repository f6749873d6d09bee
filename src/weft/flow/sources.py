"""Try, discover and preview a source."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft import policy
from weft.errors import Denied, Invalid, Unknown, WeftError
from weft.flow import base, secrets
from weft.flow.ingest import connect
from weft.flow.tally import Tally
from weft.model import StreamAnswer
from weft.seams import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from weft.model import Batch, Consent, Declared, Dialect, Secret, Source, StreamInfo
    from weft.seams import Allowance, World


_PAGE = 1_000
"""Rows of a page that are counted at most."""


class Empty(Invalid):
    """A stream holds nothing."""


def find(known: Declared, name: str) -> Source:
    """A source by `domain.source`, or by its own name when that is unique.

    Raises:
        Unknown: there is none, or several; lists what there is.
    """
    if name in known.sources:
        return known.sources[name]
    fits = [s for s in known.sources.values() if s.name == name]
    if len(fits) == 1:
        return fits[0]
    listed = ", ".join(sorted(known.sources)) or "none"
    raise Unknown(f"'{name}' is not one source", hint=f"Sources are named domain.source; there are: {listed}.")


def test(world: World, source: Source) -> tuple[StreamAnswer, ...]:
    """Is the system there, do the credentials work? Where it can be asked for a page alone, what each stream answers.

    Raises:
        WeftError: what stands in the way of all streams.
    """
    connector, _ = connect(world, base.declared(world), source)
    with _reach(world) as reach:
        connector.test(reach)
    return tuple(_tried(world, source, name) for name in source.streams) if hasattr(connector, "sample") else ()


def _tried(world: World, source: Source, stream: str) -> StreamAnswer:
    try:
        found, _ = first_rows(world, source, stream, _PAGE)
    except Empty:
        return StreamAnswer(name=stream)
    except WeftError as error:
        return StreamAnswer(name=stream, error=f"{error.message}. {error.hint}".removesuffix(". "))
    return StreamAnswer(name=stream, rows=found.num_rows, columns=tuple(found.column_names))


def discover(world: World, source: Source) -> tuple[StreamInfo, ...]:
    """The streams that the source offers."""
    connector, _ = connect(world, base.declared(world), source)
    with _reach(world) as reach:
        return tuple(connector.discover(reach, _settings(connector, source)))


class Seen(Struct, frozen=True):
    """What is known of a stream after a look at its first rows."""

    sample: pa.Table | None = None
    """None: it holds no rows, or could not be read."""
    rows: int | None = None
    """Rows of the stream, where the system says so in passing."""
    read: bool = True
    """False: it could not be read."""


def look(
    world: World, source: Source, choose: Callable[[tuple[StreamInfo, ...]], list[str]], allowance: Allowance, rows: int
) -> tuple[tuple[StreamInfo, ...], dict[str, Seen]]:
    """What a source offers, and first rows of the chosen streams, as many of them as the allowance lets be seen.

    Args:
        world: the open mesh.
        source: where.
        choose: which streams of those that there are, in their order.
        allowance: of a system that is asked; files and databases take the time alone.
        rows: of a stream, at most.
    """
    connector, _ = connect(world, base.declared(world), source)
    if not hasattr(connector, "look"):
        infos, end, found = discover(world, source), time.monotonic() + allowance.seconds, {}
        for name in choose(infos):
            if time.monotonic() < end:
                found[name] = _seen(world, source, name, rows)
        return infos, found
    with _reach(world) as reach:
        infos, glimpses = connector.look(reach, _settings(connector, source), choose, allowance)
        return infos, {
            name: Seen(one.batch and one.batch.scan.reader.read_all().slice(0, rows), one.rows, not one.error)
            for name, one in glimpses.items()
        }


def _seen(world: World, source: Source, stream: str, rows: int) -> Seen:
    try:
        return Seen(first_rows(world, source, stream, rows)[0])
    except Empty:
        return Seen()
    except WeftError:
        return Seen(read=False)  # what cannot be read is judged by its names


def _settings(connector: Any, source: Source) -> dict[str, Any]:
    schema = connector.stream_schema()
    return {name: schema.model_validate(settings) for name, settings in source.streams.items()}


def preview(world: World, source: Source, stream: str, actor: str, rows: int = 10) -> pa.Table:
    """The first rows of a stream, for owner, stewards and producers of the domain; each look is an event.

    They come as they are, but for `***` in the columns that tables protect which the stream feeds.

    Raises:
        Denied: the actor has no such role in the domain.
        Invalid: there is no such stream.
    """
    known = base.declared(world)
    who = policy.actor(known, actor)
    if not {"owner", "steward", "producer"} & set(who.domains.get(source.domain, ())):
        base.tell(world, base.event(world, "read.refused", str(source), {"actor": actor, "why": "source preview"}))
        raise Denied(
            f"{actor} may not look into the source {source}",
            hint=f"Only owner, stewards and producers of the domain {source.domain} may.",
        )
    data = {"actor": actor, "what": f"source.{stream}", "rows": rows}
    base.tell(world, base.event(world, "unpublished.looked", str(source), data))
    fed = [p for p in known.placed if p.source == str(source) and p.stream == stream]
    return _masked(first_rows(world, source, stream, rows)[0], [base.quiet_in_source(world, known, p) for p in fed])


def _masked(table: pa.Table, protected: list[frozenset[str] | None]) -> pa.Table:
    for place, name in enumerate(table.column_names):
        if any(names is None or name.lower() in names for names in protected):
            table = veiled(table, place)
    return table


def veiled(table: pa.Table, place: int) -> pa.Table:
    """With `***` for the values of one column."""
    import pyarrow as pa

    return table.set_column(place, table.column_names[place], pa.array(["***"] * table.num_rows, pa.string()))


def first_rows(world: World, source: Source, stream: str, rows: int) -> tuple[pa.Table, Dialect]:
    """The first rows of a stream's first batch and how they are written; masks are the caller's matter.

    Raises:
        Invalid: the stream holds nothing.
    """
    connector, settings = connect(world, base.declared(world), source, stream)
    with _reach(world) as reach:
        few = getattr(connector, "sample", None)  # some know a shorter way than a first batch
        batches: Iterator[Batch] = (few or connector.read)(reach, stream, settings, {}, None)
        first = next(iter(batches), None)
        if first is None:
            raise Empty(f"{source}.{stream} holds no rows", hint=f"`weft source discover {source}` lists the streams.")
        return world.engine.sample(first.scan, rows), first.scan.dialect


def begin_login(world: World, source: Source, redirect: str, actor: str = "") -> Consent:
    """Where a person allows the source's connector to ask its system.

    Args:
        world: the open mesh.
        source: whose connector asks.
        redirect: address that the browser is sent back to.
        actor: who asks; empty = who works in the mesh's folder.

    Raises:
        Invalid: nobody logs in to this source with a browser.
        Denied: they may not change the secret that will be kept.
    """
    connector, _ = connect(world, base.declared(world), source)
    if not hasattr(connector, "begin"):
        raise Invalid(
            f"nobody logs in to {source} with a browser",
            hint="Its connector takes its credentials from the source's secret:// references alone.",
        )
    with _reach(world) as reach:
        asked: Consent = connector.begin(reach, redirect)
    secrets.may(world, _kept(asked), actor)
    return asked


def finish_login(world: World, source: Source, asked: Consent, answered: Mapping[str, str], actor: str = "") -> Secret:
    """Keep what the system gives for what the browser came back with.

    Raises:
        Denied: the person, or the system, says no.
        Invalid: it is no answer to this question.
    """
    connector, _ = connect(world, base.declared(world), source)
    with _reach(world) as reach:
        return secrets.put(world, _kept(asked), connector.finish(reach, asked, answered), actor)


def _kept(asked: Consent) -> str:
    return asked.reference.removeprefix("secret://vault/")


class _reach:  # noqa: N801 - reads as a verb where it is used
    """A reach with a scratch folder of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.scratch = tempfile.TemporaryDirectory(dir=world.scratch, prefix="source-")

    def __enter__(self) -> Reach:
        w = self.world
        return Reach(w.vault, w.folder, Path(self.scratch.name), w.clock, w.progress, Tally(w))

    def __exit__(self, *_: object) -> None:
        self.scratch.cleanup()
