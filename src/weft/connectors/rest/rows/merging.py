"""Records that came in parts, one part for each chunk of properties, as one record by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.rows.record import Record, nested, path_value, records
from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.connectors.rest.rows.page import Page


def merged(pages: Sequence[Page], key: Sequence[str]) -> Page:
    """The first page, its records with the fields that the others have of them; what only others have comes last.

    Args:
        pages: the same list, asked for by different properties.
        key: fields that tell records apart, `a.b` for one inside of an object.

    Raises:
        Broken: a record without key.
    """
    found: dict[tuple[str, ...], Record] = {}
    for page in pages:
        for record in records(page.records):
            name = tuple(repr(path_value(record, part.split("."))) for part in key)
            if "None" in name:
                raise Broken(
                    f"a record has no '{', '.join(key)}', by which its parts would be put together",
                    hint="Name the key in 'alwaysIncludeProperties', or another one in 'recordMergeStrategy'.",
                )
            _merge(found.setdefault(name, Record({})), record.fields)
    return pages[0].replaced([record.raw for record in found.values()])


def _merge(into: Any, other: Any) -> None:
    """Objects of one name become one object; else the other's value holds."""
    for name, value in other.items():
        if name in into and isinstance(old := into.get(name), dict) and isinstance(new := nested(value), dict):
            _merge(old, new)
        else:
            into[name] = value
