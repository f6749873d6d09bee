"""Files as batches: only what is new or changed, files of one header together, the cursor that goes with each."""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec import Struct, field

from weft.connectors.files.reading import REWRITTEN
from weft.connectors.files.ready import Ready, etag, prepare
from weft.errors import WeftError
from weft.model import Batch, FileScan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.connectors.files.found import Found
    from weft.connectors.files.reading import Reading
    from weft.model import Dialect

TOGETHER_BYTES = 64_000_000
TOGETHER_FILES = 500
_DELIMITED = ("csv", "tsv", "pipe", *(kind for kind, told in REWRITTEN.items() if told == "csv"))


def fingerprint(reading: Reading) -> str:
    """Names the way of reading: when it changes, every file is read again and its rows are replaced."""
    told = {"format": reading.format, **reading.dialect.model_dump(exclude_defaults=True)}
    told |= {name: value for name in ("sheet", "records", "fixed") if (value := getattr(reading, name))}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def batches(files: Sequence[Found], reading: Reading, cursor: Mapping[str, Any]) -> Iterator[Batch]:
    """Batches of the files that are new or changed since the cursor, in the order of their keys.

    A vanished file is told with the first batch, or by a batch without files when nothing else is new.

    Args:
        files: what is there now.
        reading: how it is read.
        cursor: `{"files": {key: etag}, "reading": fingerprint}` or empty.
    """
    way = fingerprint(reading)
    before: dict[str, str] = dict(cursor.get("files", {})) if cursor.get("reading", way) == way else {}
    there = {file.key for file in files}
    state = _State(dict(before), way, reading, tuple(sorted(set(before) - there)))
    for key in state.gone:
        del state.files[key]
    group: list[Ready] = []
    try:
        for ready in _changed(files, reading, before):
            if group and not _fits(group, ready):
                yield from state.batch(group)
                group = []
            group.append(ready)
    except WeftError:
        # What stands before the bad file is taken, so that the next run starts at it.
        if group:
            yield from state.batch(group)
        raise
    if group or state.gone:
        yield from state.batch(group)


def _changed(files: Sequence[Found], reading: Reading, before: Mapping[str, str]) -> Iterator[Ready]:
    for _, group in groupby(files, lambda file: file.path):  # members of one archive: it is brought here once
        for file in group:
            tag = etag(file, before.get(file.key, ""), reading)
            if tag is not None:
                yield prepare(file, tag, reading)
        file.drop()


def _fits(group: Sequence[Ready], ready: Ready) -> bool:
    headers = {r.header for r in (*group, ready) if r.header}
    return (
        len(group) < TOGETHER_FILES
        and sum(r.ref.bytes for r in group) + ready.ref.bytes <= TOGETHER_BYTES
        and len(headers) <= 1
        and group[0].format == ready.format
    )


class _State(Struct):
    """What has been handed out so far."""

    files: dict[str, str]
    way: str
    reading: Reading
    gone: tuple[str, ...] = field(default=())

    def batch(self, group: Sequence[Ready]) -> Iterator[Batch]:
        """Yield the group as one batch; its temporary files go when the next one is asked for."""
        for ready in group:
            self.files[ready.ref.key] = ready.ref.etag
        gone, self.gone = self.gone, ()
        kind = group[0].format if group else "csv"
        yield Batch(
            scan=FileScan(
                format=cast("Literal['csv', 'json', 'jsonl', 'parquet']", "csv" if kind in _DELIMITED else kind),
                files=tuple(ready.ref for ready in group),
                dialect=self.dialect_of(kind, group),
            ),
            cursor={"files": dict(self.files), "reading": self.way},
            mode="files",
            gone=gone,
            untyped=kind in _DELIMITED,
        )
        for ready in group:
            if ready.temporary:
                Path(ready.ref.path).unlink(missing_ok=True)

    def dialect_of(self, kind: str, group: Sequence[Ready]) -> Dialect:
        """The dialect as the engine is to use it."""
        encoding = (
            next((r.header.partition(" ")[0] for r in group if r.header), "utf-8") if kind in _DELIMITED else "utf-8"
        )
        return self.reading.dialect_of(kind).model_copy(update={"encoding": encoding})
