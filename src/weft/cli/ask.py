"""weft ask: a question under policy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_table, say

if TYPE_CHECKING:
    from weft.flow.ask import Asked

Format = Literal["table", "csv", "json", "arrow", "parquet"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog='Example: weft ask "SELECT count(*) FROM sales.pipeline.deals" --as ida@messy.example')
    def ask(
        sql: Annotated[str, typer.Argument(help="One SELECT; - reads it from standard input.")],
        actor: AsOption = "",
        purpose: Annotated[str, typer.Option(help="What for; one of the mesh's purposes.")] = "",
        form: Annotated[Format, typer.Option("--format", "-f", help="How to print.")] = "table",
        output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Ask with SQL; you see what policy lets you see, and every read is recorded."""
        from weft.flow.ask import ask as answer_under_policy

        text = sys.stdin.read() if sql == "-" else sql
        with opened(mesh) as world:
            asked = answer_under_policy(world, text, actor or world.user, purpose)
            with asked.answer:
                write(asked, "json" if as_json else form, output)


def write(asked: Asked, form: Format, output: Path | None) -> None:
    """Print an answer, batch by batch."""
    if form == "table":
        _table(asked)
        return
    if output is None and form in {"arrow", "parquet"} and sys.stdout.isatty():
        from weft.errors import Invalid

        raise Invalid(f"{form} is binary", hint="Name a file with --output, or send it through a pipe.")
    partial = output.with_name(output.name + ".part") if output else None
    sink: Any = partial.open("wb") if partial else sys.stdout.buffer
    try:
        _WRITERS[form](asked.answer, sink)
    except BaseException:
        if partial:
            sink.close()
            partial.unlink(missing_ok=True)  # nothing half-written stays
        raise
    if partial and output:
        sink.close()
        partial.replace(output)


def _table(asked: Asked) -> None:
    schema = asked.answer.schema
    rows = [tuple(row.values()) for batch in asked.answer for row in batch.to_pylist()]
    print_table(schema.names, rows)
    masks = sorted({f"{column} ({mask.kind})" for d in asked.decisions for column, mask in d.masks.items()})
    filtered = sorted(str(d.table) for d in asked.decisions if d.filters)
    notes = [f"masked: {', '.join(masks)}"] if masks else []
    notes += [f"rows filtered: {', '.join(filtered)}"] if filtered else []
    say(f"{len(rows)} rows" + "".join(f"; {n}" for n in notes))


def _csv(answer: Any, sink: Any) -> None:
    from pyarrow import csv

    with csv.CSVWriter(sink, answer.schema) as writer:
        for batch in answer:
            writer.write_batch(_flat(batch))


def _flat(batch: Any) -> Any:
    """Nested values as JSON text: CSV has no others."""
    import json

    import pyarrow as pa

    for index, field in enumerate(batch.schema):
        if pa.types.is_nested(field.type):
            texts = [None if v is None else json.dumps(v, default=str) for v in batch.column(index).to_pylist()]
            batch = batch.set_column(index, pa.field(field.name, pa.string()), pa.array(texts, pa.string()))
    return batch


def _json(answer: Any, sink: Any) -> None:
    import json

    sink.write(b"[")
    first = True
    for batch in answer:
        for row in batch.to_pylist():
            sink.write(b"\n" if first else b",\n")
            sink.write(json.dumps(row, default=str, ensure_ascii=False).encode())
            first = False
    sink.write(b"\n]\n")


def _arrow(answer: Any, sink: Any) -> None:
    import pyarrow as pa

    with pa.ipc.new_stream(sink, answer.schema) as writer:
        for batch in answer:
            writer.write_batch(batch)


def _parquet(answer: Any, sink: Any) -> None:
    from pyarrow import parquet

    with parquet.ParquetWriter(sink, answer.schema, compression="zstd") as writer:
        for batch in answer:
            writer.write_batch(batch)


_WRITERS = {"csv": _csv, "json": _json, "arrow": _arrow, "parquet": _parquet}
