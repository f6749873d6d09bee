"""README and docs are transcripts that work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.console import Step, run, same, save, steps

ROOT = Path(__file__).parents[2]
MARKDOWN = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
DEMO = (ROOT / "README.md", ROOT / "docs/tutorial/messy-inc.md")
"""The demo is built once: the tutorial goes on where the README has ended."""
WALKS = (DEMO, *((p,) for p in MARKDOWN if steps(p) and p not in DEMO))
COLD = tuple(ROOT / page for page in ("README.md", "docs/howto/use-from-python.md", "docs/howto/use-the-api.md"))
"""Pages whose `weft` is the installed command, which can be killed; that of the others has its imports done."""


@pytest.mark.parametrize("pages", WALKS, ids=lambda pages: str(pages[-1].relative_to(ROOT)))
def test_transcript(pages: tuple[Path, ...], tmp_path: Path, warm: Path) -> None:
    done: set[str] = set()
    for page in pages:
        for step in steps(page):
            if step.command.removesuffix(" > demo.log") in done - {step.command}:
                continue  # the page before has shown what this one puts aside
            done.add(step.command)
            follow(page, step, tmp_path, None if page in COLD else warm)


def follow(page: Path, step: Step, folder: Path, first: Path | None) -> None:
    """Write the file, or run the command and compare what it prints."""
    if step.file.startswith("packages/"):  # shown, not written: the page has it as the repository has it
        assert step.expected.endswith((ROOT / step.file).read_text()), f"{page.name}:{step.line} is not {step.file}"
        return
    if step.file:
        save(step, folder)
        return
    printed = run(step, folder, first)
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
