"""Which columns a table's file has. Files never change, so a footer is read once in a process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.model import Column

MOST = 256
"""Files of a relation that are looked into: a third of a millisecond each, the first time."""


def complete(columns: Sequence[Column], files: Sequence[str]) -> bool:
    """Whether each of these files has all of these columns, and there are not too many files to know."""
    return len(files) <= MOST and _complete(frozenset(c.name for c in columns), tuple(files))


@lru_cache(maxsize=1_000)
def _complete(names: frozenset[str], files: tuple[str, ...]) -> bool:
    return all(names <= _names(file) for file in files)


@lru_cache(maxsize=10_000)
def _names(file: str) -> frozenset[str]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return frozenset(parquet.read_schema(file).names)
    except (OSError, pa.ArrowException):
        return frozenset()  # whoever reads the file tells what is wrong with it
