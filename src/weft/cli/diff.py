"""weft diff: what changes between two contracts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.values import count

if TYPE_CHECKING:
    from weft.flow.diff import Diff
    from weft.model import Contract

_STYLES = {"breaking": "red", "compatible": "yellow", "documentation": ""}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft diff deals-1.odcs.yaml deals-2.odcs.yaml ; weft diff deals.odcs.yaml")
    def diff(
        old: Annotated[Path, typer.Argument(help="A contract; alone it is the new one.")],
        new: Annotated[Path | None, typer.Argument(help="Another; default: OLD against the applied one.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Name every change of a contract and its class. Exit 1 when it breaks readers without a new major version."""
        from weft.flow.diff import applied
        from weft.flow.diff import diff as compare

        if new is not None:
            found = compare(_read(old), _read(new))
        else:
            later = _read(old)
            with opened(mesh) as world:
                found = compare(applied(world, later), later)
        print_json(_value(found)) if as_json else _print(found)
        raise typer.Exit(1 if found.refused else 0)


def _read(path: Path) -> Contract:
    from weft.errors import Invalid
    from weft.flow.diff import read

    try:
        return read(str(path), path.read_bytes())
    except OSError as error:
        raise Invalid(f"'{path}' cannot be read: {error.strerror or type(error).__name__}") from None


def _value(found: Diff) -> dict[str, object]:
    return {
        "id": found.new.id,
        "from": found.old.version,
        "to": found.new.version,
        "bump": found.bump,
        "refused": found.refused,
        "changes": [{"class": d.kind, "table": d.table, "column": d.column, "text": d.text} for d in found.found],
    }


def _print(found: Diff) -> None:
    for one in found.found:
        say(f"{one.kind:<14} {one.text}", style=_STYLES[one.kind])
    if not found.found:
        say("nothing differs")
        return
    version = f"{found.old.version} -> {found.new.version}"
    raised = f"{count(len(found.found), 'change')}, a new {found.bump} version is due; it goes {version}"
    say(raised, style="red" if found.refused else "")
