"""How the files of one stream are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Invalid
from weft.model import Dialect

if TYPE_CHECKING:
    from pathlib import Path

    from weft.connectors.files.archive import Limits
    from weft.connectors.files.found import Found

REWRITTEN = {"xlsx": "csv", "xml": "csv", "fixed": "csv", "orc": "parquet", "avro": "parquet"}
"""Formats that the engine does not read itself, and what `tables.py` writes them as."""


class Reading(Struct, frozen=True):
    """How the files of one stream are read."""

    format: str
    """csv, tsv, pipe, json, jsonl, parquet, xlsx, xml, fixed, orc, avro or auto."""
    dialect: Dialect
    limits: Limits
    scratch: Path
    sheet: str = ""
    """Of a workbook."""
    records: str = ""
    """Name of the XML element that is one row."""
    fixed: tuple[tuple[str, int, int], ...] = ()
    """Columns of fixed width: name, first and last position counted from 1."""

    def format_of(self, found: Found) -> str:
        """Format of one file.

        Raises:
            Invalid: neither the settings nor its ending tell.
        """
        kind = found.ending if self.format == "auto" else self.format
        if not kind:
            raise Invalid(
                f"the format of {found.shown} cannot be told by its ending",
                hint="Set 'format' of the source or stream to one of csv, tsv, pipe, fixed, json, jsonl, xml, xlsx, "
                "parquet, orc and avro.",
            )
        return kind

    def dialect_of(self, kind: str) -> Dialect:
        """The dialect of a file of this format as it is handed on."""
        if REWRITTEN.get(kind) == "csv":
            return self._plain()
        delimiter = {"tsv": "\t", "pipe": "|"}.get(kind, self.dialect.delimiter)
        return self.dialect.model_copy(update={"delimiter": delimiter})

    def _plain(self) -> Dialect:
        """CSV as we write it; what the source says about values stays."""
        nulls = self.dialect.nulls if "" in self.dialect.nulls else ("", *self.dialect.nulls)
        kept = {name: getattr(self.dialect, name) for name in ("trim", "decimal", "thousands", "timezone")}
        return Dialect(nulls=nulls, **kept)
