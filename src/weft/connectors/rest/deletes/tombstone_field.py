"""The kind `TombstoneField`."""

from __future__ import annotations

from typing import Any

from weft.connectors.rest.cursors.base import FieldPath
from weft.kinds import Kind


class TombstoneField(Kind):
    """Records of the stream itself that say that they are deleted."""

    field: FieldPath
    """The field that says it."""
    value: Any = True
    """What it says then; `*` = anything at all (a time of deletion)."""
