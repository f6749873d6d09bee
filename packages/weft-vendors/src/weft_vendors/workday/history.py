"""Every version of every record with the moment of its entry and the day from which it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft_vendors.core import Row

_ALWAYS = ""


class History:
    """What was entered when, to hold from when."""

    def __init__(self) -> None:
        self._versions: dict[str, dict[str, list[tuple[str, str, Row | None]]]] = {}

    def enter(self, object_: str, row: Row) -> None:
        """A version: its entry is its `lastFunctionallyUpdated`."""
        version = (row["lastFunctionallyUpdated"], row.get("effectiveDate") or _ALWAYS, row)
        self._versions.setdefault(object_, {}).setdefault(row["workdayID"], []).append(version)

    def rescind(self, object_: str, id_: str, at: str) -> None:
        """From that moment on it was never there."""
        self._versions.setdefault(object_, {}).setdefault(id_, []).append((at, _ALWAYS, None))

    def row(self, object_: str, id_: str, entry: str, effective: str) -> Row | None:
        """The record as it was known at a moment, for a day."""
        known = [v for v in self._versions.get(object_, {}).get(id_, ()) if v[0] <= entry]
        gone = max((n for n, v in enumerate(known) if v[2] is None), default=-1)
        holds = [v for v in known[gone + 1 :] if v[1] <= effective]
        return max(holds, key=lambda v: v[:2][::-1])[2] if holds else None

    def rows(self, object_: str, entry: str, effective: str) -> Iterator[Row]:
        """All records of an object then."""
        for id_ in self._versions.get(object_, {}):
            row = self.row(object_, id_, entry, effective)
            if row is not None:
                yield row

    def changes(self, object_: str, id_: str) -> list[tuple[str, str]]:
        """Entry and effective day of each version of a record."""
        return [(entry, effective) for entry, effective, _ in self._versions.get(object_, {}).get(id_, ())]

    def due(self, object_: str, day: str) -> Iterator[str]:
        """Ids of records that have versions for later days up to that one."""
        for id_, versions in self._versions.get(object_, {}).items():
            if any(v[1] == day for v in versions):
                yield id_
