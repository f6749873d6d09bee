"""Killed by SIGKILL at every named step: nothing lost, nothing double, nothing half-published, and it goes on."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults import life as lives

if TYPE_CHECKING:
    from faults.life import Life

SOURCE = Path(__file__).parents[2] / "src" / "weft"
ELSEWHERE = {
    "backup.registry",
    "backup.versions",
    "backup.tables",
    "restore.tables",
    "registry.moved",
    "retain.committed",
    "retain.bad",
    "vault.made",
    "vault.rewrapped",
}
"""Steps of commands outside this life: walks of their own die there (test_backup, test_upkeep, test_secrets)."""


def test_an_undisturbed_life_is_sound(life: Life) -> None:
    assert {s["name"]: s["after"]["faults"] for s in life.stages if s["after"]["faults"]} == {}
    said = {s["name"]: [text for one in s["said"] for text in lives.failed(one)] for s in life.stages}
    assert {name: texts for name, texts in said.items() if texts} == {}
    held = [s["name"] for s in life.stages if s["after"]["held"]]
    assert held == ["held", "held again", "replayed and held"]


def test_every_named_step_of_the_source_is_passed(life: Life) -> None:
    """So that a new failpoint is killed at by itself, and a step that the script never takes is noticed."""
    named = {
        name
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"""failpoint\(["']([\w.]+)["']\)""", path.read_text("utf-8"))
    }
    assert named > ELSEWHERE
    named -= ELSEWHERE
    assert named - {name for stage in life.stages for name in stage["passed"]} == set()
    assert named == {step.partition(":")[0] for _, step in life.steps()}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_killed_at_every_step(life: Life, part: int) -> None:
    cases = life.steps()[part::4]
    print("killed at", ", ".join(f"{life.stages[stage]['name']}: {step}" for stage, step in cases))
    assert life.each(cases, partial(lives.die_at, life)) == []
