"""The command line: one file a command; the heavy libraries are imported when a command runs."""

from __future__ import annotations

import importlib
import sys

import typer

EXIT_CODES = """Exit codes: 0 done · 1 problems were found (check, plan) or a run failed · 2 mend the input · 3 access denied · 4 data or stored state is broken · 5 try again later."""

COMMANDS = (
    "init",
    "check",
    "plan",
    "apply",
    "export",
    "new",
    "source",
    "run",
    "ask",
    "search",
    "show",
    "lineage",
    "events",
    "quarantine",
    "why",
    "publish",
    "hold",
    "doctor",
    "demo",
)

app = typer.Typer(
    name="weft",
    help="weft: data as products, described, moved and enforced in one process.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"weft {version('weft')}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """weft: data as products, described, moved and enforced in one process."""


for _name in COMMANDS:
    importlib.import_module(f"weft.cli.{_name}").register(app)


def main() -> None:
    """Run the command line; errors of weft become one message and an exit code."""
    from weft.errors import WeftError

    try:
        app()
    except WeftError as error:
        from weft.cli.face import print_error

        print_error(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was committed stays, the next run goes on from there\n")
        sys.exit(130)
