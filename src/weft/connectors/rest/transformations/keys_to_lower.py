"""The kind `KeysToLower`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.transformations.renaming import renamed
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record


class KeysToLower(Kind):
    """Keys in small letters, those of objects inside too."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What renames them."""
        del names
        return lambda record: renamed(record, str.lower)
