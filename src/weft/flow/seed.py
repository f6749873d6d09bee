"""A table whose rows somebody keeps by hand: the CSV document beside its contract is all it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid
from weft.model import Batch, FileRef, FileScan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weft.model import Placed
    from weft.seams import Window, World


def batches(
    world: World, placed: Placed, scratch: Path, cursor: Mapping[str, Any], window: Window | None
) -> Iterator[Batch]:
    """The whole document as one batch when it is another than the last one; no batch when it is the same.

    Raises:
        Invalid: a backfill is wanted, for which there is no cursor column.
    """
    path = placed.shape.path
    if window is not None:
        raise Invalid(f"{placed.name} is the document {path}: it has no cursor column to fill back by")
    if cursor.get("seed") == placed.shape.digest:
        return
    with world.registry.transaction() as unit:
        document = unit.documents.history(path)[-1][3]
    if document is None:
        return
    file = scratch / "seed.csv"
    file.write_bytes(document.content)
    ref = FileRef(key=path, path=str(file), etag=document.digest, bytes=len(document.content))
    yield Batch(
        scan=FileScan(format="csv", files=(ref,)), cursor={"seed": document.digest}, mode="replace", untyped=True
    )
