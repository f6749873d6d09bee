"""Shapes: what the values of a column have been so far, and the lattice along which a column may only widen.

    null < bool             < any
    null < int  < long      < any
    null < int  < float     < any
    null < text             < any
    null < a declared type  < any       (a timestamp, a date, a decimal: kept while every value fits)
    null < [item]           < any
    null < {field: shape}   < any       lists and structs widen inside; a struct of too many keys is a map

`int` is exact as a double too, `long` needs all 64 bits. `any` is text: a text as it is, everything else as its JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

KEYS = 500
"""Keys of an object, besides declared ones, until it is taken for a map and kept as JSON text."""
HOLD = "\0"
"""A key that no record has: it keeps an object open that has none."""
RECORDS = "r"
"""The key of the lines that records are parsed from: `{"r": [record, ...]}`."""
_NUMBERS = ("int", "long", "float")
_ARROW = {"null": "string", "bool": "bool", "int": "int64", "long": "int64", "float": "double"}
_ARROW |= {"text": "string", "any": "string"}


class Leaf(Struct, frozen=True):
    """A single value: null, bool, int, long, float, text, any, or the name of a declared Arrow type."""

    name: str

    @property
    def declared(self) -> bool:
        """Whether it is a type that is never guessed."""
        return self.name not in _SINGLE


class ListOf(Struct, frozen=True):
    """A list of values of one shape."""

    item: Shape


class ObjectOf(Struct, frozen=True):
    """An object: its keys in the order of their first appearance."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    most: int = KEYS
    """Keys until it is a map."""


Shape: TypeAlias = Leaf | ListOf | ObjectOf

NULL, BOOL, INT, LONG, FLOAT, TEXT, ANY = map(Leaf, ("null", "bool", "int", "long", "float", "text", "any"))
_SINGLE = {leaf.name: leaf for leaf in (NULL, BOOL, INT, LONG, FLOAT, TEXT, ANY)}


def join(one: Shape, other: Shape) -> Shape:
    """The least shape that holds the values of both."""
    if other in (one, NULL):
        return one
    if one == NULL:
        return other
    if isinstance(one, ObjectOf) and isinstance(other, ObjectOf):
        return _structs(one, other)
    if isinstance(one, ListOf) and isinstance(other, ListOf):
        return ListOf(join(one.item, other.item))
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        return _leaves(one, other)
    return ANY


def _structs(one: ObjectOf, other: ObjectOf) -> Shape:
    fields = dict(one.fields)
    for name, shape in other.fields.items():
        fields[name] = join(fields.get(name, NULL), shape)
    most = max(one.most, other.most)
    return ObjectOf(fields, most) if len(fields) <= most else ANY


def _leaves(one: Leaf, other: Leaf) -> Leaf:
    names = {one.name, other.name}
    if names <= {"int", "long"}:
        return LONG
    if names == {"int", "float"}:
        return FLOAT
    if one.declared and _may_be(other, one.name):
        return one
    if other.declared and _may_be(one, other.name):
        return other
    return ANY


def _may_be(found: Leaf, declared: str) -> bool:
    """Whether values of what was found may fit a declared type: reading them tells."""
    if declared.startswith("decimal"):
        return found.name in {*_NUMBERS, "text"}
    return found == TEXT


def from_arrow(kind: pa.DataType, *, declared: bool = False) -> Shape:
    """The shape of an Arrow type. Types that were guessed from a text are text."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        inner = {f.name: from_arrow(f.type, declared=declared) for f in kind}
        return ObjectOf(inner, KEYS + len(inner) if declared else KEYS)
    if pa.types.is_list(kind):
        return ListOf(from_arrow(kind.value_type, declared=declared))
    for test, shape in (
        (pa.types.is_null, NULL),
        (pa.types.is_boolean, BOOL),
        (pa.types.is_integer, INT),
        (pa.types.is_floating, FLOAT),
    ):
        if test(kind):
            return shape
    return Leaf(str(kind)) if declared and _parsed(kind) else TEXT


def _parsed(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(kind) or pa.types.is_decimal(kind))


def from_schema(schema: pa.Schema) -> ObjectOf:
    """The shape of records of a declared schema."""
    fields = {f.name: from_arrow(f.type, declared=True) for f in schema}
    return ObjectOf(fields, KEYS + len(fields))


def to_arrow(shape: Shape) -> pa.DataType:
    """The Arrow type of a shape; what was null in all rows is text: no table has columns of the null type."""
    import pyarrow as pa

    if isinstance(shape, ObjectOf):
        return pa.struct([(name, to_arrow(inner)) for name, inner in shape.fields.items()] or [(HOLD, pa.string())])
    if isinstance(shape, ListOf):
        return pa.list_(to_arrow(shape.item))
    plain = _ARROW.get(shape.name)
    return _declared(shape.name) if plain is None else pa.type_for_alias(plain)


def _declared(name: str) -> pa.DataType:
    import pyarrow as pa

    family, _, rest = name.partition("[" if name.startswith("timestamp") else "(")
    if family == "timestamp":
        unit, _, zone = rest.rstrip("]").partition(", tz=")
        return pa.timestamp(unit, zone or None)
    precision, scale = map(int, rest.rstrip(")").split(","))
    return pa.decimal128(precision, scale)


def settled(shape: Shape) -> pa.DataType | None:
    """The Arrow type of what is known of a shape: without the parts that were null in all rows."""
    import pyarrow as pa

    if isinstance(shape, ObjectOf):
        inner = [(name, kind) for name, part in shape.fields.items() if (kind := settled(part)) is not None]
        return pa.struct(inner) if inner else None
    if isinstance(shape, ListOf):
        item = settled(shape.item)
        return None if item is None else pa.list_(item)
    return None if shape == NULL else to_arrow(shape)


def guessed(shape: Shape) -> bool:
    """Whether something is asked for as text only because it was null so far."""
    if isinstance(shape, ObjectOf):
        return any(map(guessed, shape.fields.values()))
    return guessed(shape.item) if isinstance(shape, ListOf) else shape == NULL


def to_json(shape: Shape) -> Any:
    """A shape as JSON: a name, `[item]` or `{field: shape}`."""
    if isinstance(shape, ObjectOf):
        return {name: to_json(inner) for name, inner in shape.fields.items()}
    return [to_json(shape.item)] if isinstance(shape, ListOf) else shape.name


def from_json(value: Any) -> Shape:
    """The inverse of `to_json`."""
    if isinstance(value, dict):
        return ObjectOf({name: from_json(inner) for name, inner in value.items()}, max(KEYS, len(value)))
    return ListOf(from_json(value[0])) if isinstance(value, list) else _SINGLE.get(value) or Leaf(str(value))
