"""What an expression consists of. A node is a value: what reads fields alone can be compiled to something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Literal:
    """A text, a number, true, false, none."""

    value: Any


@dataclass(frozen=True)
class Name:
    """One of the names that stand for something: `config`."""

    name: str


@dataclass(frozen=True)
class Item:
    """`of.key` and `of[key]`."""

    of: Node
    key: Node


@dataclass(frozen=True)
class Slice:
    """`of[start:stop]`."""

    of: Node
    start: Node | None
    stop: Node | None


@dataclass(frozen=True)
class Call:
    """A function, a filter (its value is the first argument), or a method (its object is)."""

    sort: str
    """function, filter, method."""
    name: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True)
class Unary:
    """`not x`, `-x`, `+x`."""

    operator: str
    value: Node


@dataclass(frozen=True)
class Binary:
    """Arithmetic, comparison, `in`, `and`, `or`, `~`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice:
    """`yes if condition else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class Test:
    """`x is none`, `x is not defined`."""

    value: Node
    test: str
    negated: bool


@dataclass(frozen=True)
class Sequence:
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """`{a: b}`."""

    items: tuple[tuple[Node, Node], ...]


Node: TypeAlias = Literal | Name | Item | Slice | Call | Unary | Binary | Choice | Test | Sequence | Mapping
