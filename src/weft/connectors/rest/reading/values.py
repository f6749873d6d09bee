"""The cursor's field in the records of a page, without decoding the rest of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from weft.connectors.rest.rows.page import Page

if TYPE_CHECKING:
    from collections.abc import Sequence


def values(page: Page, path: tuple[str, ...]) -> list[Any]:
    """The value of a field in each record; none where there is none."""
    if page.table is not None:
        name = path[0]
        return page.table.column(name).to_pylist() if name in page.table.column_names else [None] * page.count
    try:
        return [_at(record, path) for record in _decoder(path, listed=True).decode(page.listed)]
    except msgspec.ValidationError:
        return [_value(record, path) for record in page.records]


def _value(record: Any, path: tuple[str, ...]) -> Any:
    try:
        return _at(_decoder(path, listed=False).decode(record), path)
    except msgspec.ValidationError:
        return None  # something else lies where the path leads


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for _ in path:
        value = getattr(value, "f0", None)
    return None if value is UNSET else value


def kept(page: Page, flags: Sequence[bool]) -> Page:
    """The page with those records only."""
    if all(flags):
        return page
    if page.table is not None:
        import pyarrow as pa

        return Page.table_of(page.table.filter(pa.array(flags, pa.bool_())))
    return page.replaced([record for record, keep in zip(page.records, flags, strict=True) if keep])


@lru_cache(maxsize=256)
def _decoder(path: tuple[str, ...], *, listed: bool) -> msgspec.json.Decoder[Any]:
    kind: Any = Any
    for step in reversed(path):
        kind = msgspec.defstruct(
            "Record", [("f0", kind | msgspec.UnsetType | None if kind is not Any else Any, UNSET)], rename={"f0": step}
        )
    return msgspec.json.Decoder(list[kind] if listed else kind)
