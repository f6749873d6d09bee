"""What a keyed table holds after reads that may end at any batch: batches applied as weft applies them, in a dict.

For property tests of connectors against a simulator's ledger: hundreds of reads in seconds. That the platform itself
applies batches so is what the walks and `tests/faults` show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
