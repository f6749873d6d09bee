"""Contracts compiled to the SQL that casts and checks; drift; compatibility; drafts. Pure: no SQL is run here."""

from weft.contracts.column_types import columns, duck_type, plain_name
from weft.contracts.compare import Difference, compare
from weft.contracts.compile import compile_split as compile  # noqa: A004 - `contracts.compile` is what it is
from weft.contracts.differences import bump, differences
from weft.contracts.draft import Draft, Evidence, Hints, draft, snake
from weft.contracts.drift import Drift, drift
from weft.contracts.keys import keys_split
from weft.contracts.problems import problems, unmade
from weft.contracts.profile import Profile, profile_sql, profiles
from weft.contracts.shape import ShapeSql, check_shape

__all__ = [
    "Difference",
    "Draft",
    "Drift",
    "Evidence",
    "Hints",
    "Profile",
    "ShapeSql",
    "bump",
    "check_shape",
    "columns",
    "compare",
    "compile",
    "differences",
    "draft",
    "drift",
    "duck_type",
    "keys_split",
    "plain_name",
    "problems",
    "profile_sql",
    "profiles",
    "snake",
    "unmade",
]
