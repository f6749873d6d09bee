"""The bytes of an OpenAPI or Swagger document as plain values, JSON or YAML, without being led astray by them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from weft.errors import Invalid

LARGE = 100_000_000
"""Bytes of a document."""
DEEP = 200
"""Levels of nesting."""
EXPANDED = 1_000_000
"""Values that all aliases of a document may stand for together."""

_ITSELF = "Give the document itself, not a page about it."


def parse(content: bytes, name: str) -> Any:
    """Read JSON or YAML.

    Args:
        content: UTF-8, with or without byte-order mark.
        name: of the document, for messages.

    Raises:
        Invalid: it cannot be read, or it is larger, deeper or expands further than is read.
    """
    if len(content) > LARGE:
        raise Invalid(f"'{name}' has {len(content):,} bytes, read are at most {LARGE:,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"'{name}' is not UTF-8", hint="Save it as UTF-8.") from None
    if not text.strip():
        raise Invalid(f"'{name}' is empty")
    if text.lstrip()[0] == "<":
        raise Invalid(f"'{name}' is a page, HTML or XML, and neither JSON nor YAML", hint=_ITSELF)
    return _json(text, name) if text.lstrip()[0] in ("{", "[") else _yaml(text, name)


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise Invalid(f"'{name}' is nested too deeply, read are at most {DEEP} levels") from None
    except ValueError as error:
        with suppress(Invalid):  # YAML may begin with a bracket too
            return _yaml(text, name)
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it"
        raise Invalid(f"'{name}' is no JSON: {where} cannot be read", hint="Is it the whole document?") from None


def _yaml(text: str, name: str) -> Any:
    import yaml  # needs some milliseconds

    try:
        _bounded(text, name)
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader that knows fewer types
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise Invalid(f"'{name}' is neither JSON nor YAML{where}", hint=_ITSELF) from None


def _bounded(text: str, name: str) -> None:
    """Refuse aliases that grow without bound and nesting beyond bounds, before anything is built."""
    import yaml

    bounds = _Bounds(name)
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            bounds.close()
        elif isinstance(event, yaml.CollectionStartEvent):
            bounds.open(event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            bounds.alias(event.anchor or "")
        elif isinstance(event, yaml.ScalarEvent):
            bounds.scalar(event.anchor)


class _Bounds:
    """Counts what a YAML text stands for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sizes: dict[str, int] = {}
        self._open: list[tuple[str | None, int]] = []
        self._seen = self._expanded = 0

    def scalar(self, anchor: str | None) -> None:
        self._seen += 1
        if anchor:
            self._sizes[anchor] = 1

    def alias(self, anchor: str) -> None:
        size = self._sizes.get(anchor)
        if size is None:
            raise Invalid(f"'{self._name}': the alias '*{anchor}' names nothing that ends before it")
        self._expanded += size
        self._seen += size
        if self._expanded > EXPANDED:
            raise Invalid(f"'{self._name}': its aliases stand for more than {EXPANDED:,} values; it is not read")

    def open(self, anchor: str | None) -> None:
        self._seen += 1
        self._open.append((anchor, self._seen))
        if len(self._open) > DEEP:
            raise Invalid(f"'{self._name}' is nested deeper than {DEEP} levels; it is not read")

    def close(self) -> None:
        anchor, since = self._open.pop()
        if anchor:
            self._sizes[anchor] = self._seen - since + 1


def _loader() -> Any:
    """The scalars of YAML 1.2's core schema and no tags: `on`, `yes` and dates stay text; keys are text."""
    import yaml

    class Loader(yaml.CSafeLoader):
        yaml_constructors = {
            tag: make
            for tag, make in yaml.CSafeLoader.yaml_constructors.items()
            if tag is None or tag.rpartition(":")[2] in ("null", "bool", "int", "float", "seq", "map", "str")
        }
        yaml_implicit_resolvers = {
            first: [(t, r) for t, r in resolvers if t.rpartition(":")[2] in ("null", "int", "float", "merge")]
            for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
            return {str(key): value for key, value in super().construct_mapping(node, deep).items()}

    import re

    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
    )
    return Loader
