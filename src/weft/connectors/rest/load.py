"""A document -> manifest, and the kind whose fields are the configuration of its sources."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from weft.connectors.rest.kind import Rest
from weft.connectors.rest.manifest.check import faults
from weft.connectors.rest.manifest.config import fields
from weft.connectors.rest.manifest.connector import Manifest
from weft.errors import Invalid
from weft.kinds import built, explain, explained
from weft.model import Position

if TYPE_CHECKING:
    from pathlib import Path

    from weft.kinds import Locate
    from weft.model import Problem

OUTSIDE = ("apiVersion", "kind")


class _Named(BaseModel):
    """Fields by the names of their aliases alone: a configuration's key may be any word."""

    model_config = ConfigDict(populate_by_name=False, protected_namespaces=())


def manifest(data: dict[str, Any]) -> Manifest:
    """The manifest that a document holds.

    Raises:
        ValidationError: it does not fit; with the place of each problem.
    """
    made: Manifest = built(Manifest, {key: value for key, value in data.items() if key not in OUTSIDE})
    found = faults(made)
    if found:
        raise explained("connector.yaml", found)
    return made


def problems(data: dict[str, Any], locate: Locate) -> tuple[Problem, ...]:
    """What is wrong with a manifest's document, each with its place."""
    try:
        manifest(data)
    except ValidationError as error:
        return explain(error, Manifest, locate)
    return ()


def connector(data: dict[str, Any], home: Path | None = None) -> type[Rest]:
    """The connector kind of a manifest; the same for the same document.

    Args:
        data: the document.
        home: folder of its hooks.py; none: in the mesh's folder.

    Raises:
        Invalid: the manifest has problems.
    """
    return _connector(json.dumps(data, sort_keys=False), home)


@lru_cache(maxsize=256)
def _connector(text: str, home: Path | None) -> type[Rest]:
    data = json.loads(text)
    name = str(data.get("name", "connector"))
    try:
        made = manifest(data)
    except ValidationError as error:
        found = explain(error, Manifest, lambda _: Position(file=f"{name}/connector.yaml"))
        raise Invalid(
            f"the manifest of the connector '{name}' has problems",
            problems=found,
            hint="`weft check` shows where they are.",
        ) from None
    said = made.description or made.title or name
    kind = cast("type[Rest]", create_model(name, __base__=(Rest, _Named), __doc__=said, **fields(made.config)))
    kind.manifest, kind.home = made, home
    return kind
