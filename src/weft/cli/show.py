"""weft show: one product or table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, asking, opened, print_json, say
from weft.cli.names import complete_names
from weft.cli.table import print_table
from weft.cli.values import when
from weft.flow.values import columns, unique


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft show ; weft show sales.pipeline ; weft show sales.pipeline.deals --sample 3")
    def show(
        name: Annotated[
            str,
            typer.Argument(
                help="domain.product or domain.product.table; default: all products.", autocompletion=complete_names
            ),
        ] = "",
        actor: AsOption = "",
        sample: Annotated[int, typer.Option(help="Rows of a table to show, as you may see them.", min=0)] = 0,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show products, one product, or one table. With state, columns, rules, use, and a sample on demand."""
        from weft.flow import base
        from weft.flow.show import describe

        rows: tuple[list[str], list[Any]] | None = None
        with opened(mesh) as world:
            told = describe(world, base.declared_of(world, name), name)
            if sample and "columns" in told:
                with asking(world, actor) as who:
                    rows = _sample(world, told["table"], who, sample)
        if as_json:
            if rows:
                told["sample"] = [dict(zip(unique(rows[0]), row, strict=True)) for row in rows[1]]
            print_json(told)
            return
        _print(told)
        if rows:
            say()
            print_table(*rows)


def _sample(world: Any, table: str, actor: str, rows: int) -> tuple[list[str], list[Any]]:
    from weft.flow.ask import ask

    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
    with ask(world, f"SELECT * FROM {quoted} LIMIT {rows}", actor).answer as answer:
        return list(answer.schema.names), [r for batch in answer for r in zip(*columns(batch), strict=True)]


def _print(told: dict[str, Any]) -> None:
    facts = {k: v for k, v in told.items() if v not in ("", [], None) and not _is_table(v)}
    widest = max((len(k) for k in facts), default=0) + 1
    for key, value in facts.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else _text(value)
        say(f"{key + ':':<{widest}} {text}")
    for key, value in told.items():
        if _is_table(value):
            if facts:
                say()
                say(key, style="bold")
            rows = [tuple(v if type(v) is int else _text(v) for v in row.values()) for row in value]
            print_table(list(value[0]), rows)


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _text(value: Any) -> Any:
    """A fact for the eye."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, str):
        return " ".join(when(word)[:16] if word[10:11] == "T" else word for word in value.split(" "))
    return f"{value:,}" if isinstance(value, int) else "" if value is None else value
