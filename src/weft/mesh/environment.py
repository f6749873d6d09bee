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
    from pathlib import Path

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
    reading = read(path.name, path.read_bytes())
    problems = reading.problems
    if isinstance(reading.noun, Mesh):
        given = parse(path.read_bytes()).value
        problems = tuple(_wrong(reading.noun, mesh, path, given))
        if not problems:
            named = {field: getattr(reading.noun, field) for field in Mesh.model_fields if to_camel(field) in given}
            return mesh.model_copy(update=named)
    raise Invalid(f"{path.name} has problems", problems=problems, hint="Mend them.")


def _wrong(own: Mesh, mesh: Mesh, path: Path, given: dict[str, object]) -> list[Problem]:
    def at(*step: str) -> Problem:
        return Problem(position=position(parse(path.read_bytes()), step, path.name), message="")

    found = [
        at(key).model_copy(update={"message": f"'{key}' stands in mesh.yaml alone: it is the same everywhere"})
        for key in _SAME
        if key in given
    ]
    found += [
        at().model_copy(update={"message": f"'{key}' is missing, an environment has its own"})
        for key in _OWN
        if key not in given
    ]
    if own.name != mesh.name:
        found.append(at("name").model_copy(update={"message": f"'name' is '{own.name}', allowed is '{mesh.name}'"}))
    return found
