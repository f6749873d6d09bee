"""weft connector test: try a connector with a configuration, stream by stream."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from weft.cli.connector.known import documents
from weft.cli.face import JsonOption, MeshOption, opened, print_json, say
from weft.cli.table import print_table


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(name="test", epilog="Example: weft connector test shop --config shop-config.yaml --stream orders")
    def try_out(
        name: Annotated[str, typer.Argument(help="Name of a connector: built in, of a package, of the mesh's folder.")],
        config: Annotated[Path, typer.Option("--config", help="YAML: a Source, or the settings alone.")],
        stream: Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Try a connector: does the system answer, what do its streams give? Ends with 1 when one gives an error.

        Reads the first rows of each; nothing is kept. Credentials are references, as in a Source.
        """
        from weft.flow.connectors import trial

        with opened(mesh, progress=True, quiet=as_json) as world:
            found = list(trial(world, documents(world.folder), name, _settings(config), tuple(stream or ())))
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
        else:
            rows = [
                (
                    t.stream,
                    t.rows,
                    t.columns,
                    ", ".join(t.key),
                    t.error or ("read" if t.rows else "read, but it has no rows"),
                )
                for t in found
            ]
            print_table(("stream", "rows", "columns", "key", "outcome"), rows)
            say(f"{sum(not t.error for t in found)} of {len(found)} streams were read")
        if any(t.error for t in found):
            raise typer.Exit(1)


def _settings(path: Path) -> dict[str, Any]:
    from weft.errors import Invalid
    from weft.spec.text import load

    if not path.is_file():
        raise Invalid(f"there is no file '{path}'", hint="Name a YAML file: a Source, or its `config` alone.")
    said = load(path.read_bytes(), str(path))
    inner = said.get("config", {}) if said.get("kind") == "Source" else said
    return dict(inner)
