"""Runs the console transcripts of a Markdown file and compares what is printed with what is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One command and what it prints."""

    line: int
    command: str
    expected: str


def steps(markdown: Path) -> list[Step]:
    """Every `$ command` of the console blocks with the lines below it. A command goes on after a backslash."""
    text = markdown.read_text()
    found: list[Step] = []
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        command, output, start = "", [], line
        for number, row in enumerate(block.group(1).splitlines(), line):
            if row.startswith("$ "):
                if command:
                    found.append(Step(start, command, "\n".join(output)))
                command, output, start = row[2:], [], number
            elif command.endswith("\\") and row.startswith("> "):
                command = command[:-1] + row[2:]
            else:
                output.append(row)
        if command:
            found.append(Step(start, command, "\n".join(output)))
    return found


def run(step: Step, folder: Path) -> str:
    """Standard output and error of one command, run by a shell in `folder`; `cd` lasts for the following steps."""
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "COLUMNS": "110",
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "WEFT_USER": "you@example.com",
    }
    where = folder / ".cwd"
    start = where.read_text().strip() if where.exists() else str(folder)
    program = f"cd '{start}' && {step.command}; code=$?; pwd > '{where}'; exit $code"
    done = subprocess.run(
        ["bash", "-c", program], env=environment, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL
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
