"""Columns of JSON files, found over all of their rows, such that nothing is lost.

Whatever JSON writes as text stays text (DuckDB would guess dates and UUIDs); numbers that are not 64 bit integers come
as text, so that neither long integers nor decimals are rounded by us; clashing types come as text or JSON text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.engines.duck.head import opened, signature
from weft.engines.duck.text import listed, literal, quoted
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.engines.duck.trusted import Session
    from weft.model import FileScan

_DETECT = (
    "sample_size = -1, maximum_depth = -1, maximum_sample_files = 9223372036854775807, map_inference_threshold = -1,"
    " field_appearance_threshold = 0, convert_strings_to_integers = false, hive_partitioning = false,"
    " union_by_name = true"
)
_TEXT = frozenset(
    {"DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"}
    | {"UUID", "JSON", '"NULL"'}
)
_LONG = frozenset({"HUGEINT", "UBIGINT"})
_FIELD = re.compile(r'\s*("(?:[^"]|"")*"|\S+) (.*)', re.DOTALL)


class Read(Struct, frozen=True):
    """How to read the files."""

    sql: str
    columns: str


def reader(session: Session, scan: FileScan) -> Read:
    """SQL that reads the files with every column declared.

    Raises:
        Invalid: not JSON, or two keys that differ only in case.
    """
    paths, form = listed(file.path for file in scan.files), "newline_delimited" if scan.format == "jsonl" else "auto"
    key = (form, *map(signature, scan.files))
    if key not in session.found:
        found = session.run(f"DESCRIBE FROM read_json({paths}, format = '{form}', {_DETECT})")
        session.found[key] = _declared(session, f"{paths}, format = '{form}'", {name: kind for name, kind, *_ in found})
    kinds: dict[str, str] = session.found[key]
    _no_twins(kinds, scan)
    if list(kinds) == ["json"] and not _objects(scan):
        options = "columns = {json: 'JSON'}, hive_partitioning = false, records = 'false'"
        return Read(f"read_json({paths}, format = '{form}', {options})", "json::VARCHAR AS json")
    return Read(_read(f"{paths}, format = '{form}'", kinds), ", ".join(map(quoted, kinds)))


def _objects(scan: FileScan) -> bool:
    """Whether the first record is an object."""
    for file in scan.files:
        with opened(file.path) as content:
            start = content.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start:
            return start.removeprefix(b"[").lstrip().startswith(b"{")
    return False


def _read(files: str, kinds: dict[str, str]) -> str:
    declared = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in kinds.items())
    return f"read_json({files}, columns = {{{declared}}}, hive_partitioning = false, records = 'true')"


def _declared(session: Session, files: str, kinds: dict[str, str]) -> dict[str, str]:
    """Types to read the columns by. DuckDB finds HUGEINT where a column has both signs: look if 64 bits are enough."""
    exact = {name: _typed(kind, "VARCHAR") for name, kind in kinds.items()}
    short = {name: _typed(kind, "BIGINT") for name, kind in kinds.items()}
    unsure = {name: kind for name, kind in short.items() if kind != exact[name]}
    if not unsure:
        return exact
    counts = ", ".join(f"count({quoted(name)})" for name in unsure)
    try:
        session.run(f"SELECT {counts} FROM {_read(files, unsure)}")
    except Invalid:
        return exact
    return short


def _typed(kind: str, long: str) -> str:
    """A detected type with what is guessed made text; `long` stands for integers of more than 64 bits."""
    if kind.endswith("[]"):
        return f"{_typed(kind[:-2], long)}[]"
    if not kind.startswith("STRUCT("):
        return "VARCHAR" if kind in _TEXT else long if kind in _LONG else kind
    fields = [found for part in _parts(kind[len("STRUCT(") : -1]) if (found := _FIELD.fullmatch(part))]
    return f"STRUCT({', '.join(f'{found[1]} {_typed(found[2], long)}' for found in fields)})"


def _parts(text: str) -> Iterator[str]:
    """Pieces between the commas that stand in no bracket and no quotes."""
    depth, quoted_, start = 0, False, 0
    for at, sign in enumerate(text):
        quoted_ ^= sign == '"'
        if quoted_:
            continue
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _no_twins(kinds: dict[str, str], scan: FileScan) -> None:
    """DuckDB's names know no case: it calls the second of `id` and `Id` by a name that no row has."""
    for name in kinds:
        base, sign, number = name.rpartition("_")
        twin = next((other for other in kinds if other != base and other.lower() == base.lower()), "")
        if sign and number.isdigit() and twin:
            raise Invalid(
                f"file '{scan.files[0].key}' has the keys '{twin}' and '{base}', which differ only in case",
                hint="Names of columns know no case: rename one of them at the source.",
            )
