"""Runs the console transcripts of a Markdown file and compares what is printed with what is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = re.compile(r"^```(console|yaml|sql|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?:#|--) ([\w.-]+(?:/[\w.-]+)*\.(?:yaml|sql|py))\n")


@dataclass(frozen=True)
class Step:
    """One command and what it prints, or one file and what it holds."""

    line: int
    command: str
    expected: str
    file: str = ""
    """Path below the folder in which the commands run; then nothing is run."""


def steps(markdown: Path) -> list[Step]:
    """Commands and files in the order of the page.

    A command is a line `$ command` of a console block with the lines below it; it goes on after a backslash. A file is
    any other block whose first line is a comment that holds nothing but its path.
    """
    text = markdown.read_text()
    found: list[Step] = []
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        language, body = block.groups()
        if language == "console":
            found += _commands(body, line)
        elif named := NAMED.match(body):
            found.append(Step(line, "", body, named.group(1)))
    return found


def _commands(body: str, line: int) -> Iterator[Step]:
    command, output, start = "", [], line
    for number, row in enumerate(body.splitlines(), line):
        if row.startswith("$ "):
            if command:
                yield Step(start, command, "\n".join(output))
            command, output, start = row[2:], [], number
        elif command.endswith("\\") and row.startswith("> "):
            command = command[:-1] + row[2:]
        else:
            output.append(row)
    if command:
        yield Step(start, command, "\n".join(output))


def save(step: Step, folder: Path) -> None:
    """Write a step's file where the commands are."""
    target = _here(folder) / step.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(step.expected)


def _here(folder: Path) -> Path:
    where = folder / ".cwd"
    return Path(where.read_text().strip()) if where.exists() else folder


def run(step: Step, folder: Path, first: Path | None = None) -> str:
    """Standard output and error of one command, run by a shell in `folder`; `cd` lasts for the following steps.

    Programs are looked for in the folder `first`, then in that of this interpreter.
    """
    paths = [*([str(first)] if first else []), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {
        "PATH": os.pathsep.join(paths),
        "HOME": str(folder),
        "COLUMNS": "110",
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "WEFT_USER": "you@example.com",
    }
    where = folder / ".cwd"
    program = f"cd '{_here(folder)}' && {step.command}; code=$?; pwd > '{where}'; exit $code"
    done = subprocess.run(
        ["bash", "-c", program],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr


def same(expected: str, printed: str) -> bool:
    """Equal line by line, spaces at the end aside; `...` alone stands for any lines, inside a line for any text."""
    pattern = ""
    for row in expected.rstrip().splitlines():
        if row.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(row.rstrip()).replace(r"\.\.\.", ".*?") + r"[ \t]*\n"
    plain = "\n".join(row.rstrip() for row in printed.rstrip().splitlines()) + "\n"
    return re.fullmatch(pattern, plain if plain != "\n" else "") is not None
