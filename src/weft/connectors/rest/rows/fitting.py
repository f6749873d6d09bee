"""Pages that were parsed with less knowledge, brought to the schema that holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.rest.rows.shape import ANY, HOLD, Leaf, ListOf, Struct, to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from weft.connectors.rest.rows.shape import Shape

_Path = tuple[str | None, ...]
"""Keys from the record inwards; none = the items of a list."""


def schema(shape: Struct) -> pa.Schema:
    """The schema of all records."""
    import pyarrow as pa

    return pa.schema([(name, to_arrow(part)) for name, part in shape.fields.items()])


def decided(shape: Shape, *, top: bool = True) -> Shape:
    """A shape whose rows can be handed on: an object that had no key in any row is JSON text from now on."""
    if isinstance(shape, Struct):
        if not shape.fields and not top:
            return ANY
        return Struct({name: decided(part, top=False) for name, part in shape.fields.items()}, shape.most)
    return ListOf(decided(shape.item, top=False)) if isinstance(shape, ListOf) else shape


def sound(have: pa.Schema, asked: pa.Schema) -> bool:
    """Whether the rows of a page can be used: what pyarrow infers inside of a list loses or miscounts nulls."""
    return all(not _lists(field.type) or _asked(asked, field) for field in have)


def _asked(schema: pa.Schema, field: pa.Field) -> bool:
    at = schema.get_field_index(field.name)
    return bool(at >= 0 and schema.field(at).type == field.type)


def _lists(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or (pa.types.is_struct(kind) and any(_lists(field.type) for field in kind)))


def fits(have: pa.Schema, want: pa.Schema) -> bool:
    """Whether rows of a schema can be had in another one; otherwise only their text can tell the values."""
    return all(_fits(field.type, want.field(field.name).type) for field in have)


def fit(table: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The rows in types that they fit."""
    import pyarrow as pa

    columns = []
    for field in wanted:
        at = table.schema.get_field_index(field.name)
        chunk = pa.nulls(table.num_rows) if at < 0 else table.column(at).chunk(0)
        columns.append(_widened(chunk, field.type))
    return pa.Table.from_arrays(columns, schema=wanted)


def _fits(have: pa.DataType, want: pa.DataType) -> bool:
    import pyarrow as pa

    if have == want or pa.types.is_null(have):
        return True
    if pa.types.is_struct(have) and pa.types.is_struct(want):
        return all(_fits(field.type, want.field(field.name).type) for field in have if field.name != HOLD)
    if pa.types.is_list(have) and pa.types.is_list(want):
        return _fits(have.value_type, want.value_type)
    return bool(pa.types.is_int64(have) and pa.types.is_float64(want))


def _widened(array: pa.Array, want: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if array.type == want:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), want)
    if pa.types.is_struct(want):
        at = {field.name: number for number, field in enumerate(array.type)}
        inner = [
            _widened(array.field(at[field.name]), field.type) if field.name in at else pa.nulls(len(array), field.type)
            for field in want
        ]
        return pa.StructArray.from_arrays(inner, fields=list(want), mask=array.is_null())
    if pa.types.is_list(want):
        values = _widened(array.values, want.value_type)
        return pa.ListArray.from_arrays(array.offsets, values, type=want, mask=array.is_null())
    return array.cast(want)


def undeclared(data: bytes, known: Struct) -> Struct:
    """What is known without the declared types that some value of a page does not fit: those columns are text."""
    import pyarrow as pa

    for path in list(_declared(known)):
        if not _reads(data, pa.schema([_field(known, path)])):
            known = _without(known, path)
    return known


def _declared(shape: Shape, path: _Path = ()) -> Iterator[_Path]:
    if isinstance(shape, Struct):
        for name, part in shape.fields.items():
            yield from _declared(part, (*path, name))
    elif isinstance(shape, ListOf):
        yield from _declared(shape.item, (*path, None))
    elif shape.declared:
        yield path


def _reads(data: bytes, one: pa.Schema) -> bool:
    import pyarrow as pa
    import pyarrow.json

    options = pyarrow.json.ParseOptions(explicit_schema=one, unexpected_field_behavior="ignore")
    try:
        pyarrow.json.read_json(
            pa.BufferReader(data), pyarrow.json.ReadOptions(use_threads=False, block_size=len(data) + 1), options
        )
    except pa.ArrowInvalid:
        return False
    return True


def _field(shape: Struct, path: _Path) -> pa.Field:
    """The field of a record that holds one part alone."""
    import pyarrow as pa

    name, *rest = path
    return pa.field(str(name), _alone(shape.fields[str(name)], tuple(rest)))


def _alone(shape: Shape, path: _Path) -> pa.DataType:
    import pyarrow as pa

    if isinstance(shape, Struct):
        return pa.struct([_field(shape, path)])
    return pa.list_(_alone(shape.item, path[1:])) if isinstance(shape, ListOf) else to_arrow(shape)


def _without(shape: Any, path: _Path) -> Any:
    if not path:
        return ANY if isinstance(shape, Leaf) else shape
    if isinstance(shape, ListOf):
        return ListOf(_without(shape.item, path[1:]))
    name = str(path[0])
    return Struct({**shape.fields, name: _without(shape.fields[name], path[1:])}, shape.most)
