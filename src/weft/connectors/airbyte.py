"""The connector kind `airbyte`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from weft.connectors.programs.messages import Record, State, Told
from weft.connectors.programs.program import Program, Room
from weft.errors import Broken, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weft.connectors.programs.program import ProgramStream
    from weft.seams import Reach


class _Data(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _Error(msgspec.Struct):
    message: str = ""
    failure_type: str = ""


class _Trace(msgspec.Struct):
    type: str = ""
    error: _Error | None = None


class _Status(msgspec.Struct):
    status: str
    message: str = ""


class _Message(msgspec.Struct):
    type: str
    record: _Data | None = None
    state: msgspec.Raw = msgspec.Raw()
    trace: _Trace | None = None
    catalog: msgspec.Raw = msgspec.Raw()
    connectionStatus: _Status | None = None  # noqa: N815 - the protocol's name


_MESSAGE = msgspec.json.Decoder(_Message)


class Airbyte(Program):
    """An Airbyte source that is installed on this machine, for what has no connector of weft. The slow path."""

    def test(self, reach: Reach) -> None:
        """What the program's own check says.

        Raises:
            Invalid: the check failed; what it says, without secrets.
        """
        with self.room(reach) as room:
            config = room.file("config.json", self.configuration(reach, room))
            for message in self._told(reach, room, "check", "--config", config):
                status = message.connectionStatus
                if status is not None and status.status != "SUCCEEDED":
                    raise Invalid(f"'{self.program}' says: {room.hidden.scrubbed(status.message)[:500]}")

    def offered(self, reach: Reach, room: Room) -> tuple[Told, ...]:
        """Its catalogue."""
        config = room.file("discover.json", self.configuration(reach, room))
        for message in self._told(reach, room, "discover", "--config", config):
            if message.catalog:
                streams = json.loads(bytes(message.catalog)).get("streams") or ()
                return tuple(_told(s) for s in streams if isinstance(s, dict) and "name" in s)
        raise Broken(f"'{self.program}' told no catalogue")

    def messages(
        self, reach: Reach, room: Room, wanted: tuple[Told, ProgramStream], state: Any
    ) -> Generator[Record | State]:
        """Records and states of one stream."""
        told, settings = wanted
        arguments = [
            "read",
            *("--config", room.file("config.json", self.configuration(reach, room))),
            *("--catalog", room.file("catalog.json", {"streams": [_configured(told, settings)]})),
        ]
        if state:
            arguments += ["--state", room.file("state.json", state if isinstance(state, list) else [state])]
        states: dict[str, Any] = {}
        for message in self._told(reach, room, *arguments):
            if message.record is not None and message.record.stream == told.name:
                yield Record(bytes(message.record.data))
            elif message.state:
                value = json.loads(bytes(message.state))
                states[_name(value)] = value
                yield State(list(states.values()))

    def _told(self, reach: Reach, room: Room, *arguments: str) -> Iterator[_Message]:
        """Messages of one run; what it says of an error is what is told."""
        said: _Error | None = None
        try:
            for line in self.said(reach, room, arguments):
                if line[:1] != b"{":
                    continue  # the protocol lets programs print what they like
                try:
                    message = _MESSAGE.decode(line)
                except msgspec.DecodeError:
                    continue
                if message.trace is not None and message.trace.error is not None:
                    said = message.trace.error
                yield message
        except Broken as error:
            if said is None or not said.message:
                raise
            text = f"'{self.program}' says: {room.hidden.scrubbed(said.message)[:500]}"
            kind = {"config_error": Invalid, "transient_error": Unavailable}.get(said.failure_type, Broken)
            raise kind(text, hint=error.hint) from None


def _told(stream: dict[str, Any]) -> Told:
    modes = stream.get("supported_sync_modes") or ["full_refresh"]
    return Told(
        name=str(stream["name"]),
        schema=stream.get("json_schema") or {},
        key=tuple(path[0] for path in stream.get("source_defined_primary_key") or () if len(path) == 1),
        incremental="incremental" in modes,
        cursor=tuple(stream.get("default_cursor_field") or ()),
        own_cursor=stream.get("source_defined_cursor") is True,
        raw=stream,
    )


def _configured(told: Told, settings: ProgramStream) -> dict[str, Any]:
    able = told.incremental and settings.refresh != "full" and (told.own_cursor or bool(told.cursor or settings.cursor))
    key = [[column] for column in settings.key] or told.raw.get("source_defined_primary_key") or []
    return {
        "stream": told.raw,
        "sync_mode": "incremental" if able else "full_refresh",
        "destination_sync_mode": "append",
        "cursor_field": [settings.cursor] if settings.cursor else list(told.cursor),
        "primary_key": key,
    }


def _name(state: Any) -> str:
    """Whose state it is: the newest of each stream counts."""
    stream = state.get("stream") if isinstance(state, dict) else None
    return json.dumps(stream.get("stream_descriptor") if isinstance(stream, dict) else None, sort_keys=True)
