"""Which rows near the cursor were read already, remembered by their digests.

A row may arrive late: its cursor value lies at or before the newest that was read (equal values, look-back). Reading
that stretch again would double rows of a table without a key. So the cursor holds the digest of every row of the
stretch, and only rows whose digest is not there are handed out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

REMEMBERED = 20_000
"""Rows of the stretch whose digests fit into a cursor."""


def remember(rows: pa.Table) -> dict[str, Any]:
    """`{"columns": [...], "rows": {digest: how often}}`, JSON."""
    columns = sorted(rows.column_names)
    return {"columns": columns, "rows": dict(Counter(_digests(rows, columns)))}


def unseen(rows: pa.Table, recent: dict[str, Any]) -> pa.Table | None:
    """Rows that were not read yet; none when it cannot be told, since a column of then is gone.

    A row that was read n times is left out n times.
    """
    import pyarrow as pa

    columns = recent["columns"]
    if not set(columns) <= set(rows.column_names):
        return None
    left = Counter(recent["rows"])
    late = []
    for number, digest in enumerate(_digests(rows, columns)):
        if left[digest]:
            left[digest] -= 1
        else:
            late.append(number)
    return rows.take(pa.array(late, pa.int64()))


def _digests(rows: pa.Table, columns: Sequence[str]) -> list[str]:
    found = []
    for row in rows.select(list(columns)).to_pylist():
        # As text: a column whose type the database tells otherwise today holds the same values.
        told = repr([None if row[name] is None else str(row[name]) for name in columns]).encode()
        found.append(hashlib.blake2b(told, digest_size=8).hexdigest())
    return found
