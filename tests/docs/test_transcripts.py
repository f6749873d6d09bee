"""README and docs are transcripts that work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.console import run, same, save, steps
from docs.warm import warm_weft

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MARKDOWN = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
PAGES = [p for p in MARKDOWN if steps(p)]
COLD = (ROOT / "README.md", ROOT / "docs/tutorial/first-mesh.md", ROOT / "docs/howto/use-from-python.md")
"""Pages whose `weft` is the installed command; that of the others is the same code with its imports done."""


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with warm_weft(tmp_path_factory.mktemp("warm")) as folder:
        yield folder


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_transcript(page: Path, tmp_path: Path, warm: Path) -> None:
    first = None if page in COLD else warm
    for step in steps(page):
        if step.file.startswith("packages/"):  # shown, not written: the page has it as the repository has it
            assert step.expected.endswith((ROOT / step.file).read_text()), f"{page.name}:{step.line} is not {step.file}"
            continue
        if step.file:
            save(step, tmp_path)
            continue
        printed = run(step, tmp_path, first)
        assert same(step.expected, printed), (
            f"{page.name}:{step.line}: $ {step.command}\n--- written\n{step.expected}\n--- printed\n{printed}"
        )


def slug(heading: str) -> str:
    """A heading's anchor, as it is made where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name} links to {link}"
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(slug, headings), f"{page.name} links to {link}"


def test_there_is_a_transcript_in_the_readme() -> None:
    assert "$ weft demo" in (ROOT / "README.md").read_text() or "$ make demo" in (ROOT / "README.md").read_text()


def test_comparison_bites() -> None:
    assert same("a\n...\nb 1...3", "a\nx\ny\nb 123  \n")
    assert not same("a\nb", "a\nc")
    assert not same("a", "a\nb")
