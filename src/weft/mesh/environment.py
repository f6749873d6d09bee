"""Environments: `mesh.<name>.yaml` over `mesh.yaml`. Storage, registry and limits differ, documents do not."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from weft.errors import Invalid
from weft.model import Mesh, Problem
from weft.spec.reading import read
from weft.spec.text import parse, position

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.spec.text import Node

VARIABLE = "WEFT_ENV"
_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
_SAME = ("description", "stance", "purposes", "council")
"""Settings that say what holds for people and data: they are those of mesh.yaml everywhere."""
_OWN = ("storage", "registry")
"""Settings that each environment has for itself: else it would write into another one's."""


def environment() -> str:
    """The environment that is chosen; empty = none, mesh.yaml alone."""
    return os.environ.get(VARIABLE, "")


def state(root: Path) -> Path:
    """Folder of the embedded state."""
    name = environment()
    return root / ".weft" / f"env-{name}" if name else root / ".weft"


def laid_over(mesh: Mesh, folder: Path) -> Mesh:
    """The settings of the chosen environment.

    Raises:
        Invalid: there is no such environment, or its file has problems.
    """
    name = environment()
    if not name:
        return mesh
    path = folder / f"mesh.{name}.yaml"
    if not _NAME.match(name) or not path.is_file():
        there = ", ".join(sorted(p.name.split(".")[1] for p in folder.glob("mesh.*.yaml"))) or "none"
        raise Invalid(
            f"there is no environment '{name}'", hint=f"It needs a file mesh.{name}.yaml; there are: {there}."
        )
    content = path.read_bytes()
    reading = read(path.name, content)
    problems = reading.problems
    if isinstance(reading.noun, Mesh):
        root = parse(content)
        problems = tuple(_wrong(reading.noun, mesh, root, path.name))
        if not problems:
            named = {
                field: getattr(reading.noun, field) for field in Mesh.model_fields if to_camel(field) in root.value
            }
            return mesh.model_copy(update=named)
    raise Invalid(f"{path.name} has problems", problems=problems, hint="Mend them.")


def _wrong(own: Mesh, mesh: Mesh, root: Node, file: str) -> Iterator[Problem]:
    def problem(message: str, *step: str) -> Problem:
        return Problem(position=position(root, step, file), message=message)

    for key in (k for k in _SAME if k in root.value):
        yield problem(f"'{key}' stands in mesh.yaml alone: it is the same everywhere", key)
    for key in (k for k in _OWN if k not in root.value):
        yield problem(f"'{key}' is missing, an environment has its own")
    if own.name != mesh.name:
        yield problem(f"'name' is '{own.name}', allowed is '{mesh.name}'", "name")
