"""Columns of JSON files, found over all of their rows, such that nothing is lost.

Whatever JSON writes as text stays text (DuckDB would guess dates and UUIDs); numbers that are not 64 bit integers come
as text, so that neither long integers nor decimals are rounded by us; clashing types come as text or JSON text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.engines.duck.head import opened, signature
from weft.engines.duck.text import listed, literal, quoted
from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.engines.duck.trusted import Session
    from weft.model import FileScan

_DETECT = (
    "sample_size = -1, maximum_depth = -1, maximum_sample_files = 9223372036854775807, map_inference_threshold = -1,"
    " field_appearance_threshold = 0, convert_strings_to_integers = false, hive_partitioning = false,"
    " union_by_name = true"
)
_GUESSED = re.compile(
    r'"(?:[^"]|"")*"|\b(TIMESTAMP WITH TIME ZONE|TIMESTAMP_NS|TIMESTAMP|DATE|TIME WITH TIME ZONE|TIME|UUID|JSON)\b'
)
"""Quoted names are passed over, so that a field called "date" stays."""


@dataclass(frozen=True)
class Read:
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
        session.found[key] = {name: kind for name, kind, *_ in found}
    kinds: dict[str, str] = session.found[key]
    _no_twins(kinds, scan)
    if list(kinds) == ["json"] and not _objects(scan):
        options = "columns = {json: 'JSON'}, hive_partitioning = false, records = 'false'"
        return Read(f"read_json({paths}, format = '{form}', {options})", "json::VARCHAR AS json")
    declared = ", ".join(f"{literal(name)}: {literal(_type(kind))}" for name, kind in kinds.items())
    options = f"columns = {{{declared}}}, hive_partitioning = false, records = 'true'"
    return Read(f"read_json({paths}, format = '{form}', {options})", ", ".join(map(quoted, kinds)))


def _objects(scan: FileScan) -> bool:
    """Whether the first record is an object."""
    for file in scan.files:
        with opened(file.path) as content:
            start = content.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start:
            return start.removeprefix(b"[").lstrip().startswith(b"{")
    return False


def _type(kind: str) -> str:
    if kind in {"DOUBLE", "HUGEINT", "UBIGINT", '"NULL"'}:
        return "VARCHAR"
    kind = _GUESSED.sub(lambda m: "VARCHAR" if m[1] else m[0], kind)
    return kind.replace('"NULL"', "VARCHAR").replace("HUGEINT", "VARCHAR").replace("UBIGINT", "VARCHAR")


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
