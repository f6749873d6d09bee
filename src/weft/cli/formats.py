"""An answer as CSV, JSON, Arrow or Parquet, batch by batch."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.flow.values import columns, encode, plain, unique

if TYPE_CHECKING:
    from collections.abc import Iterator


def send(answer: Any, form: str, sink: Any) -> int:
    """Write an answer to a binary stream; returns the number of rows."""
    counted = _Counted(answer)
    _WRITERS[form](counted, sink)
    sink.flush()
    return counted.rows


def save(answer: Any, form: str, output: Path) -> int:
    """Write an answer to a file: under another name beside it first, so that the file is whole or as it was.

    Raises:
        Invalid: there is no such folder, or the name is a folder's.
    """
    from weft.errors import Invalid

    if output.is_dir() or not output.parent.is_dir():
        what = "is a folder" if output.is_dir() else "lies in a folder that is not there"
        raise Invalid(f"'{output}' {what}", hint="Name a file in a folder that is there.")
    handle, partial = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as sink:
            rows = send(answer, form, sink)
        mask = os.umask(0)
        os.umask(mask)
        Path(partial).chmod(0o666 & ~mask)  # as any new file would be, not private like a temporary one
        Path(partial).replace(output)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return rows


class _Counted:
    """An answer that counts the rows which pass."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.schema, self.rows = answer, answer.schema, 0

    def __iter__(self) -> Iterator[Any]:
        for batch in self.answer:
            self.rows += batch.num_rows
            yield batch


def _csv(answer: _Counted, sink: Any) -> None:
    """RFC 4180 with a header; NULL is an empty field, an empty text is quoted; nested values are JSON text."""
    import pyarrow as pa
    from pyarrow import csv

    schema = pa.schema([f if _has_text(f.type) else f.with_type(pa.string()) for f in answer.schema])
    sink.write(",".join(map(_quoted, schema.names)).encode("utf-8", "surrogatepass") + b"\n")
    with csv.CSVWriter(sink, schema, write_options=csv.WriteOptions(include_header=False)) as writer:
        for batch in answer:
            writer.write_batch(_flat(batch, schema))


def _quoted(name: str) -> str:
    """A name in the header: in quotes where it needs them."""
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') or not name else name


def _has_text(kind: Any) -> bool:
    """Whether Arrow writes such values into CSV by itself, and as we want them."""
    from pyarrow import types

    return bool(
        types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_date(kind)
    )


def _flat(batch: Any, schema: Any) -> Any:
    """The batch with those columns as text that the schema wants as text."""
    import pyarrow as pa

    arrays = list(batch.columns)
    for number, field in enumerate(schema):
        if field.type != batch.column(number).type:
            (values,) = columns(batch.select([number]))
            arrays[number] = pa.array([_text(v) for v in values], pa.string())
    return pa.record_batch(arrays, schema=schema)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return encode(value) if isinstance(value, dict | list | tuple) else plain(value)


def _json(answer: _Counted, sink: Any) -> None:
    """One array of objects, a row a line."""
    names = [json.dumps(name, ensure_ascii=False) for name in unique(list(answer.schema.names))]
    mark = b"["
    for batch in answer:
        for row in zip(*columns(batch), strict=True):
            text = ", ".join(f"{name}: {encode(value)}" for name, value in zip(names, row, strict=True))
            sink.write(mark + b"\n{" + text.encode("utf-8", "surrogatepass") + b"}")
            mark = b","
    sink.write(b"[]\n" if mark == b"[" else b"\n]\n")


def _arrow(answer: _Counted, sink: Any) -> None:
    """Arrow IPC, streaming format."""
    import pyarrow as pa

    with pa.ipc.new_stream(sink, answer.schema) as writer:
        for batch in answer:
            writer.write_batch(batch)


def _parquet(answer: _Counted, sink: Any) -> None:
    """Parquet with ZSTD; intervals as ISO 8601 text, which pyarrow cannot write otherwise."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([f.with_type(pa.string()) if pa.types.is_interval(f.type) else f for f in answer.schema])
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in answer:
            writer.write_batch(_flat(batch, schema))


def _plain_table(answer: _Counted, sink: Any) -> None:
    """The table for people, in a file."""
    from weft.cli.table import WIDE, lines

    rows = [row for batch in answer for row in zip(*columns(batch), strict=True)]
    for line in lines(answer.schema.names, rows, WIDE):
        sink.write(line.encode() + b"\n")


_WRITERS = {"csv": _csv, "json": _json, "arrow": _arrow, "parquet": _parquet, "table": _plain_table}
