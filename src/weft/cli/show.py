"""weft show: one product or table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from weft.cli.face import AsOption, JsonOption, MeshOption, opened, print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft show ; weft show sales.pipeline ; weft show sales.pipeline.deals --as ida@messy.example"
    )
    def show(
        name: Annotated[
            str, typer.Argument(help="domain.product or domain.product.table; default: all products.")
        ] = "",
        actor: AsOption = "",
        sample: Annotated[int, typer.Option(help="Rows of a table to show, as you may see them.")] = 0,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show products; one product with its tables, state and use; or one table with columns, rules and a sample."""
        from weft.flow import base
        from weft.flow.show import describe

        with opened(mesh) as world:
            told = describe(world, base.declared(world), name)
            if sample and "columns" in told:
                told["sample"] = _sample(world, name, actor or world.user, sample)
        if as_json:
            print_json(told)
        else:
            _print(told)


def _sample(world: Any, name: str, actor: str, rows: int) -> list[dict[str, Any]]:
    from weft.flow.ask import ask

    with ask(world, f"SELECT * FROM {name} LIMIT {rows}", actor).answer as answer:
        return [row for batch in answer for row in batch.to_pylist()]


def _print(told: dict[str, Any]) -> None:
    for key, value in told.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            say()
            say(key, style="bold")
            print_table(list(value[0]), [tuple(row.values()) for row in value])
        elif value not in ("", [], None):
            say(f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
