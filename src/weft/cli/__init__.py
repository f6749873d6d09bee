"""The command line: one file a command, imported when it is named; the heavy libraries when it runs."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading

import typer

from weft.cli.root import STOPPED, Root

ENDS = {
    0: "done",
    1: "problems were found (check, plan), a run failed, or you said no",
    2: "mend the input",
    3: "access denied",
    4: "data or stored state is broken",
    5: "try again later",
    70: "a fault in weft itself",
    130: "stopped by Ctrl-C",
}
EXIT_CODES = f"Exit codes: {' · '.join(f'{code} {what}' for code, what in ENDS.items())}."

COMMANDS = (  # in the order in which a newcomer needs them
    "init",
    "check",
    "plan",
    "diff",
    "apply",
    "export",
    "retired",
    "new",
    "source",
    "connector",
    "secret",
    "run",
    "ask",
    "search",
    "show",
    "metric",
    "board",
    "lineage",
    "events",
    "quality",
    "quarantine",
    "why",
    "who-can",
    "policy",
    "publish",
    "hold",
    "dark",
    "doctor",
    "registry",
    "backup",
    "restore",
    "upgrade",
    "serve",
    "demo",
)

KEPT = {-1: 64 << 20, -3: 32 << 20}
"""Bytes that mallopt(3) is told: M_TRIM_THRESHOLD, what may lie free; M_MMAP_THRESHOLD, of one piece."""
GARBAGE = 200_000
"""Objects more than before, until those that hold each other are looked for."""

app = typer.Typer(
    name="weft",
    cls=Root,
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code:<3} {what}" for code, what in ENDS.items()),
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help starts in half the time, and reads the same in a pipe
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"weft {version('weft')}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),  # noqa: ARG001 - its callback prints
    env: str = typer.Option("", "--env", help="Environment: mesh.ENV.yaml over mesh.yaml. [env var: WEFT_ENV]"),
) -> None:
    """weft: data as products, described, moved and enforced in one process."""
    if env:
        before = os.environ.get("WEFT_ENV", "")
        os.environ["WEFT_ENV"] = env
        ctx.call_on_close(lambda: os.environ.update(WEFT_ENV=before))


def _stop(*_: object) -> None:
    """Ctrl-C ends the process at once, as a kill would: the next run goes on from what is committed.

    Not by an exception: DuckDB may hang for good when the COPY that writes its files is interrupted.
    """
    show_cursor = "\x1b[?25h" if sys.stderr.isatty() else ""  # a progress bar has hidden it
    os.write(2, f"{show_cursor}stopped; what was committed stays, the next run goes on from there\n".encode())
    os._exit(STOPPED)


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _stop)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter shows its number
    app(prog_name="weft")


def _keep_freed() -> None:
    """Have the C library keep what is freed for what comes next: pages of records come and go by the megabyte."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # it is not the GNU one
        for what, most in KEPT.items():
            ctypes.CDLL(None).mallopt(what, most)


def process() -> None:
    """Run the command line as all that this process does: `main`, and then it ends at once.

    To take all modules apart, as Python does at its end, and to look for garbage after every 700 objects while they are
    loaded, is a third of the time of a small command. What waits for the end is still done: threads, `atexit`, output.
    """
    gc.set_threshold(GARBAGE)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it looks into every distribution for them
    _keep_freed()
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing ends its children
        atexit._run_exitfuncs()  # noqa: SLF001 - the same
        with contextlib.suppress(OSError):  # nobody reads: Python's own end tells it
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(end.code or 0)
        raise
