"""weft connector: what weft can read from, and how it learns more; one file a command."""

from __future__ import annotations

import importlib

import typer

COMMANDS = ("list_", "show", "form", "test_", "new", "import_")

connector = typer.Typer(no_args_is_help=True, help="Connectors: how to speak to a kind of system.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(
        connector,
        name="connector",
        epilog="Example: weft connector new shop --from-openapi openapi.yaml --out connectors/shop",
    )
    for name in COMMANDS:
        importlib.import_module(f"weft.cli.connector.{name}").register(connector)
