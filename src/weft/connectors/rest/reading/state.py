"""What a stream's cursor holds between runs, as JSON.

    {"at": {part: position}, "columns": ..., "unfinished": true, "going": {...}, "done": [...],
     "recent": {part: digests},
     "parents": {stream: state}, "deletes": [position, ...], "keys": when, "all": position, "known": digests}

- `at`: of each part the position up to which it was read whole; `""` for a stream without parts.
- `all`: one position for all parts (`globalSubstreamCursor`, or more than MOST of them); `known` holds digests of the
  parts that it counts for, so that a new part is read from its start.
- `going`: the part and interval that a batch cut, and the page to go on with; `since`: when the list began.
- `done`: digests of the parts that an unfinished full refresh, or a pass with `all`, has read.
- `recent`: of a stream without a key the rows that its look-back reads again.
- `read`: when the read began whose batches were committed last.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 10_000
"""Parts that have a position of their own."""
KNOWN = 200_000
"""Parts that are remembered at all."""
_DIGEST = 6


def digest(part: str) -> bytes:
    """A part's name in few bytes."""
    return hashlib.blake2b(part.encode(), digest_size=_DIGEST).digest()


class State(Struct):
    """The cursor of one stream while it is read."""

    at: dict[str, Any] = field(default_factory=dict)
    all: Any = None
    known: set[bytes] = field(default_factory=set)
    done: set[bytes] = field(default_factory=set)
    going: dict[str, Any] | None = None
    unfinished: bool = False
    full: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    parents: dict[str, Any] = field(default_factory=dict)
    recent: dict[str, str] = field(default_factory=dict)
    deletes: list[Any] = field(default_factory=list)
    told: list[Any] | None = None
    """How far the lists of deletes were read by now; kept with the last row."""
    keys: str = ""
    read: str = ""

    @staticmethod
    def load(cursor: Mapping[str, Any]) -> State:
        """The state that a committed cursor holds."""
        return State(
            at=dict(cursor.get("at", {})),
            all=cursor.get("all"),
            known=_unpacked(cursor.get("known", "")),
            done=_unpacked(cursor.get("done", "")),
            going=cursor.get("going"),
            unfinished=bool(cursor.get("unfinished")),
            full=bool(cursor.get("full")),
            columns=dict(cursor.get("columns", {})),
            parents=dict(cursor.get("parents", {})),
            recent=dict(cursor.get("recent", {})),
            deletes=list(cursor.get("deletes", [])),
            keys=str(cursor.get("keys", "")),
            read=str(cursor.get("read", "")),
        )

    def dump(self) -> dict[str, Any]:
        """The state as JSON; what says nothing is left out."""
        found = {
            "at": dict(self.at),
            "all": self.all,
            "known": _packed(self.known),
            "done": _packed(self.done),
            "going": self.going,
            "unfinished": self.unfinished,
            "full": self.full,
            "columns": self.columns,
            "parents": dict(self.parents),
            "recent": dict(self.recent),
            "deletes": list(self.deletes),
            "keys": self.keys,
            "read": self.read,
        }
        return {name: value for name, value in found.items() if value not in (None, "", False, {}, [])}

    def position(self, part: str) -> Any:
        """Up to where a part was read, as stored; none = not at all."""
        if part in self.at:
            return self.at[part]
        if self.all is None or (self.known and digest(part) not in self.known):
            return None
        return self.all

    def reached(self, part: str, position: Any) -> None:
        """A part was read up to there."""
        if self.all is None:
            self.at[part] = position

    @property
    def many(self) -> bool:
        """Whether there are too many parts for a position each."""
        return len(self.at) > MOST


def _packed(digests: set[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(digests))).decode() if len(digests) <= KNOWN else ""


def _unpacked(text: str) -> set[bytes]:
    data = base64.b64decode(text)
    return {data[at : at + _DIGEST] for at in range(0, len(data), _DIGEST)}
