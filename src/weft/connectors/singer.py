"""The connector kind `singer`."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import msgspec

from weft.connectors.programs.messages import Record, State, Told
from weft.connectors.programs.program import Program, Room
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Generator

    from weft.connectors.programs.program import ProgramStream
    from weft.seams import Reach


class _Message(msgspec.Struct):
    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw()
    value: msgspec.Raw = msgspec.Raw()


_MESSAGE = msgspec.json.Decoder(_Message)


class Singer(Program):
    """A Singer tap that is installed on this machine, for what has no connector of weft. The slow path."""

    def test(self, reach: Reach) -> None:
        """Whether it tells its catalogue.

        Raises:
            Broken: it does not; what it complained of, without secrets.
        """
        with self.room(reach) as room:
            self.offered(reach, room)

    def offered(self, reach: Reach, room: Room) -> tuple[Told, ...]:
        """Its catalogue."""
        config = room.file("discover.json", self.configuration(reach, room))
        text = b"\n".join(self.said(reach, room, ("--config", config, "--discover")))
        try:
            catalog = json.loads(text[text.index(b"{") :])
            streams = catalog["streams"]
        except (ValueError, KeyError, TypeError):
            raise Broken(f"'{self.program}' told no catalogue") from None
        return tuple(_told(s) for s in streams)

    def messages(
        self, reach: Reach, room: Room, wanted: tuple[Told, ProgramStream], state: Any
    ) -> Generator[Record | State]:
        """Records and states of one stream."""
        told, settings = wanted
        catalog = room.file("catalog.json", {"streams": [_selected(told, settings)]})
        arguments = ["--config", room.file("config.json", self.configuration(reach, room)), "--catalog", catalog]
        if state:
            arguments += ["--state", room.file("state.json", state)]
        own = {told.name, str(told.raw.get("stream", told.name))}
        for line in self.said(reach, room, arguments):
            if line[:1] != b"{":
                continue  # taps print what they like
            try:
                message = _MESSAGE.decode(line)
            except msgspec.DecodeError:
                continue
            if message.type == "RECORD" and message.record and message.stream in own:
                yield Record(bytes(message.record))
            elif message.type == "STATE" and message.value:
                yield State(json.loads(bytes(message.value)))


def _told(stream: dict[str, Any]) -> Told:
    facts = _facts(stream)
    field = facts.get("replication-key") or next(iter(facts.get("valid-replication-keys") or ()), "")
    methods = (
        facts.get("forced-replication-method"),
        facts.get("replication-method"),
        stream.get("replication_method"),
    )
    method = next((m for m in methods if m), "")
    key = facts.get("table-key-properties") or facts.get("view-key-properties") or stream.get("key_properties") or ()
    return Told(
        name=str(stream.get("tap_stream_id") or stream.get("stream")),
        schema=stream.get("schema") or {},
        key=tuple(key),
        # Taps of databases leave it to whoever reads: a 'cursor' of the source is their replication key.
        incremental=facts.get("forced-replication-method") != "FULL_TABLE",
        cursor=(field,) if field else (),
        own_cursor=method in ("INCREMENTAL", "LOG_BASED"),
        raw=stream,
    )


def _facts(stream: dict[str, Any]) -> dict[str, Any]:
    """What the metadata say of the stream itself."""
    return next((m.get("metadata") or {} for m in stream.get("metadata") or () if not m.get("breadcrumb")), {})


def _selected(told: Told, settings: ProgramStream) -> dict[str, Any]:
    """The catalogue's entry with the stream and all its columns chosen."""
    stream: dict[str, Any] = copy.deepcopy(told.raw)
    entries = stream.setdefault("metadata", [])
    if not any(not m.get("breadcrumb") for m in entries):
        entries.append({"breadcrumb": [], "metadata": {}})
    field = settings.cursor or next(iter(told.cursor), "")
    able = told.incremental and (told.own_cursor or bool(field)) and settings.refresh != "full"
    for entry in entries:
        facts = entry.setdefault("metadata", {})
        if facts.get("inclusion") != "unsupported":
            facts["selected"] = True
        if not entry.get("breadcrumb"):
            facts["replication-method"] = "INCREMENTAL" if able else "FULL_TABLE"
            if able and field:
                facts["replication-key"] = stream["replication_key"] = field
    stream["schema"] = {**(stream.get("schema") or {}), "selected": True}
    stream["replication_method"] = "INCREMENTAL" if able else "FULL_TABLE"
    return stream
