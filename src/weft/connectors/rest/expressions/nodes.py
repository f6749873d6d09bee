"""What an expression consists of. A node is a value: what reads fields alone can be compiled to something else."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct


class Literal(Struct, frozen=True):
    """A text, a number, true, false, none."""

    value: Any


class Name(Struct, frozen=True):
    """One of the names that stand for something: `config`."""

    name: str


class Item(Struct, frozen=True):
    """`of.key` and `of[key]`."""

    of: Node
    key: Node


class Slice(Struct, frozen=True):
    """`of[start:stop]`."""

    of: Node
    start: Node | None
    stop: Node | None


class Call(Struct, frozen=True):
    """A function, a filter (its value is the first argument), or a method (its object is)."""

    sort: str
    """function, filter, method."""
    name: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()


class Unary(Struct, frozen=True):
    """`not x`, `-x`, `+x`."""

    operator: str
    value: Node


class Binary(Struct, frozen=True):
    """Arithmetic, comparison, `in`, `and`, `or`, `~`."""

    operator: str
    left: Node
    right: Node


class Choice(Struct, frozen=True):
    """`yes if condition else no`."""

    condition: Node
    yes: Node
    no: Node


class Test(Struct, frozen=True):
    """`x is none`, `x is not defined`."""

    value: Node
    test: str
    negated: bool


class Sequence(Struct, frozen=True):
    """`[a, b]`."""

    items: tuple[Node, ...]


class Mapping(Struct, frozen=True):
    """`{a: b}`."""

    items: tuple[tuple[Node, Node], ...]


Node: TypeAlias = Literal | Name | Item | Slice | Call | Unary | Binary | Choice | Test | Sequence | Mapping
