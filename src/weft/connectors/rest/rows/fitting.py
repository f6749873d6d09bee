"""Records that were parsed with less knowledge, brought to the type that holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.rows.reading import parse
from weft.connectors.rest.rows.shape import ANY, HOLD, RECORDS, Leaf, ListOf, ObjectOf, to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape

_Path = tuple[str | None, ...]
"""Keys from the record inwards; none = the items of a list."""


def decided(shape: Shape, *, top: bool = True) -> Shape:
    """A shape whose rows can be handed on: an object that had no key in any row is JSON text from now on."""
    if isinstance(shape, ObjectOf):
        if not shape.fields and not top:
            return ANY
        return ObjectOf({name: decided(part, top=False) for name, part in shape.fields.items()}, shape.most)
    return ListOf(decided(shape.item, top=False)) if isinstance(shape, ListOf) else shape


def fits(array: pa.Array, want: pa.DataType) -> bool:
    """Whether values can be had in another type; otherwise only their text can tell them."""
    import pyarrow as pa

    if array.type == want or array.null_count == len(array):
        return True
    if pa.types.is_struct(array.type) and pa.types.is_struct(want):
        named = {field.name: number for number, field in enumerate(array.type) if field.name != HOLD}
        return all(fits(array.field(number), want.field(name).type) for name, number in named.items())
    if pa.types.is_list(array.type) and pa.types.is_list(want):
        return fits(array.values, want.value_type)
    return bool(pa.types.is_int64(array.type) and pa.types.is_float64(want))


def fit(array: pa.Array, want: pa.DataType) -> pa.Array:
    """The values in a type that they fit."""
    import pyarrow as pa

    if array.type == want:
        return array
    if array.null_count == len(array):
        return pa.nulls(len(array), want)
    if pa.types.is_struct(want):
        at = {field.name: number for number, field in enumerate(array.type)}
        inner = [
            fit(array.field(at[field.name]), field.type) if field.name in at else pa.nulls(len(array), field.type)
            for field in want
        ]
        return pa.StructArray.from_arrays(inner, fields=list(want), mask=array.is_null())
    if pa.types.is_list(want):
        values = fit(array.values, want.value_type)
        return pa.ListArray.from_arrays(array.offsets, values, type=want, mask=array.is_null())
    return array.cast(want)


def undeclared(data: bytes, known: ObjectOf) -> ObjectOf:
    """What is known without the declared types that some value of a page does not fit: those columns are text."""
    import pyarrow as pa

    for path in list(_declared(known)):
        one = pa.list_(pa.struct([_field(known, path)]))
        if not _reads(data, pa.schema([(RECORDS, one)])):
            known = _without(known, path)
    return known


def _declared(shape: Shape, path: _Path = ()) -> Iterator[_Path]:
    if isinstance(shape, ObjectOf):
        for name, part in shape.fields.items():
            yield from _declared(part, (*path, name))
    elif isinstance(shape, ListOf):
        yield from _declared(shape.item, (*path, None))
    elif shape.declared:
        yield path


def _reads(data: bytes, one: pa.Schema) -> bool:
    import pyarrow as pa

    try:
        parse(data, one, "ignore")
    except pa.ArrowInvalid:
        return False
    return True


def _field(shape: ObjectOf, path: _Path) -> pa.Field:
    """The field of a record that holds one part alone."""
    import pyarrow as pa

    name, *rest = path
    return pa.field(str(name), _alone(shape.fields[str(name)], tuple(rest)))


def _alone(shape: Shape, path: _Path) -> pa.DataType:
    import pyarrow as pa

    if isinstance(shape, ObjectOf):
        return pa.struct([_field(shape, path)])
    return pa.list_(_alone(shape.item, path[1:])) if isinstance(shape, ListOf) else to_arrow(shape)


def _without(shape: Any, path: _Path) -> Any:
    if not path:
        return ANY if isinstance(shape, Leaf) else shape
    if isinstance(shape, ListOf):
        return ListOf(_without(shape.item, path[1:]))
    name = str(path[0])
    return ObjectOf({**shape.fields, name: _without(shape.fields[name], path[1:])}, shape.most)
