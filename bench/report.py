"""The plain table."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = ("what", "weft", "peer", "ratio", "aim", "CPU s", "MB")


@dataclass(frozen=True)
class Row:
    """One number beside its peer's; texts, ready to print."""

    what: str
    weft: str
    peer: str = ""
    ratio: str = ""
    aim: str = ""
    cpu: str = ""
    megabytes: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.weft, self.peer, self.ratio, self.aim, self.cpu, self.megabytes)


def table(rows: Sequence[Row]) -> str:
    """All rows, aligned, as a table that Markdown reads too."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    shown = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
    shown.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(shown)


def machine() -> str:
    """Date and size of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{dt.datetime.now(dt.UTC).date().isoformat()}, {cores} cores, {memory:.0f} GB of memory"
