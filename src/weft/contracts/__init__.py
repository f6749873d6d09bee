"""Contracts compiled to the SQL that casts and checks; drift; compatibility; drafts. Pure: SQL is compiled, never run."""

from weft.contracts.column_types import columns, duck_type
from weft.contracts.compile import compile_split as compile  # noqa: A004 - `contracts.compile` is what it is
from weft.contracts.shape import check_shape

__all__ = ["check_shape", "columns", "compile", "duck_type"]
