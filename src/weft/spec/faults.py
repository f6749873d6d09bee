"""Faults of a schema check in our words: where, what was found, what was allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.kinds.explain import listed, shown, unknown_key
from weft.model import Problem
from weft.spec.text import find, position

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.spec.checks import Fault, Path
    from weft.spec.text import Node

_TYPES = {
    "string": "text",
    "object": "a mapping of keys to values",
    "array": "a list",
    "boolean": "true or false",
    "null": "nothing",
    "number": "a number",
    "integer": "a whole number",
}
_BOUNDS = {"minimum": "at least", "maximum": "at most", "above": "more than", "below": "less than"}


def problems(faults: list[Fault], root: Node, file: str) -> tuple[Problem, ...]:
    """One problem for each place and sentence, in the order of the text."""
    found = {
        (place := position(root, fault.path, file), text := sentence(fault, root)): Problem(
            position=place, message=text
        )
        for fault in faults
    }
    return tuple(sorted(found.values(), key=lambda p: (p.position.line, p.position.column)))


def sentence(fault: Fault, root: Node) -> str:
    """What was found and what was allowed."""
    special = _SPECIAL.get(fault.keyword)
    if special is not None:
        return special(fault)
    allowed, name, found = fault.allowed, name_of(fault.path), shown(fault.path, fault.found)
    if fault.keyword == "type":
        return f"'{name}' is {_written(fault, root) or found}, allowed is {_types(fault, root)}"
    if fault.keyword == "pattern":
        return f"'{name}' is {found}, allowed is a text that matches {allowed[0]}"
    if fault.keyword in _BOUNDS:
        return f"'{name}' is {found}, allowed is {_BOUNDS[fault.keyword]} {allowed[0]}"
    return f"'{name}' is {found}, allowed are {listed(allowed)}"


def name_of(path: Path) -> str:
    """The last key of a path, with the number of an entry from 1 if it ends in a list: `tags[1]`."""
    if not path:
        return "document"
    if isinstance(path[-1], int):
        return f"{name_of(path[:-1])}[{path[-1] + 1}]"
    return path[-1]


def _one(fault: Fault) -> str:
    keys = [f"'{key}'" for key in fault.found if key]
    if keys:
        return f"{' and '.join(keys)} stand together, allowed is exactly one of {listed(fault.allowed)}"
    if fault.allowed:
        return f"none of {listed(fault.allowed)} is there, exactly one is required"
    return f"'{name_of(fault.path)}' fits several forms at once, allowed is exactly one"


def _required(fault: Fault) -> str:
    where = f" in '{name_of(fault.path)}'" if fault.path else ""
    return f"'{fault.found}' is missing{where}, it is required"


def _size(fault: Fault) -> str:
    return f"'{name_of(fault.path)}' has {fault.found} entries, allowed are {fault.allowed[0]} {fault.allowed[1]}"


def _unique(fault: Fault) -> str:
    return f"{shown(fault.path, fault.found)} stands twice in '{name_of(fault.path[:-1])}', allowed is once"


_SPECIAL: dict[str, Callable[[Fault], str]] = {
    "unknown": lambda fault: unknown_key(str(fault.found), fault.allowed),
    "required": _required,
    "one": _one,
    "not": lambda fault: f"'{listed(fault.found)}' is not allowed here",
    "size": _size,
    "unique": _unique,
}


def _written(fault: Fault, root: Node) -> str:
    """A number or word where text is wanted, as it was written: 1.10, not 1.1."""
    node = find(root, fault.path)
    wanted: Any = fault.allowed
    if "string" not in wanted or node is None or not node.raw or isinstance(node.value, str):
        return ""
    return shown(fault.path, node.raw)


def _types(fault: Fault, root: Node) -> str:
    words = " or ".join(_TYPES.get(str(word), str(word)) for word in fault.allowed)
    return f"{words}: put it in quotes" if _written(fault, root) else words
