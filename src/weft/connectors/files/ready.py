"""A found file made ready for the engine: compared with what was read before, unpacked, rewritten, its header known."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.connectors.files import tables, text
from weft.connectors.files.archive import CHUNK, unpacked
from weft.connectors.files.reading import REWRITTEN
from weft.connectors.files.scratch import writing
from weft.errors import Invalid, Unavailable
from weft.model import FileRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.connectors.files.found import Found
    from weft.connectors.files.reading import Reading
    from weft.model import Dialect

_HEAD = 65_536
BINARY = {"parquet", *REWRITTEN}
"""Formats that tell their encoding themselves."""


class Ready(Struct, frozen=True):
    """A file that the engine can read as it is."""

    ref: FileRef
    format: str
    header: str
    """Files of one header can be read together; empty = fits any."""
    temporary: bool = False


def etag(found: Found, known: str, reading: Reading) -> str | None:
    """`size:modified:digest` of a file, or none when `known` (the etag of the last read) says the same content.

    The content is looked at only when size or time differ; a text file is checked to be UTF-8 on the way.

    Raises:
        Invalid: the content is not in the encoding that the settings say.
        Unavailable: it cannot be read.
    """
    size, _, rest = known.partition(":")
    modified, _, digest = rest.partition(":")
    if found.modified and (size, modified) == (str(found.bytes), found.modified):
        return None
    now = f"crc32-{found.crc}" if found.member else _digest(found, reading)
    if known and (size, digest) == (str(found.bytes), now):
        return None
    return f"{found.bytes}:{found.modified}:{now}"


def _digest(found: Found, reading: Reading) -> str:
    plain_text = not found.zipped and reading.format_of(found) not in BINARY - {"fixed"}
    check = text.Utf8Check(found.shown) if plain_text and text.is_utf8(reading.dialect.encoding) else None
    total = hashlib.sha256()
    for chunk in raw(found):
        total.update(chunk)
        if check is not None:
            check.feed(chunk)
    if check is not None:
        check.feed(b"")
    return total.hexdigest()[:32]


def raw(found: Found) -> Iterator[bytes]:
    """Bytes of a file as they lie, in chunks of 1 MB."""
    try:
        with found.here().open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        raise Unavailable(f"{found.shown} vanished while it was read", hint="Run again.") from None
    except OSError as error:
        raise Unavailable(
            f"{found.shown} cannot be read: {error.strerror}", hint="Give the user that runs weft the right to read it."
        ) from None


def prepare(found: Found, tag: str, reading: Reading) -> Ready:
    """Unpack and rewrite a file where the engine needs it, into the scratch folder under a name of ours.

    What was brought from elsewhere is handed on: it is temporary then.

    Raises:
        Invalid: cut off or damaged archives, bytes outside the encoding, Parquet files that are none.
        Unavailable: no space left.
    """
    kind = reading.format_of(found)
    json = kind in ("json", "jsonl")
    packed = bool(found.member) or found.zipped
    head = b"" if packed else next(raw(found), b"")
    encoding = reading.dialect.encoding
    rewrite = kind not in BINARY and (text.must_rewrite(head, encoding, json=json) or packed)
    name = hashlib.sha256(f"{found.key}\0{tag}".encode()).hexdigest()[:24]
    path = reading.scratch / f"{name}.{kind}"
    if packed or rewrite:
        chunks = unpacked(found.here(), found.member, found.shown, reading.limits) if packed else raw(found)
        _write(text.recode(chunks, encoding, found.shown) if rewrite else chunks, path)
        encoding = "utf-8"
    else:
        path = found.here() if found.away is None else found.here().replace(path)
    if kind in REWRITTEN:
        path, encoding = _rewritten(kind, found, path, reading), "utf-8"
        kind = "parquet" if REWRITTEN[kind] == "parquet" else kind
    ref = FileRef(key=found.key, path=str(path.absolute()), etag=tag, bytes=path.stat().st_size)
    return Ready(
        ref, kind, _header(ref, kind, reading.dialect_of(kind), encoding, found.shown), temporary=path != found.path
    )


def _rewritten(kind: str, found: Found, path: Path, reading: Reading) -> Path:
    """A file that the engine does not read, as CSV or Parquet in the scratch folder."""
    name = hashlib.sha256(f"{found.key}\0{path}".encode()).hexdigest()[:24]
    target = reading.scratch / f"{name}.{REWRITTEN[kind]}"
    try:
        tables.rewrite(kind, (path, target), reading, found.shown)
    finally:
        if path != found.path:
            path.unlink(missing_ok=True)
    return target


def _write(chunks: Iterable[bytes], target: Path) -> None:
    with writing(target), target.open("wb") as stream:
        stream.writelines(chunks)


def _header(ref: FileRef, kind: str, dialect: Dialect, encoding: str, shown: str) -> str:
    """What tells files that cannot be read together apart; the engine's encoding stands in it."""
    if kind == "parquet":
        return " ".join(f"{name}:{type_}" for name, type_ in parquet_columns(Path(ref.path), shown))
    if kind in ("json", "jsonl") or not ref.bytes:
        return ""
    with Path(ref.path).open("rb") as stream:
        line = text.header(stream.read(_HEAD), encoding, dialect.skip)
    columns = line if dialect.header else str(line.count(dialect.delimiter))
    return f"{text.engine_encoding(encoding)} {columns}"


def parquet_columns(path: Path, shown: str) -> tuple[tuple[str, str], ...]:
    """Names and Arrow types of a Parquet file.

    Raises:
        Invalid: it is none, or it is cut off.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, UnicodeError, OSError):
        raise Invalid(
            f"{shown} is not a complete Parquet file",
            hint="It may be cut off: fetch it again from where it came, or set 'format' to what it is.",
        ) from None
    return tuple((field.name, str(field.type)) for field in schema)
