"""Rows to Parquet files: one pass that splits good from bad, and trusted copies.

Bad rows are told by `write_log`, called for them alone as the last condition of the pass; DuckDB keeps its log in a
file beside, so memory does not grow with them (docs/decisions/0001-commit.md).
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from weft.engines.duck import scan as scans
from weft.engines.duck.text import listed, literal, quoted
from weft.errors import Invalid, WeftError
from weft.model import ArrowScan, DataFile, FileScan, Written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from weft.engines.duck.trusted import Desk, Session
    from weft.model import Relation, Scan, Split, Stamp

UNREADABLE = "readable"
"""Name of the rule that a line breaks which has not the header's number of columns."""
# A dictionary of more than a tenth of a group's rows saves no bytes, and to make it costs 7 % of writing (measured).
_GROUPS = "ROW_GROUP_SIZE 40960, DICTIONARY_SIZE_LIMIT 4096"
_PARQUET = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, {_GROUPS}, RETURN_STATS"
_FILE_BYTES = 512_000_000
_MANY = 3
"""Threads from which on they gain more than keeping the order takes."""
_END = "chr(31)"
_LOG = "weft"
_LONGEST = 32_000_000
"""Bytes of one bad row in the log."""
Ragged: TypeAlias = "Sequence[tuple[str, int, str, str]]"
"""Lines that could not be read: file, line, what is wrong, text."""
_RAGGED = {"MISSING COLUMNS", "TOO MANY COLUMNS", "UNQUOTED VALUE"}


class Into(Struct, frozen=True):
    """Where a copy goes."""

    folder: str
    quiet: Collection[str] = ()
    ordered: bool = True
    """Rows keep the order in which the statement gives them: in one file, since DuckDB keeps it nowhere else."""


class Landing(Struct, frozen=True):
    """What one pass does."""

    scan: Scan
    split: Split
    stamp: Stamp


def split(desk: Desk, landing: Landing, good: str, bad: str) -> Written:
    """Shape, cast, check and write a scan in one pass.

    Args:
        desk: opens the session.
        landing: rows as they come, compiled contract, hidden columns.
        good: folder for good rows.
        bad: folder for bad rows.
    """
    with desk.open(threads=_threads(desk, landing.scan), over=True) as session:
        scans.prepare(session, landing.scan)
        session.relate(landing.split.relations)
        empty = _start_log(session)
        session.lock([good, bad])
        written = copy(session, _good(landing.split, landing.stamp), Into(good))
        try:
            ragged = scans.rejects(session, landing.scan)
            _refuse(ragged)
            told = ragged or _log(session).stat().st_size > empty  # to read the log costs as much as a small landing
            quarantined = _copy_bad(session, landing, ragged, bad) if told else ()
            return Written(
                good=written,
                bad=quarantined,
                rows_good=sum(f.rows for f in written),
                rows_bad=sum(f.rows for f in quarantined),
                by_reason=_by_reason(session, quarantined),
            )
        except BaseException:
            _remove(written)
            raise


def _threads(desk: Desk, scan: Scan) -> int:
    """One where a second would mostly wait: for a stream, or to keep the order (a third more CPU, measured)."""
    return 1 if isinstance(scan, ArrowScan) or (isinstance(scan, FileScan) and desk.threads < _MANY) else 0


def write(desk: Desk, sql: str, relations: Mapping[str, Relation], into: Into) -> tuple[DataFile, ...]:
    """Trusted copy of what our own SQL over relations gives."""
    with desk.open(ordered=into.ordered, over=True) as session:
        session.relate(relations)
        session.lock([into.folder])
        return copy(session, sql, into)


def copy(session: Session, sql: str, into: Into) -> tuple[DataFile, ...]:
    """Write a SELECT to Parquet files of unique names; files without rows are dropped, after an error all are."""
    name = uuid.uuid4().hex
    if into.ordered:
        goal, options = f"{into.folder}/{name}.parquet", _PARQUET
    else:
        goal, options = (
            into.folder,
            f"{_PARQUET}, APPEND, FILE_SIZE_BYTES {_FILE_BYTES}, FILENAME_PATTERN '{name}-{{uuid}}'",
        )
    try:
        found = session.run(f"COPY ({sql}\n) TO {literal(goal)} ({options})")
    except WeftError:
        for path in Path(into.folder).glob(f"*{name}*"):
            path.unlink(missing_ok=True)
        raise
    files = [_data_file(row, into.quiet) for row in found]
    _remove(file for file in files if not file.rows)
    return tuple(file for file in files if file.rows)


def _remove(files: Any) -> None:
    for file in files:
        Path(file.path).unlink(missing_ok=True)


def _data_file(row: tuple[Any, ...], quiet: Collection[str]) -> DataFile:
    """A file with the statistics that DuckDB returns: text by column, names in double quotes, nested ones with dots."""
    path, rows, size, _, columns, *_ = row
    least, most, nulls = {}, {}, {}
    for name, found in (columns or {}).items():
        column = name[1:-1].replace('""', '"')
        if column in quiet or '"."' in name:
            continue
        if (count := found.get("null_count")) is not None:
            nulls[column] = int(count)
        if found.get("has_nan", "false") == "false" and "min" in found and "max" in found:
            least[column], most[column] = found["min"], found["max"]
    return DataFile(path=str(path), bytes=size, rows=rows, minimum=least, maximum=most, nulls=nulls)


def _start_log(session: Session) -> int:
    """Have `write_log` write to a file of the session, and nothing else with it; bytes of its head."""
    folder = session.folder / "log"
    folder.mkdir()
    session.run(f"CALL enable_logging(storage = 'file', storage_config = {{'path': {literal(str(folder))}}})")
    session.run(f"SET enabled_log_types = {literal(_LOG)}; SET logging_mode = 'ENABLE_SELECTED'")
    return _log(session).stat().st_size


