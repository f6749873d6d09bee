"""weft who-can: everybody who may read a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.names import complete_tables
from weft.cli.table import filled, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.flow.readers import Reader


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="who-can", epilog="Example: weft who-can people.staff.employees")
    def who_can(
        table: Annotated[str, typer.Argument(help="domain.product.table", autocompletion=complete_tables)],
        everybody: Annotated[bool, typer.Option("--all", help="Also those who may not, with the reason.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """List everybody who may read a table. For which purposes, with which columns masked, which rows, and why."""
        from weft.flow import base, readers

        with opened(mesh) as world:
            found = [r for r in readers.who_can(world, base.declared(world), table) if r.allowed or everybody]
        if as_json:
            print_json(to_builtins(found))
        elif found:
            _print(found)
        else:
            say(f"nobody may read {table}; --all tells why")


def _print(found: Sequence[Reader]) -> None:
    headers = ("who", "may", "for", "masked", "rows by", "by")
    print_table(*filled(headers, [_row(one) for one in found]))


def _row(one: Reader) -> tuple[str, ...]:
    purposes = ", ".join(purpose or "no purpose" for purpose in one.purposes)
    masked = ", ".join(f"{column} ({mask})" for column, mask in one.masked.items())
    by = ", ".join(one.rules) if one.allowed else "; ".join(one.why)
    return one.who, "" if one.allowed else "not", purposes, masked, ", ".join(one.rows), by
