"""weft lineage: where a column comes from, who uses it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, remark, say
from weft.cli.names import complete_names
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.seams import World


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        epilog="Example: weft lineage sales.pipeline.deals.amount ; weft lineage import dbt.jsonl ; weft lineage export"
    )
    def lineage(
        name: Annotated[
            str,
            typer.Argument(
                help="domain.product.table or domain.product.table.column; or import, or export.",
                autocompletion=complete_names,
            ),
        ],
        place: Annotated[
            str, typer.Argument(help="import: file of OpenLineage events, - for standard input; export: file or URL.")
        ] = "-",
        down: Annotated[bool, typer.Option("--down", help="Who uses it, instead of where it comes from.")] = False,
        new: Annotated[bool, typer.Option("--new", help="export: only what was not exported with --new yet.")] = False,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show where columns come from, and who uses them. From the source's stream to the consumer.

        `import` takes what other tools tell in OpenLineage events, so that their jobs join the graph; `export` hands
        out weft's own runs, to a file or to an OpenLineage endpoint.
        """
        from weft.flow import base
        from weft.flow.show import lineage_of

        with opened(mesh) as world:
            if name in {"import", "export"}:
                done = _taken(world, place) if name == "import" else _sent(world, place, new=new)
                remark(f"{count(done, 'job' if name == 'import' else 'event')} {name}ed")
                return
            edges = lineage_of(world, base.declared(world), name, down=down)
        if as_json:
            print_json(edges)
        else:
            _print(edges, down=down)


def _taken(world: World, place: str) -> int:
    from weft.errors import Invalid
    from weft.flow.openlineage import take

    if place == "-":
        return take(world, sys.stdin.read(), "standard input")
    try:
        text = Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise Invalid(f"'{place}' cannot be read: {why}", hint="Name a file of OpenLineage events.") from None
    return take(world, text, place)


def _sent(world: World, place: str, *, new: bool) -> int:
    """Hand the events out; with `new`, what arrived is not handed out again."""
    from weft.flow.openlineage import hand_over
    from weft.mesh import outlet

    return hand_over(world, _Out() if place == "-" else outlet(place, Path.cwd()), place, new=new)


class _Out:
    """Standard output."""

    def put(self, event: str) -> None:
        """One line."""
        sys.stdout.write(f"{event}\n")


def _print(edges: list[dict[str, Any]], *, down: bool) -> None:
    """Columns with what their values come from, then tables with what decides which rows they have, then the rest."""
    if not edges:
        say("no lineage is known")
    arrow = "->" if down else "<-"
    found: dict[str, dict[str, list[str]]] = {"direct": {}, "indirect": {}, "unknown": {}}
    for edge in edges:
        here, there = (edge["from"], edge["to"]) if down else (edge["to"], edge["from"])
        if edge["how"] != "direct":  # the column whose rows it decides is any of its table
            here, there = (here, _table(there)) if down else (_table(here), there)
        found[edge["how"]].setdefault(here, []).append(there)
    for how, ways in found.items():
        if ways and how != "direct":
            say(_HEADS[how])
        for one, others in ways.items():
            say(f"{'' if how == 'direct' else '  '}{one} {arrow} {', '.join(dict.fromkeys(others))}")


_HEADS = {"indirect": "only by filters, joins and grouping:", "unknown": "it cannot be told which columns:"}


def _table(column: str) -> str:
    return column.rpartition(".")[0] or column
