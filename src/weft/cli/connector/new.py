"""weft connector new: a connector drafted from a description of an interface, or from one of its answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli.face import JsonOption, MeshOption, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.mesh.drafting import Drafted


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: weft connector new shop --from-openapi openapi.yaml --out connectors/shop")
    def new(
        name: Annotated[str, typer.Argument(help="Name of the connector.")],
        out: Annotated[Path, typer.Option("--out", help="Folder to write to; made when missing.")],
        from_openapi: Annotated[
            str, typer.Option("--from-openapi", help="File or URL: Swagger 2.0, OpenAPI 3.0 or 3.1, JSON or YAML.")
        ] = "",
        from_sample: Annotated[str, typer.Option("--from-sample", help="File or URL of one answer, JSON.")] = "",
        follow: Annotated[
            bool, typer.Option("--follow-refs", help="Read documents that $ref leads to, beside the document.")
        ] = False,
        probe: Annotated[
            bool, typer.Option("--probe", help="Ask the interface for two pages of each list, and correct the draft.")
        ] = False,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", help="NAME=VALUE of the configuration to probe with; a secret as secret://env/NAME."),
        ] = None,
        mesh: MeshOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Draft a connector: its manifest, a contract for each stream, and why each decision was taken.

        Without --probe nothing is asked of the interface itself, and no document besides the one named is read.
        """
        config = _config(settings or []) if probe else None
        drafted = _draft(name, (from_openapi, from_sample), config, folder=_folder(mesh), follow=follow)
        write(out, drafted)
        if as_json:
            print_json(drafted.report)
            return
        for stream in drafted.report["streams"]:
            say(_line(stream))
        skipped = drafted.report["skipped"]
        say(f"{len(drafted.report['streams'])} streams; {len(skipped)} operations give none: see drafts/report.json")
        say(f"wrote {out / 'connector.yaml'} and {len(drafted.files) - 1} drafts in {out / 'drafts'}")
        say("Next: look through what is below 0.7, then name the connector in a Source document.")


def _draft(
    name: str, places: tuple[str, str], config: Mapping[str, Any] | None, *, folder: Path | None, follow: bool
) -> Drafted:
    from weft.errors import Invalid
    from weft.mesh.drafting import Ground, from_openapi, from_sample

    ground = Ground(folder, near=True)
    document, sample = places
    if bool(document) == bool(sample):
        raise Invalid("name either --from-openapi or --from-sample", hint="weft connector new shop --from-openapi FILE")
    if sample:
        return from_sample(name, sample, ground)
    return from_openapi(name, document, ground, follow=follow, config=config)


def _config(settings: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` each.

    Raises:
        Invalid: one is not of that form; its value is not shown.
    """
    from weft.errors import Invalid

    told = dict(s.partition("=")[::2] for s in settings)
    if any("=" not in s for s in settings):
        raise Invalid("--set takes NAME=VALUE", hint="--set url=https://api.example --set token=secret://env/TOKEN")
    return told


def _folder(mesh: Path | None) -> Path | None:
    """The mesh's folder, where there is one: its vault holds the secrets."""
    from weft.cli.where import find_mesh
    from weft.errors import Invalid

    try:
        return find_mesh(mesh)
    except Invalid:
        if mesh is not None:
            raise
        return None


def _line(stream: Mapping[str, Any]) -> str:
    paging: Mapping[str, Any] = stream["pagination"]
    told: Sequence[str] = (
        f"records in {'.'.join(stream['records_path']) or 'the answer'}",
        f"pages by {paging.get('style', 'none')}",
        f"key {', '.join(stream['primary_key']) or '?'}",
        *([f"changes by {stream['incremental']['parameter']}"] if stream["incremental"] else []),
        *([f"for each of {stream['parent']}"] if stream["parent"] else []),
    )
    return f"{stream['confidence']:.2f}  {stream['name']} ({stream['path']}): {', '.join(told)}"


def write(folder: Path, drafted: Drafted) -> None:
    """Write the files of a drafted connector; an earlier one is not written over.

    Raises:
        Invalid: there is one.
    """
    from weft.errors import Invalid

    if (folder / "connector.yaml").exists():
        raise Invalid(f"'{folder / 'connector.yaml'}' is there already", hint="Name another folder, or move it away.")
    for file, text in drafted.files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
