"""What Airbyte connectors, Singer taps and dlt resources have in common as sources."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from weft.connectors.programs.gathering import Gathering
from weft.connectors.programs.hidden import Hidden
from weft.connectors.programs.messages import Record, State, Told
from weft.connectors.programs.place import program
from weft.connectors.programs.process import Process
from weft.connectors.rest.rows import declared
from weft.errors import Broken, Invalid
from weft.kinds import Kind
from weft.model import DiscoveredColumn, StreamInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from weft.model import Batch
    from weft.seams import Reach, Window


class ProgramStream(Kind):
    """How one stream of a program is read."""

    refresh: Literal["auto", "full", "incremental"] = "auto"
    """full = everything each time; auto = only what is new where the program can do that."""
    cursor: str = ""
    """Field that tells what is new, where the program leaves the choice."""
    key: tuple[str, ...] = ()
    """Columns that tell rows apart, as the contract's primary key does: then reading a row twice is harmless."""


class Room:
    """A private folder for one run of a program, and what must not be shown."""

    def __init__(self, folder: Path, hidden: Hidden) -> None:
        self.folder = folder
        self.hidden = hidden

    def file(self, name: str, value: Any) -> str:
        """A JSON file that only we and the program can read; its path."""
        path = self.folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            json.dump(value, out)
        return str(path)


class Program(Kind):
    """A program of this machine as a source."""

    program: str
    """Its name: an executable, or a virtual environment with one of that name, in `.weft/programs` of the mesh or in a
    folder of WEFT_PROGRAMS."""
    config: dict[str, Any] = Field({})
    """What it is configured with, as its own documentation says; secrets are secret:// references."""
    timeout: float = Field(600.0, gt=0, le=86_400)
    """Seconds without a line after which it is ended."""

    def stream_schema(self) -> type[ProgramStream]:
        """Settings of one stream."""
        return ProgramStream

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:  # noqa: ARG002
        """What the program says that it offers."""
        with self.room(reach) as room:
            return tuple(_info(told) for told in self.offered(reach, room))

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """Batches that end where the program said how far it is.

        Raises:
            Invalid: no such program or stream, or one that cannot be read so.
            Unavailable: it says nothing, or says that its system does not answer.
            Broken: it failed.
        """
        if window is not None:
            raise Invalid(f"'{self.program}' cannot be asked for a window", hint="Read all of it: --refresh.")
        with self.room(reach) as room:
            told = _find(self.offered(reach, room), stream, self.program)
            going_on = _incremental(told, settings, self.program)
            gathering = Gathering(
                room.folder, declared.arrow(told.schema, utc=False), cursor.get("columns") if going_on else None
            )
            messages = self.messages(reach, room, (told, settings), cursor.get("state") if going_on else None)
            with closing(messages):
                way = _what_is_new if going_on else _everything
                yield from way(gathering, messages, cursor)

    @contextmanager
    def room(self, reach: Reach) -> Iterator[Room]:
        """A private folder that is gone afterwards."""
        folder = Path(tempfile.mkdtemp(dir=reach.scratch))
        try:
            yield Room(folder, Hidden())
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def configuration(self, reach: Reach, room: Room) -> Any:
        """The configuration with its secrets."""
        return room.hidden.resolved(self.config, reach.vault)

    def offered(self, reach: Reach, room: Room) -> tuple[Told, ...]:
        """Streams that it offers."""
        raise NotImplementedError

    def messages(
        self, reach: Reach, room: Room, wanted: tuple[Told, ProgramStream], state: Any
    ) -> Generator[Record | State]:
        """What it says of one stream from where a state stands; None = from the start."""
        raise NotImplementedError

    def said(self, reach: Reach, room: Room, arguments: Sequence[str]) -> Iterator[bytes]:
        """Lines of one run, which failed where it does not end with 0.

        Raises:
            Broken: it failed; what it complained of last is told, without secrets.
        """
        command = (str(program(self.program, reach.folder)), *arguments)
        yield from spoken(Process(command, room.folder, room.hidden), self.timeout)


def spoken(process: Process, silence: float) -> Iterator[bytes]:
    """Lines of a process, which is ended with its children whenever nobody listens any more."""
    try:
        yield from process.lines(silence)
        code = process.ended()
    finally:
        process.end()
    if code:
        complaint = process.complaint()
        raise Broken(
            f"the program '{process.name}' ended with {code}" + (f": {complaint}" if complaint else ""),
            hint="What it read up to its last state is kept. Its own documentation says what the message means.",
        )


def _everything(gathering: Gathering, messages: Iterator[Record | State], cursor: Mapping[str, Any]) -> Iterator[Batch]:
    """A full refresh: the first batch replaces what is there, and nothing is seen before the last."""
    mode: Literal["append", "replace"] = "replace"
    for message in messages:
        if isinstance(message, State):
            continue
        if gathering.rows and gathering.enough:
            yield gathering.batch({"full": "unfinished"}, mode)
            mode = "append"
        gathering.take(message.data)
    if gathering.rows or mode == "replace" or cursor:
        yield gathering.batch({"full": "done"}, mode)


def _what_is_new(
    gathering: Gathering, messages: Iterator[Record | State], cursor: Mapping[str, Any]
) -> Iterator[Batch]:
    """A batch ends where the program told a state: what comes after a failure begins there."""
    state = cursor.get("state")
    for message in messages:
        if isinstance(message, Record):
            gathering.take(message.data)
        else:
            state = message.value
            if gathering.rows and gathering.enough:
                yield gathering.batch({"state": state})
    if gathering.rows:
        yield gathering.batch({"state": state})


def _find(offered: Sequence[Told], stream: str, name: str) -> Told:
    for told in offered:
        if told.name == stream:
            return told
    known = ", ".join(sorted(t.name for t in offered)) or "none"
    raise Invalid(f"'{name}' has no stream '{stream}', it offers {known}")


def _incremental(told: Told, settings: ProgramStream, name: str) -> bool:
    able = told.incremental and (told.own_cursor or bool(told.cursor) or bool(settings.cursor))
    if not able and (settings.refresh == "incremental" or (settings.cursor and settings.refresh == "auto")):
        why = "it needs a 'cursor'" if told.incremental else "the program reads all of it each time"
        raise Invalid(f"the stream '{told.name}' of '{name}' cannot be read incrementally: {why}")
    return able and settings.refresh != "full"


def _info(told: Told) -> StreamInfo:
    properties = told.schema.get("properties")
    columns = tuple(
        DiscoveredColumn(name=name, type=_type(schema), comment=_comment(schema))
        for name, schema in (properties.items() if isinstance(properties, dict) else ())
    )
    return StreamInfo(name=told.name, columns=columns, key=told.key)


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return "unknown"
    kinds = schema.get("type", "unknown")
    real = [str(k) for k in (kinds if isinstance(kinds, list) else [kinds]) if k != "null"]
    form = schema.get("format")
    return f"{real[0] if real else 'null'}{f' ({form})' if isinstance(form, str) else ''}"


def _comment(schema: Any) -> str:
    said = schema.get("description") if isinstance(schema, dict) else ""
    return said if isinstance(said, str) else ""
