"""DuckDB's errors of the trusted side, as ours: which file, which line, what to do; never a value.

What a question of a consumer may be told is `complaint`'s matter; here the reader owns the files.
"""

from __future__ import annotations

import errno
import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from weft.engines.duck.complaint import class_of
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.errors import WeftError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CAUSES = (
    ("Unexpected end of GZIP", "the gzip file is cut off", "Fetch the file again."),
    ("No files found", "it is not there", "Look at the source's path, or wait until the file is written."),
    ("No such file", "it is not there", "Look at the source's path, or wait until the file is written."),
    ("Permission denied", "it may not be read", "Look at the file's permissions."),
    ("o magic bytes", "it is not a Parquet file, or it is cut off", "Fetch the file again, or name its format."),
    ("too small to be a Parquet", "it is not a Parquet file, or it is cut off", "Fetch the file again."),
    ("maximum_object_size", "one JSON object is larger than 16 MB", "Write one object a row (JSON Lines)."),
    ("state machine reached an invalid", "its line endings are mixed", "Write every line with the same ending."),
    ("has duplicate key", "an object has the same key twice", "Rename one of them at the source."),
    ("Duplicate name", "keys of one object differ only in case", "Rename one of them at the source."),
    ("not utf-8", "it holds bytes that are not of its encoding", "Set `encoding` of the source, for example latin-1."),
)
_JSON = re.compile(r"Malformed JSON in file .*? at byte \d+ in line \d+: ([a-zA-Z, -]+)", re.DOTALL)
_LOOKED_AT = 64_000_000
"""Bytes of a JSON file that are read again to name the line."""


@contextmanager
def told(files: Mapping[str, str], *, memory: int = 0) -> Iterator[None]:
    """Turn errors of DuckDB and of the disk into ours.

    Args:
        files: what to call the files that are read, by path.
        memory: limit of the connection in MB, for the message.

    Raises:
        Unavailable: disk or memory is short.
        Invalid: a file or a statement is not right.
    """
    import duckdb
    import pyarrow as pa

    try:
        yield
    except duckdb.Error as error:
        raise fault(type(error).__name__, str(error), files, memory) from None
    except OSError as error:
        if error.errno is None and (kind := class_of("", str(error))) != "Internal":
            raise fault(f"{kind}Exception", str(error), files, memory) from None  # DuckDB's, through an Arrow stream
        raise _disk(error, files) from None
    except pa.ArrowException as error:
        raise Unavailable(f"the rows could not be moved ({type(error).__name__})", hint="Run it again.") from None


def fault(kind: str, text: str, files: Mapping[str, str], memory: int = 0) -> WeftError:
    """The error to raise for one of DuckDB.

    Args:
        kind: name of its exception class.
        text: its message; may hold values.
        files: what to call the files that are read, by path.
        memory: limit of the connection in MB.
    """
    if full(text):
        return disk_full()
    if kind == "OutOfMemoryException":
        return Unavailable(
            f"the rows need more than the {memory} MB that landing may use",
            hint="Raise `engine: landingMemory` in mesh.yaml.",
        )
    name = next((shown for path, shown in files.items() if path in text), "")
    for sign, cause, hint in _CAUSES:
        if sign in text:
            return Invalid(f"{_file(name)} cannot be read: {cause}{_line(text)}", hint=hint)
    if kind == "InvalidInputException" and "JSON" in text and (path := next((p for p in files if p in text), "")):
        return _malformed(path, text, files[path])
    return _statement(kind, text, name)


def full(text: str) -> bool:
    """Whether a message says that there is no room."""
    return any(sign in text for sign in ("No space left", "max_temp_directory_size", "Disk quota", "File too large"))


def disk_full() -> Unavailable:
    """The disk is full."""
    return Unavailable(
        "the disk is full, nothing was committed", hint="Free space where the mesh keeps its tables, then run it again."
    )


def stream_broke(error: Exception) -> Unavailable:
    """A stream of rows ended early, for a reason that is none of ours."""
    return Unavailable(f"the source broke off while it was read ({type(error).__name__})", hint="Run it again.")


def _disk(error: OSError, files: Mapping[str, str]) -> WeftError:
    if error.errno in _FULL or full(str(error)):
        return disk_full()
    name = files.get(str(error.filename), "")
    if isinstance(error, FileNotFoundError):
        return Invalid(f"{_file(name)} cannot be read: it is not there", hint="Look at the source's path.")
    return Unavailable(
        f"{_file(name)} cannot be read ({type(error).__name__})", hint="Look at its permissions and disk."
    )


def _file(name: str) -> str:
    return f"file '{name}'" if name else "a file"


def _line(text: str) -> str:
    found = re.search(r"CSV Error on Line: (\d+)", text)
    return f", line {found[1]}" if found else ""


def _malformed(path: str, text: str, name: str) -> Invalid:
    found = _JSON.search(text)
    line = _line_of_json(path)
    what = (
        f"is not JSON: {found[1].strip()}" if found else "is not JSON" if line else "has records that are not objects"
    )
    return Invalid(
        f"{_file(f'{name}:{line}' if line else name)} {what}", hint="Mend the file, or have it written again."
    )


def _line_of_json(path: str) -> int:
    """The first line that is not JSON, as DuckDB's own count is off; 0 when it cannot be told."""
    file = Path(path)
    if file.suffix == ".gz" or file.stat().st_size > _LOOKED_AT:
        return 0
    with file.open("rb") as content:
        first = content.read(1)
        content.seek(0)
        if first == b"[":
            return _fails(content.read())
        return next((n for n, line in enumerate(content, 1) if line.strip() and _fails(line)), 0)


def _fails(content: bytes) -> int:
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return error.lineno
    except ValueError:
        return 1
    return 0


def _statement(kind: str, text: str, name: str) -> WeftError:
    """An owner's SQL, or a surprise. Texts that are made before a row is read speak of names only."""
    if kind in {"BinderException", "ParserException", "CatalogException", "SyntaxException"}:
        plain = " ".join(text.split("\n\nLINE ", 1)[0].partition(" Error: ")[2].split())
        return Invalid(f"the SQL does not fit: {plain[:400]}", hint="Mend the SQL of the table or of the rule.")
    if kind in {"ConversionException", "OutOfRangeException", "TypeMismatchException"}:
        return Invalid(
            "the SQL failed on a row: a value does not fit the type that it is cast to",
            hint="try_cast(... AS ...) gives NULL instead.",
        )
    if kind == "PermissionException":
        return Invalid("the SQL reaches beyond the tables that it names", hint="It may read those and nothing else.")
    what = _file(name) if name else "the SQL"
    return Invalid(f"{what} failed ({kind.removesuffix('Exception')} error)", hint="Look at the file and at the SQL.")
