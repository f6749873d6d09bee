"""Which fields of a record an expression looks at: no other one is decoded for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from weft.connectors.rest.expressions.nodes import Item, Literal, Name, Node
from weft.connectors.rest.rows.quoting import odd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.connectors.rest.expressions import Template


@lru_cache(maxsize=1024)
def reader(template: Template) -> Callable[[Any], dict[str, Any]] | None:
    """What gives those fields of a record's JSON; none when it looks at the record as a whole."""
    names = list(dict.fromkeys(name for part in template.parts for name in _fields(part)))
    if None in names or any(odd(str(name)) for name in names):
        return None
    called = {f"f{place}": str(name) for place, name in enumerate(names)}
    kind = msgspec.defstruct("Touched", [(field, Any, UNSET) for field in called], rename=called)
    decoder = msgspec.json.Decoder(kind)

    def read(raw: Any) -> dict[str, Any]:
        found = decoder.decode(raw)
        return {name: value for field, name in called.items() if (value := getattr(found, field)) is not UNSET}

    return read


def _fields(node: Any) -> Iterator[str | None]:
    """Names of fields; none for a use of the record that is no field of a fixed name."""
    if isinstance(node, Item) and node.of == Name("record"):
        yield node.key.value if isinstance(node.key, Literal) and isinstance(node.key.value, str) else None
    elif node == Name("record"):
        yield None
    elif isinstance(node, tuple):
        for part in node:
            yield from _fields(part)
    elif isinstance(node, Node):
        yield from _fields(astuple(node))
