"""The kind `KeysToSnakeCase`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weft.connectors.rest.transformations.renaming import renamed
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.rows.record import Record

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")


class KeysToSnakeCase(Kind):
    """Keys as `small_words_with_lines`, those of objects inside too: `fieldName`, `Field Name` -> `field_name`."""

    def change(self, names: dict[str, Any]) -> Callable[[Record], None]:
        """What renames them."""
        del names
        return lambda record: renamed(record, _snake)


def _snake(name: str) -> str:
    return "_".join(word.lower() for word in _WORDS.findall(name)) or name
