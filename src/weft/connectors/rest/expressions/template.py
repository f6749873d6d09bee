"""Texts and JSON values with expressions in them, as fields of kinds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError, core_schema

from weft.connectors.rest.expressions import nodes as n
from weft.connectors.rest.expressions.compile import Names, Run, compiled
from weft.connectors.rest.expressions.lexer import Mistake, pieces
from weft.connectors.rest.expressions.parser import parse
from weft.connectors.rest.expressions.words import said
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 80


class Template:
    """A text with expressions: a field of a kind, parsed when the document is read.

    Args:
        source: the text, or a number, true or false as they are.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.parts: tuple[str | n.Node, ...] = _parts(source) if isinstance(source, str) else ()

    @property
    def constant(self) -> bool:
        """Whether there is no expression in it."""
        return not any(isinstance(part, n.Node) for part in self.parts)

    @property
    def node(self) -> n.Node | None:
        """The one expression that it is; none when it is a text, or a text with expressions."""
        part = self.parts[0] if len(self.parts) == 1 else None
        return part if isinstance(part, n.Node) else None

    def render(self, names: Names) -> Any:
        """The value: as it is of one whole expression, else text.

        Raises:
            Invalid: it cannot be computed.
        """
        if self.constant:
            return self.source
        if self.node is not None:
            return self._computed(names)[0]
        return "".join(said(value) for value in self._computed(names))

    def text(self, names: Names) -> str:
        """The value as text."""
        return said(self.render(names))

    def pieces(self, names: Names) -> list[tuple[bool, str]]:
        """Each part as text, and whether it was computed."""
        values = self._computed(names)
        return [(isinstance(part, n.Node), said(value)) for part, value in zip(self.parts, values, strict=True)]

    def _computed(self, names: Names) -> list[Any]:
        try:
            return [part if isinstance(part, str) else part(names) for part in _runs(self.source)]
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise Invalid(
                f"the expression {shown(self.source)} cannot be computed: {_why(error)}",
                hint="Mend the manifest, or what the expression speaks of: what is missing there is none.",
            ) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Template({self.source!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(lambda t: t.source)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "description": "A text, or an expression: {{ ... }}"}


class Tree:
    """A JSON value whose texts may hold expressions: parameters, headers, bodies.

    Args:
        source: the value.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.render = _branch(source)
        """Computes the value; takes the names."""

    @property
    def templates(self) -> Iterator[Template]:
        """All texts in it."""
        return _leaves(self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and other.source == self.source

    def __hash__(self) -> int:
        return hash(str(self.source))

    def __repr__(self) -> str:
        return f"Tree({self.source!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _tree, serialization=core_schema.plain_serializer_function_ser_schema(lambda t: t.source)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"description": "Any value; its texts may hold expressions: {{ ... }}"}


def shown(source: Any) -> str:
    """A template for people."""
    text = str(source)
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[: _SHOWN - 3]}...'"


@lru_cache(maxsize=8192)
def _parts(source: str) -> tuple[str | n.Node, ...]:
    return tuple(piece if isinstance(piece, str) else parse(piece) for piece in pieces(source))


@lru_cache(maxsize=8192)
def _runs(source: str) -> tuple[str | Run, ...]:
    return tuple(part if isinstance(part, str) else compiled(part) for part in _parts(source))


def _read(value: Any) -> Template:
    if isinstance(value, Template):
        return value
    if not isinstance(value, str | int | float):
        raise PydanticCustomError("string_type", "a text")
    try:
        return Template(value)
    except Mistake as error:
        raise ValueError(str(error)) from None


def _tree(value: Any) -> Tree:
    if value is None:
        raise PydanticCustomError("missing", "a value")
    try:
        return value if isinstance(value, Tree) else Tree(value)
    except Mistake as error:
        raise ValueError(str(error)) from None


def _branch(value: Any) -> Run:
    if isinstance(value, dict):
        inner = [(Template(key), _branch(item)) for key, item in value.items()]
        return lambda names: {key.text(names): item(names) for key, item in inner}
    if isinstance(value, list):
        items = [_branch(item) for item in value]
        return lambda names: [item(names) for item in items]
    if isinstance(value, str):
        return Template(value).render
    return lambda _: value


def _leaves(value: Any) -> Iterator[Template]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield Template(key)
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield Template(value)


def _why(error: Exception) -> str:
    text = str(error)
    # Python's own messages may hold a value; ours begin in lower case and are written for people.
    ours = isinstance(error, TypeError | ValueError) and text.startswith(_OURS)
    return (
        text if ours else {"ZeroDivisionError": "a division by zero"}.get(type(error).__name__, "wrong types of values")
    )


_OURS = ("a ", "nothing", "true or", "an expression", "the moment", "'")