def _log(session: Session) -> Path:
    """What was told by the statements that have ended."""
    return session.folder / "log" / "duckdb_log_entries.csv"


def _good(split: Split, stamp: Stamp) -> str:
    """The good rows; telling the bad ones is the condition that they fail."""
    shown = [quoted(c.name) for c in split.columns]
    if stamp.files:
        shown.append("_weft_file")
    if stamp.operation:
        shown += [f"{value} AS {name}" for name, value in _stamps(stamp).items()]
        shown.insert(-1, f"{_constant(stamp.operation)} AS _weft_op")
    told = f"concat(_weft_why::VARCHAR, {_END}, _weft_file, {_END}, _weft_raw)"
    tell = f"write_log({told}, log_type := {literal(_LOG)}, level := 'info', return_value := false)"
    return (
        f"SELECT {', '.join(shown)} FROM ({split.sql.strip().rstrip(';')}\n) AS _weft_split"
        f" WHERE CASE WHEN _weft_why = 0 THEN true ELSE {tell} END"
    )


def _constant(text: str) -> str:
    """The same text in every row; as an enumeration it is the same Parquet string, written at an eighth of the cost."""
    return f"{literal(text)}::ENUM({literal(text)})"


def _stamps(stamp: Stamp) -> dict[str, str]:
    return {
        "_weft_run": _constant(stamp.run),
        "_weft_seq": f"{stamp.sequence}::BIGINT",
        "_weft_at": f"{literal(stamp.at)}::TIMESTAMPTZ",
    }


def _copy_bad(session: Session, landing: Landing, ragged: Ragged, folder: str) -> tuple[DataFile, ...]:
    into = Into(folder, quiet=("_weft_raw",))
    stamped = landing.split, landing.stamp
    try:
        return copy(session, _bad(*stamped, ragged, "duckdb_logs"), into)
    except Invalid:  # a line longer than DuckDB reads of its own log; by now all of it lies in the file
        return copy(session, _bad(*stamped, ragged, _long_log(session)), into)


def _long_log(session: Session) -> str:
    path = str(_log(session))
    names = ("context_id", "timestamp", "type", "log_level", "message")
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(path)}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {{{columns}}}, max_line_size = {_LONGEST}, buffer_size = {2 * _LONGEST})"
    )


def _bad(split: Split, stamp: Stamp, ragged: Ragged, log: str) -> str:
    """Rows of the quarantine: those that the pass told, then the lines that could not be read."""
    reasons = ", ".join(f"CASE WHEN (why & {1 << r.bit}) <> 0 THEN {literal(r.rule)} END" for r in split.reasons)
    why = f"list_distinct(list_filter([{reasons}], lambda r: r IS NOT NULL))" if reasons else "[]::VARCHAR[]"
    rest = f"array_to_string(string_split(message, {_END})[3:], {_END})"
    told = (
        f"SELECT {why} AS reasons, nullif(file, '') AS file, raw"
        f" FROM (SELECT split_part(message, {_END}, 1)::BIGINT AS why, split_part(message, {_END}, 2) AS file,"
        f" {rest} AS raw FROM {log} WHERE type = {literal(_LOG)})"
    )
    if ragged:
        lines = ", ".join(f"({literal(key)}, {line}, {literal(text)})" for key, line, _, text in ragged)
        told += (
            f" UNION ALL SELECT [{literal(UNREADABLE)}], key, to_json({{'_line': line, '_text': text}})::VARCHAR"
            f" FROM (VALUES {lines}) AS r(key, line, text)"
        )
    stamps = _stamps(stamp)
    return (
        f"SELECT {stamps['_weft_run']} AS _weft_run, {stamps['_weft_seq']} AS _weft_seq,"
        f" row_number() OVER () AS _weft_row, {stamps['_weft_at']} AS _weft_at, file AS _weft_file,"
        f" reasons AS _weft_reasons, raw AS _weft_raw FROM ({told})"
    )


def _refuse(ragged: Ragged) -> None:
    """Unreadable lines that are more than lines: a wrong encoding, a quote that never ends, a file of another shape."""
    counts: dict[str, int] = {}
    for key, line, kind, text in ragged:
        counts[key] = counts.get(key, 0) + 1
        if kind == "INVALID ENCODING":
            raise Invalid(
                f"file '{key}' cannot be read: line {line} holds bytes that are not of its encoding",
                hint="Set `encoding` of the source, for example latin-1.",
            )
        if kind == "UNQUOTED VALUE" and ("\n" in text or "\r" in text or len(text) >= scans.LINE):
            raise Invalid(
                f"file '{key}' cannot be read: a quote opens on line {line} and is not closed",
                hint="Mend the line, or set `quote` of the source (empty = none).",
            )
        if kind not in _RAGGED or len(text) >= scans.LINE:
            what = "is too long" if len(text) >= scans.LINE or "SIZE" in kind else "cannot be told apart"
            raise Invalid(f"file '{key}' cannot be read: line {line} {what}", hint="Look at its delimiter and quote.")
    for key, count in counts.items():
        if count >= scans.REJECTED:
            raise Invalid(
                f"file '{key}' cannot be read: {count} lines or more have not the header's number of columns",
                hint="Set `delimiter` and `quote` of the source.",
            )


def _by_reason(session: Session, bad: Sequence[DataFile]) -> dict[str, int]:
    if not bad:
        return {}
    found = session.run(
        "SELECT reason, count(*) FROM (SELECT unnest(_weft_reasons) AS reason FROM"
        f" read_parquet({listed(f.path for f in bad)})) GROUP BY 1 ORDER BY 1"
    )
    return dict(found)
