"""weft ask: a question under policy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, remark, say
from weft.cli.table import print_table
from weft.cli.values import count
from weft.flow.values import columns

if TYPE_CHECKING:
    from weft.flow.ask import Asked

Format = Literal["table", "csv", "json", "jsonl", "arrow", "parquet"]
ENDINGS: dict[str, Format] = {f".{form}": form for form in ("csv", "json", "jsonl", "arrow", "parquet")}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog='Example: weft ask "SELECT count(*) FROM sales.pipeline.deals" --as ida@messy.example')
    def ask(
        sql: Annotated[str, typer.Argument(help="One SELECT; - reads it from standard input.")],
        actor: AsOption = "",
        purpose: Annotated[str, typer.Option(help="What for; one of the mesh's purposes.")] = "",
        form: Annotated[
            Format | None,
            typer.Option("--format", "-f", help="How to print; default: what the name of --output ends in, or table."),
        ] = None,
        output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to, whole or not.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Ask with SQL. You see what policy lets you see, and every read is recorded.

        Tables are named domain.product.table; an older major version is domain.product."table@1".
        """
        from weft.flow.ask import ask as answer_under_policy

        chosen = _form("json" if as_json else form, output)
        text = sys.stdin.read() if sql == "-" else sql
        with opened(mesh) as world, asking(world, actor) as who:
            asked = answer_under_policy(world, text, who, purpose)
            with asked.answer:
                _write(asked, chosen, output)
            for note in asked.notes:
                remark(f"note: {note}")


def _form(named: Format | None, output: Path | None) -> Format:
    """The format that was named, or that of the file.

    Raises:
        Invalid: binary would go to a terminal, or the file's name tells no format.
    """
    from weft.errors import Invalid

    form = named or (ENDINGS.get(output.suffix.lower()) if output else "table")
    if form is None:
        raise Invalid(
            f"the name '{output}' tells no format; known endings are {', '.join(ENDINGS)}",
            hint="Say it with --format.",
        )
    if form in {"arrow", "parquet"} and output is None and sys.stdout.isatty():
        raise Invalid(f"{form} is binary", hint="Name a file with --output, or send it through a pipe.")
    return form


def _write(asked: Asked, form: Format, output: Path | None) -> None:
    """Print the answer, or write it to the file."""
    if form == "table" and output is None:
        _table(asked)
        return
    from weft.cli.formats import save, send

    if output is None:
        send(asked.answer, form, sys.stdout.buffer)
    else:
        rows = save(asked.answer, form, output)
        say(f"{count(rows, 'row')} in {output}")


def _table(asked: Asked) -> None:
    names = list(asked.answer.schema.names)
    rows = [row for batch in asked.answer for row in zip(*columns(batch), strict=True)]
    print_table(names, rows)
    masks = sorted({f"{column} ({mask.kind})" for d in asked.decisions for column, mask in d.masks.items()})
    filtered = sorted(str(d.table) for d in asked.decisions if d.filters)
    notes = [f"masked: {', '.join(masks)}"] if masks else []
    notes += [f"rows filtered: {', '.join(filtered)}"] if filtered else []
    say("; ".join([count(len(rows), "row"), *notes]))
