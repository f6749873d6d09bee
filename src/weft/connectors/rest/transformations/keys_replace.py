"""The kind `KeysReplace`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.transformations.renaming import renamed
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record


class KeysReplace(Kind):
    """A text in keys becomes another one, in those of objects inside too."""

    old: Template
    """What is replaced."""
    new: Template
    """By what."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What renames them; the texts are computed for each record."""

        def change(record: Record) -> None:
            old, new = self.old.text(names), self.new.text(names)
            renamed(record, lambda key: key.replace(old, new))

        return change
