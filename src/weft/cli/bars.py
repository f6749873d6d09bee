"""Progress bars of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rich.progress import TaskID


class Bars:
    """Shows every piece of work that was started as a line; fulfils the seam Progress."""

    def __init__(self) -> None:
        self._shown = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.stop()

    def start(self, name: str, total: int | None = None) -> None:
        """A piece of work begins."""
        self._lines[name] = self._shown.add_task(name, total=total, text="")

    def step(self, name: str, amount: int = 1, text: str = "") -> None:
        """So much more is done."""
        if name not in self._lines:
            self.start(name)
        self._shown.update(self._lines[name], advance=amount, text=text)

    def done(self, name: str, text: str = "") -> None:
        """It ended."""
        if name in self._lines:
            self._shown.update(self._lines.pop(name), text=text, visible=False)
