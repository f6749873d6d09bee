"""What a keyed table holds after reads that may end at any batch: batches applied as weft applies them, in a dict.

For property tests of connectors against a simulator's ledger: hundreds of reads in seconds. That the platform itself
applies batches so is what the walks and `tests/faults` show.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from weft.errors import Broken, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from weft.seams import Reach


class Held:
    """One stream, its rows by key, and the cursor that was committed with them."""

    def __init__(self, connector: Any, stream: str, *key: str, **settings: Any) -> None:
        self.connector, self.stream, self.key = connector, stream, key
        self.settings = connector.stream_schema()(**settings)
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.cursor: dict[str, Any] = {}
        self.twice = 0
        """Rows that came with a key that one batch had already."""

    def read(self, reach: Reach, *, batches: int | None = None) -> int:
        """Read on from the cursor; how many batches came.

        Args:
            reach: what the connector may reach.
            batches: the process dies after so many, each of which is committed; none: it reads to the end.
        """
        count = 0
        for batch in self.connector.read(reach, self.stream, self.settings, self.cursor):
            self._apply(batch.mode, batch.scan.reader.read_all().to_pylist())
            self.cursor, count = batch.cursor, count + 1
            if count == batches:
                break
        return count

    def _apply(self, mode: str, rows: list[dict[str, Any]]) -> None:
        keyed = {tuple(row[k] for k in self.key): row for row in rows}
        self.twice += len(rows) - len(keyed)
        if mode == "replace":
            self.rows = keyed
        elif mode == "append":
            self.rows |= keyed
        elif mode == "delete":
            self.rows = {k: row for k, row in self.rows.items() if k not in keyed}
        elif mode == "keys":
            self.rows = {k: row for k, row in self.rows.items() if k in keyed}
        else:
            raise AssertionError(f"a system's stream gives no batches of mode {mode}")


def bad_day(
    vendor: Any,
    reach: Reach,
    held: Iterable[Held],
    dice: Random,
    faults: Sequence[str],
    *,
    path: str = "*",
    within: int = 12,
) -> None:
    """Two faults of a system among its next requests, while processes that may die read its streams."""
    for kind in dice.sample(faults, k=2):
        vendor.faults.plan(kind, path=path, after=dice.randrange(within), value="1" if kind == "429" else "")
    for one in held:
        with suppress(Unavailable, Broken):  # what a bad day may end in; anything else fails
            one.read(reach, batches=dice.choice([None, None, 1, 2]))


def empty(connector: Any, reach: Reach) -> list[str]:
    """Read every stream of a manifest; the names of those without rows. A row without its key is a fault."""
    found = []
    for name, stream in connector.manifest.streams.items():
        held = Held(connector, name, *stream.key)
        held.read(reach)
        assert not any(None in key for key in held.rows), name
        found += [] if held.rows else [name]
    return found
