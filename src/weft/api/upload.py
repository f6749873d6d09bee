"""Documents as they are sent: an archive or JSON, unpacked into a folder, within bounds."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException

from weft.errors import Invalid
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("application/zip", "application/x-tar", "application/gzip")
FILES, BYTES = 20_000, 100_000_000
"""Files and bytes of what is sent, unpacked."""
_ONE = 1_000_001
"""Bytes of a document that are read: one more than it may have, so that it is told."""


class Sent(Noun):
    """One document."""

    path: str = Field(min_length=1, max_length=500, examples=["pipeline/pipeline.odcs.yaml"])
    """Below the prefix, with forward slashes."""
    text: str = Field(max_length=1_000_000, examples=["apiVersion: weft/v1\\nkind: Domain\\nname: sales\\n"])
    """What stands in it."""


class Upload(Noun):
    """Documents."""

    documents: tuple[Sent, ...] = Field(max_length=FILES)
    """All that lies below the prefix."""


def unpacked(body: bytes, kind: str, folder: Path) -> None:
    """Write what was sent into an empty folder.

    Raises:
        Invalid: it is not what it claims to be, too large, or a path leads out of the folder.
        HTTPException: 400, it is no JSON of documents; 415, nothing of that kind can be sent.
    """
    left = BYTES
    for number, (path, content) in enumerate(_files(body, kind.partition(";")[0].strip().lower())):
        left -= len(content)
        if number >= FILES or left < 0:
            raise Invalid(f"at most {FILES:,} documents of {BYTES // 1_000_000} MB together are taken")
        place = folder / _inside(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        except (OSError, ValueError):
            raise Invalid(f"the path '{path!r}' cannot be a document's") from None


def _files(body: bytes, kind: str) -> Iterator[tuple[str, bytes]]:
    if kind == "application/json":
        return _json(body)
    if kind not in KINDS:
        raise HTTPException(415, f"documents are sent as application/json, {', '.join(KINDS)}")
    return _zip(body) if kind == "application/zip" else _tar(body)


def _json(body: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        sent = Upload.model_validate_json(body)
    except ValidationError as error:
        wrong = tuple(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise HTTPException(400, f"the documents cannot be read: {'; '.join(wrong)}") from None
    return ((one.path, one.text.encode()) for one in sent.documents)


def _zip(body: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for info in archive.infolist()[: FILES + 1]:
                if not info.is_dir():
                    with archive.open(info) as file:
                        yield info.filename, file.read(_ONE)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        raise Invalid("what was sent is no ZIP archive that can be read") from None


def _tar(body: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            for member in archive:
                found: Any = archive.extractfile(member) if member.isfile() else None
                if found is not None:
                    yield member.name, found.read(_ONE)
    except (tarfile.TarError, ValueError, EOFError, OSError):
        raise Invalid("what was sent is no tar archive that can be read") from None


def _inside(path: str) -> PurePosixPath:
    found = PurePosixPath(path.removeprefix("./"))
    if found.is_absolute() or ".." in found.parts or "\\" in path or not found.parts:
        raise Invalid(f"the path {path!r} leads out of the folder", hint="Paths begin below the prefix.")
    return found
