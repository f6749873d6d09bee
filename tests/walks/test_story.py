"""cli/story.md, command by command: documents in, text out."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from docs.console import same, steps
from walks.terminal import shell, weft

HERE = Path(__file__).parent / "cli"
STORY = HERE / "story.md"
SHELL = ("|", ">", "&&")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the mesh of the story."""
    folder = tmp_path_factory.mktemp("story") / "shop"
    shutil.copytree(HERE / "mesh", folder)
    return folder


def printed(folder: Path, command: str) -> str:
    """What a line of the story prints; weft alone runs in this process, which is quicker."""
    words = shlex.split(command)
    alone = words[0] == "weft" and not any(word in SHELL for word in words)
    done = weft(folder, *words[1:]) if alone else shell(folder, command)
    return done.out + done.err


@pytest.mark.usefixtures("warm_shell")
def test_the_story(shop: Path) -> None:
    for step in steps(STORY):
        text = printed(shop, step.command)
        assert same(step.expected, text), (
            f"story.md:{step.line}: $ {step.command}\n--- written\n{step.expected}\n--- printed\n{text}"
        )


def test_it_tells_of_every_command() -> None:
    from weft.cli import COMMANDS

    told = {step.command.split()[1] for step in steps(STORY) if step.command.startswith("weft ")}
    assert set(COMMANDS) - told == {"init", "demo", "serve"}, "they have walks of their own"
