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
    decoder, found = _decoder(path), []
    for record in page.records:
        try:
            value = decoder.decode(record)
            for step in path:
                value = getattr(value, f"f_{step.encode().hex()}", None)
                if value is UNSET:
                    value = None
        except msgspec.ValidationError:
            value = None  # something else lies where the path leads
        found.append(value)
    return found


def kept(page: Page, flags: Sequence[bool]) -> Page:
    """The page with those records only."""
    if all(flags):
        return page
    if page.table is not None:
        import pyarrow as pa

        return Page.table_of(page.table.filter(pa.array(flags, pa.bool_())))
    return page.replaced([record for record, keep in zip(page.records, flags, strict=True) if keep])


@lru_cache(maxsize=256)
def _decoder(path: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    kind: Any = Any
    for step in reversed(path):
        name = f"f_{step.encode().hex()}"
        kind = msgspec.defstruct(
            "Record", [(name, kind | msgspec.UnsetType if kind is not Any else Any, UNSET)], rename={name: step}
        )
    return msgspec.json.Decoder(kind)
