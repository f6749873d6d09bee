"""Rows on their way in: what a connector reads, what the engine writes, what the store commits."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weft.model.column import Column
from weft.model.names import Place, TableName
from weft.model.noun import Noun


class Relation(Noun):
    """Trusted description of published or candidate rows: files, and the log laid over them."""

    files: tuple[str, ...] = ()
    """Absolute paths of the table's Parquet files."""
    log: tuple[str, ...] = ()
    """Absolute paths of the landing log's files; empty = nothing to overlay."""
    key: tuple[str, ...] = ()
    """Primary key; needed with a log."""
    order: tuple[str, ...] = ()
    """Columns that tell the newest log row of a key: the cursor column if any, then _weft_seq, _weft_row."""
    columns: tuple[Column, ...] = ()
    """Columns of the relation in their order, as the contract has them (missing ones in old files are NULL)."""
    rows: int = 0


class Governed(Noun):
    """One table as one actor may see it: what stands behind its name in a question."""

    name: str
    """`domain.product.table`."""
    relation: Relation
    columns: tuple[Column, ...]
    """What is seen, in order, with its types after masking."""
    select: dict[str, str] = Field(default_factory=dict)
    """SQL expression by column where it is not the column itself (masks); trusted text, may hold key material."""
    where: str = ""
    """SQL condition of the row filters; trusted text; empty = all rows."""
    key: str = ""
    """Digest of publication and obligations: names a kept file. Empty when whole."""

    @property
    def whole(self) -> bool:
        """True when rows and columns are seen as they lie."""
        return not self.select and not self.where


class Dialect(Noun):
    """How an untyped source (CSV) writes its values; settings of the source with these defaults."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    """Any codec that Python knows; what DuckDB cannot read is transcoded first."""
    header: bool = True
    trim: bool = True
    """Spaces around headers and cells are taken off."""
    nulls: tuple[str, ...] = ("",)
    """Cells that mean no value, after trimming."""
    decimal: str = "."
    thousands: str = ""
    timezone: str = "UTC"
    """Zone of timestamps that name none."""
    skip: int = 0
    """Lines before the header."""


class FileRef(Noun):
    """One file to read."""

    key: str
    """Its identity in the source: path below the source's root; the member's name after `!` in a zip."""
    path: str
    """Where its bytes lie now on this machine (a temporary place for what was unpacked or transcoded)."""
    etag: str = ""
    """Changes when the content changes."""
    bytes: int = 0


class FileScan(Noun):
    """Rows of some files of one format and one header."""

    format: Literal["csv", "json", "jsonl", "parquet"]
    files: tuple[FileRef, ...]
    dialect: Dialect = Dialect()


class ArrowScan(Noun):
    """Rows of an Arrow stream; can be read once."""

    reader: Any
    """pyarrow.RecordBatchReader."""
    dialect: Dialect = Dialect()
    """For text columns that weft casts."""
    plain: bool = False
    """Its text comes from a file of text, where NaN and infinity are no numbers."""


class QueryScan(Noun):
    """Rows of a derived table's SQL over governed tables; the SQL passed `Engine.inspect`."""

    sql: str
    governed: tuple[Governed, ...]
    dialect: Dialect = Dialect()


Scan = FileScan | ArrowScan | QueryScan


class RowCheck(Noun):
    """A rule that is decidable on one row, compiled by `quality` for `contracts`."""

    rule: str
    column: str = ""
    condition: str
    """SQL over the typed columns (quoted names), TRUE when the row is bad; NULL or FALSE = fine."""
    text: str = ""
    """What was allowed; never a row's value."""
    relations: dict[str, Relation] = Field(default_factory=dict)
    """Other tables that the condition names."""


class Batch(Noun):
    """One bounded piece of a stream, with the cursor that holds when it is committed."""

    scan: Scan
    cursor: dict[str, Any]
    """JSON; handed to the next `read` once committed."""
    mode: Literal["append", "files", "replace", "delete", "keys"] = "append"
    """append: new rows; files: replaces the rows of its files; replace: a full refresh, the batch is everything;
    delete: keys of rows that the source deleted; keys: keys of all rows that it holds, what the table has besides is
    deleted. The last two hold the source's key columns, and need a table with a primary key."""
    gone: tuple[str, ...] = ()
    """Keys of files that vanished since the last read (mode files): reported, their rows stay."""
    untyped: bool = False
    """True when all columns are text that the contract casts (CSV)."""
    notes: tuple[str, ...] = ()
    """What had to be mended so that it could be read, for people; told with what changed in the source. No values."""


