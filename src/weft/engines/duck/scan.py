"""A scan as the relation `_weft_source`: its columns as they come, then `_weft_file`.

Cells of a CSV arrive clean: trimmed, NULL for a null token. A line that has not the header's number of columns is told
in a rejects table, for the landing to put into quarantine. Columns of JSON are found over whole files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.engines.duck import head, json_columns
from weft.engines.duck.head import signature
from weft.engines.duck.text import listed, literal, quoted
from weft.errors import Invalid
from weft.model import ArrowScan, Column, FileScan, QueryScan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from weft.engines.duck.trusted import Desk, Session
    from weft.model import Dialect, Scan

SOURCE = "_weft_source"
REJECTS, REJECT_SCANS = "_weft_rejects", "_weft_reject_scans"
REJECTED = 10_000
"""Lines of a file that may be unreadable before the file is refused."""
LINE = 100_000
"""Characters of an unreadable line that are kept; a longer one refuses the file."""
_ARROW = "_weft_arrow"
_FILE = "_weft_file"
_VARCHAR = ": 'VARCHAR'"


def prepare(session: Session, scan: Scan) -> None:
    """Make the view `_weft_source`.

    Raises:
        Invalid: a file is not what it claims to be.
    """
    if isinstance(scan, QueryScan):
        session.govern(scan.governed)
        session.owned[SOURCE] = f"SELECT *, NULL::VARCHAR AS {_FILE} FROM ({scan.sql.strip().rstrip(';')}\n)"
        return
    sql, files = _arrow(session, scan) if isinstance(scan, ArrowScan) else _files(session, scan)
    session.view(SOURCE, sql, files)


def described(desk: Desk, scan: Scan) -> tuple[Column, ...]:
    """`describe` in a session of its own; batches of one Arrow schema are described once."""
    schema = scan.reader.schema if isinstance(scan, ArrowScan) else None
    if schema is not None and schema in desk.found:
        return tuple(desk.found[schema])
    with desk.open() if schema is None else desk.share() as session:
        found = describe(session, scan)
    if schema is not None:
        desk.found[schema] = found
    return found


def describe(session: Session, scan: Scan) -> tuple[Column, ...]:
    """Columns as they come, without our hidden ones. An Arrow stream is not read."""
    if isinstance(scan, ArrowScan):
        import pyarrow as pa

        if not scan.reader.schema.names:  # nothing came, not even a column
            return ()
        # Schema.empty_table() would load pandas, where it is installed.
        scan = ArrowScan(reader=pa.RecordBatchReader.from_batches(scan.reader.schema, []))
    prepare(session, scan)
    if not session.passing:
        session.lock()
    found = session.run(f"DESCRIBE FROM {SOURCE}")
    return tuple(Column(name=name, type=_plain(kind)) for name, kind, *_ in found if not name.startswith("_weft_"))


def _plain(kind: str) -> str:
    return "VARCHAR" if kind in {"JSON", '"NULL"'} else kind


def _arrow(session: Session, scan: ArrowScan) -> tuple[str, dict[str, str]]:
    if not scan.reader.schema.names:
        return f"SELECT NULL::VARCHAR AS {_FILE} WHERE false", {}
    session.stream(_ARROW, scan.reader)
    more = "" if _FILE in scan.reader.schema.names else f", NULL::VARCHAR AS {_FILE}"
    return f"SELECT *{more} FROM {_ARROW}", {}


def _files(session: Session, scan: FileScan) -> tuple[str, dict[str, str]]:
    files = {file.path: file.key for file in scan.files}
    session.files.update(files)
    with session.told():
        for file in scan.files:
            if file.path.endswith(".gz") and (known := signature(file)) not in session.found:
                head.whole_gzip(file)
                session.found[known] = True
        return _READERS[scan.format](session, scan), files


def _csv(session: Session, scan: FileScan) -> str:
    del session
    names = _one_header(scan)
    if not names:
        return f"SELECT NULL::VARCHAR AS {_FILE} WHERE false"
    dialect = scan.dialect
    options = [
        "auto_detect = false",
        f"header = {str(dialect.header).lower()}",
        f"skip = {dialect.skip}",
        f"delim = {literal(dialect.delimiter)}",
        f"quote = {literal(dialect.quote)}",
        f"escape = {literal(dialect.escape if dialect.quote else '')}",
        f"encoding = {literal(_ENCODINGS.get(dialect.encoding.lower().replace('_', '-'), dialect.encoding))}",
        f"nullstr = {listed(dialect.nulls or (chr(0) + 'weft',))}",
        f"columns = {{{', '.join(literal(name) + _VARCHAR for name in names)}}}",
        "hive_partitioning = false, strict_mode = true, store_rejects = true",
        f"rejects_limit = {REJECTED}, rejects_line_size_limit = {LINE}",
        f"rejects_table = {literal(REJECTS)}, rejects_scan = {literal(REJECT_SCANS)}",
    ]
    cells = ", ".join(f"{_clean(quoted(name), dialect)} AS {quoted(name)}" for name in names)
    read = f"read_csv({listed(f.path for f in scan.files)}, {', '.join(options)})"
    return f"SELECT {cells}, {_key(scan)} AS {_FILE} FROM {read}"


_ENCODINGS = {"utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16", "latin1": "latin-1", "iso-8859-1": "latin-1"}


def _one_header(scan: FileScan) -> tuple[str, ...]:
    """The header that all files share; empty files have none."""
    found: tuple[str, ...] = ()
    first = ""
    for file in scan.files:
        names = head.header(file, scan.dialect)
        if names and found and names != found:
            raise Invalid(
                f"file '{file.key}' has other columns than '{first}', which is read with it",
                hint="Files of one stream have one header; read the others as another stream.",
            )
        if names and not found:
            found, first = names, file.key
    return found


def _clean(cell: str, dialect: Dialect) -> str:
    """A cell, trimmed and NULL for a null token. Few have blanks around them, so looking first is cheap (measured)."""
    if not dialect.trim:
        return cell
    trimmed = f"trim({cell})"
    if dialect.nulls == ("",):
        trimmed = f"nullif({trimmed}, '')"
    elif dialect.nulls:
        trimmed = f"CASE WHEN {trimmed} NOT IN ({', '.join(map(literal, dialect.nulls))}) THEN {trimmed} END"
    return f"CASE WHEN {cell} < '!' OR suffix({cell}, ' ') THEN {trimmed} ELSE {cell} END"


def _key(scan: FileScan) -> str:
    """The key of the file that a row comes from."""
    if len(scan.files) == 1:
        return literal(scan.files[0].key)
    return f"list_extract({listed(f.key for f in scan.files)}, file_index::BIGINT + 1)"


def _json(session: Session, scan: FileScan) -> str:
    read = json_columns.reader(session, scan)
    return f"SELECT {read.columns}, {_key(scan)} AS {_FILE} FROM {read.sql}"


def _parquet(session: Session, scan: FileScan) -> str:
    del session
    read = f"read_parquet({listed(f.path for f in scan.files)}, union_by_name = true, hive_partitioning = false)"
    return f"SELECT *, {_key(scan)} AS {_FILE} FROM {read}"


_READERS = {"csv": _csv, "json": _json, "jsonl": _json, "parquet": _parquet}


def rejects(session: Session, scan: Scan) -> Sequence[tuple[str, int, str, str]]:
    """What the CSV reader could not take, once the scan is done: (file key, line, kind of error, text of the line)."""
    if not isinstance(scan, FileScan) or scan.format != "csv" or not _any_rejects(session):
        return ()
    keys = {file.path: file.key for file in scan.files}
    found = session.run(
        f"SELECT s.file_path, r.line, min(r.error_type::VARCHAR), min(r.csv_line) FROM {REJECTS} r"
        f" JOIN {REJECT_SCANS} s USING (scan_id, file_id) GROUP BY s.file_path, r.line, r.byte_position"
        " ORDER BY s.file_path, r.line"
    )
    return [(keys.get(path, path), line, kind, text.strip("\r\n")) for path, line, kind, text in found if text.strip()]


def _any_rejects(session: Session) -> bool:
    return bool(session.run(f"SELECT 1 FROM duckdb_tables() WHERE table_name = {literal(REJECTS)}"))


def sample(session: Session, scan: Scan, rows: int, sql: str) -> pa.Table:
    """What a trusted SELECT over the first rows of a scan, without our hidden columns, gives."""
    prepare(session, scan)
    session.lock()
    first = f"SELECT COLUMNS(lambda c: NOT starts_with(c, '_weft_')) FROM {SOURCE} LIMIT {int(rows)}"
    return session.table(f"WITH rows AS MATERIALIZED ({first}) {sql}")
