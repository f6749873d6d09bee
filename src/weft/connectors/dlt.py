"""The connector kind `dlt`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import ConfigDict, Field

from weft.connectors.programs.messages import Record, State, Told
from weft.connectors.programs.place import program
from weft.connectors.programs.process import Process
from weft.connectors.programs.program import Program, Room, spoken
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weft.connectors.programs.program import ProgramStream
    from weft.seams import Reach

_RUNNER = Path(__file__).parent / "programs" / "dlt_runner.py"


class _Message(msgspec.Struct):
    type: str
    record: msgspec.Raw = msgspec.Raw()
    value: msgspec.Raw = msgspec.Raw()


_MESSAGE = msgspec.json.Decoder(_Message)


class Dlt(Program):
    """Resources of dlt in a virtual environment of this machine, for what has no connector of weft. The slow path."""

    model_config = ConfigDict(title="dlt")

    source: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")
    """Function that makes the source or resource, `module:function`; `config` holds its arguments."""

    def test(self, reach: Reach) -> None:
        """Whether the source can be made with these arguments."""
        with self.room(reach) as room:
            self.offered(reach, room)

    def offered(self, reach: Reach, room: Room) -> tuple[Told, ...]:
        """Its resources."""
        for line in self._run(reach, room, {"do": "discover"}):
            if line[:1] == b"{":
                return tuple(Told(**{**told, "key": tuple(told["key"])}) for told in json.loads(line)["streams"])
        raise Broken(f"'{self.source}' of '{self.program}' told no resources")

    def messages(
        self, reach: Reach, room: Room, wanted: tuple[Told, ProgramStream], state: Any
    ) -> Generator[Record | State]:
        """Items of one resource, and the state when they are through."""
        for line in self._run(reach, room, {"do": "read", "stream": wanted[0].name, "state": state}):
            if line[:1] != b"{":
                continue
            try:
                message = _MESSAGE.decode(line)
            except msgspec.DecodeError:
                continue
            if message.record:
                yield Record(bytes(message.record))
            elif message.value:
                yield State(json.loads(bytes(message.value)))

    def _run(self, reach: Reach, room: Room, order: dict[str, Any]) -> Iterator[bytes]:
        python = program(self.program, reach.folder, "python")
        told = {**order, "source": self.source, "arguments": self.configuration(reach, room)}
        given = json.dumps(told).encode()
        return spoken(Process((str(python), "-I", str(_RUNNER)), room.folder, room.hidden, given), self.timeout)