class DataFile(Noun):
    """One Parquet file of a table."""

    path: str
    """Relative to the table's folder for a file of a snapshot; absolute while staged."""
    bytes: int
    rows: int
    minimum: dict[str, Any] = Field(default_factory=dict)
    """Smallest value by column, JSON; PII columns are left out."""
    maximum: dict[str, Any] = Field(default_factory=dict)
    nulls: dict[str, int] = Field(default_factory=dict)


class Snapshot(Noun):
    """One version of a table in the store."""

    place: Place
    version: int
    """Delta version; -1 before the first commit."""
    columns: tuple[Column, ...] = ()
    """All of them, hidden ones too."""
    files: tuple[DataFile, ...] = ()
    root: str = ""
    """Absolute folder or URL of the table; `root/file.path` is a file's place."""
    handle: Any = None
    """The driver's own; commits through it are fenced against others."""

    @property
    def rows(self) -> int:
        """Rows in its files."""
        return sum(f.rows for f in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Absolute paths of its files."""
        return tuple(f"{self.root}/{f.path}" for f in self.files)


class Transaction(Noun):
    """Delta app transaction: makes a commit effectively once."""

    app: str
    """`weft:<table key>:<what>`."""
    sequence: int
    """Grows by one with each commit of that app."""


class Commit(Noun):
    """What to commit to one table, or what was committed."""

    place: Place
    run: str
    add: tuple[DataFile, ...] = ()
    """Staged files (absolute paths inside the store's staging folder of that place)."""
    remove: tuple[DataFile, ...] = ()
    """Files of the base snapshot that go; must all be in it."""
    mode: Literal["append", "overwrite"] = "append"
    """overwrite removes every file of the base snapshot."""
    transaction: Transaction | None = None
    version: int | None = None
    """Set when committed."""
    operation: str = "WRITE"
    metadata: dict[str, str] = Field(default_factory=dict)
    """Kept in the commit: `weft.run`, `weft.sequence`."""


class WhyBad(Noun):
    """One bit of the mask of reasons why a row is bad."""

    bit: int
    rule: str
    column: str = ""
    text: str = ""
    """What was allowed; never a row's value."""


class Split(Noun):
    """Compiled by `contracts`: SQL that shapes, casts and checks a scan in one pass, for DuckDB."""

    sql: str
    """One SELECT over the relation `_weft_source` (and the names in `relations`). Its columns: those of `columns`, then
    `_weft_file` VARCHAR (NULL where not from files), `_weft_why` BIGINT (0 = good) and, where not 0, `_weft_raw`
    VARCHAR (JSON of the source row)."""
    columns: tuple[Column, ...]
    """Columns of good rows, in the contract's order."""
    reasons: tuple[WhyBad, ...] = ()
    relations: dict[str, Relation] = Field(default_factory=dict)
    """Other tables that a check looks into (foreign keys)."""
    fatal: bool = False
    """True when a bad row refuses the whole batch instead (contract drift `freeze`)."""


class Stamp(Noun):
    """Hidden columns that the engine adds to what it writes."""

    run: str
    sequence: int
    at: str
    """UTC, ISO 8601."""
    operation: str = ""
    """'u' for a landing log (adds `_weft_op`); empty for a table. In a log 'd' deletes a key, 'r' makes what was read
    of it before this batch forgotten."""
    files: bool = False
    """Add `_weft_file`."""


class Written(Noun):
    """What one pass wrote."""

    good: tuple[DataFile, ...] = ()
    bad: tuple[DataFile, ...] = ()
    """Columns: _weft_run, _weft_seq, _weft_row BIGINT, _weft_at, _weft_file, _weft_reasons VARCHAR[], _weft_raw."""
    rows_good: int = 0
    rows_bad: int = 0
    by_reason: dict[str, int] = Field(default_factory=dict)
    """Rows by rule name; a row may count for several."""


class Publication(Noun):
    """Which version of a table consumers see."""

    table: TableName
    version: int
    """Version of the table."""
    log_version: int | None = None
    """Version of the landing log; none = no log."""
    quarantine_version: int | None = None
    """Version of the quarantine then: discarding what comes later goes back to it, so that no bad row is lost."""
    relation: Relation
    """Stored with its files, since a vacuumed version still lists files that are gone."""
    contract_version: str = ""
    run: str = ""
    at: str = ""
    """UTC."""
    held: bool = False
    """True for a candidate that checks hold back; at most one beside the published one."""
    forced: str = ""
    """Reason, when it was published in spite of its findings."""
    discarded: bool = False
    """True for a held one whose discard has begun: it is carried out before anything else happens to its table."""

    @property
    def governed(self) -> str:
        """Start of the keys of what is kept of its governed rows (`Governed.key`)."""
        return f"{self.table.key}/{self.version}-{self.log_version}-"
