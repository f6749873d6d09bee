"""How every command ends: errors of weft become one message and an exit code, and there is never a traceback."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from weft.cli.face import print_error
from weft.errors import WeftError, understood

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPPED = 130
"""Exit code after Ctrl-C, as shells give it."""


class Commands(Mapping[str, Any]):
    """Commands and groups by name; one is imported when it is looked at."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self._names and name not in self._loaded:
            alone = typer.Typer(rich_markup_mode=None)
            importlib.import_module(f"weft.cli.{name.replace('-', '_')}").register(alone)
            self._loaded |= typer.main.get_group(alone).commands
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Root(TyperGroup):
    """The group of all commands; turns what they raise into messages."""

    def __init__(self, **settings: Any) -> None:
        from weft.cli import COMMANDS

        super().__init__(**settings)
        self.commands = Commands(COMMANDS)  # type: ignore[assignment]  # nobody adds to them

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the options; help and the version are printed here."""
        with told(as_json="--json" in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        with told(as_json="--json" in ctx.args):
            return super().invoke(ctx)


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """Whatever is raised inside ends as a message on standard error and an exit code."""
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was committed stays, the next run goes on from there\n")
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        if isinstance(error, typer.Abort) or (hasattr(error, "exit_code") and not isinstance(error, WeftError)):
            raise  # an end, or a usage error: the command line's library prints it
        if isinstance(error, BrokenPipeError) and _unread():
            _hush()
            raise typer.Exit(0) from None  # who reads has seen enough
        _give_up_output()
        known = understood(error)
        if os.environ.get("WEFT_DEBUG"):
            traceback.print_exception(error)
        print_error(known, as_json=as_json)
        raise typer.Exit(known.exit_code) from None


def _unread() -> bool:
    """Whether nobody reads standard output any more (else it was another pipe that broke)."""
    import select

    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLERR | select.POLLHUP)
    return bool(poll.poll(0))


def _give_up_output() -> None:
    """What is printed so far goes out before the message; where it cannot, nothing tries again at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        _hush()


def _hush() -> None:
    """What is still buffered goes nowhere, without a complaint at the end."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.close(silence)
