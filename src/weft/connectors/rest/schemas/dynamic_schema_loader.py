"""The kind `DynamicSchemaLoader`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.records import Records
from weft.connectors.rest.manifest.requester import Requester
from weft.connectors.rest.parts import Part
from weft.connectors.rest.rows.page import Page
from weft.connectors.rest.rows.record import path_value
from weft.connectors.rest.rows.shaping import Shaping
from weft.errors import Broken
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SCHEMAS: dict[str, dict[str, Any]] = {
    "date": {"type": "string", "format": "date"},
    "timestamp_with_timezone": {"type": "string", "format": "date-time"},
    "timestamp_without_timezone": {
        "type": "string",
        "format": "date-time",
        "airbyte_type": "timestamp_without_timezone",
    },
    "time": {"type": "string", "format": "time"},
    "time_without_timezone": {"type": "string", "format": "time"},
    "time_with_timezone": {"type": "string", "format": "time"},
}
_SCHEMAS |= {name: {"type": name} for name in ("string", "integer", "number", "boolean", "null", "object", "array")}


def _path(value: Any) -> Any:
    return [part for part in value.split(".") if part] if isinstance(value, str) else value


_Pointer = Annotated[tuple[Template, ...], BeforeValidator(_path)]


class TypesMap(Kind):
    """What one type of the system is here."""

    target_type: str | tuple[str, ...]
    """string, integer, number, boolean, object, array, date, timestamp_with_timezone, ...; several = any of them."""
    current_type: str | tuple[str, ...]
    """What the system calls it."""
    condition: Template | None = None
    """Only where this is true of the described field, `record`."""


class SchemaTypeIdentifier(Kind):
    """Where the answer tells names and types of fields."""

    schema_pointer: _Pointer = ()
    """Keys down to the list of fields, or the object of fields by name, in each record of the answer."""
    key_pointer: _Pointer = ()
    """Keys down to the name in each field; empty: the key of the object that holds the fields by name."""
    type_pointer: _Pointer = ()
    """Keys down to the type in each field; empty: all are text."""
    description_pointer: _Pointer = ()
    """Keys down to what each field means, for people; empty: nothing says it."""
    types_mapping: tuple[TypesMap, ...] = ()
    """What the system's types are here; others stay as they are called, or are text."""
    is_nullable: bool = True
    """Whether values may be missing."""


class DynamicSchemaLoader(Kind):
    """The system itself tells the types, by an answer of its own."""

    requester: Requester
    """What to ask."""
    decoder: Annotated[Any, Part("decoders")] = Field("JsonDecoder", validate_default=True)
    """How the answer is written."""
    records: Records = Field("", validate_default=True)
    """Where the fields, or what holds them, lie in it."""
    schema_type_identifier: SchemaTypeIdentifier
    """Where names and types are."""
    schema_filter: Template | None = None
    """Which fields count: an expression over `record`, the described field; none: all."""
    schema_transformations: tuple[Annotated[Any, Part("transformations")], ...] = ()
    """Changes of the properties by name, before they are used."""

    def told(self, body: bytes, names: Mapping[str, Any]) -> dict[str, Any]:
        """JSON Schema of a record, of the answer to the request.

        Raises:
            Broken: no field in it.
        """
        page = self.records.page(self.decoder, body, names)
        where = self.schema_type_identifier
        found: dict[str, Any] = {}
        for record in page.dicts():
            for key, described in self._described(record, names):
                name = path_value(described, [step.text(names) for step in where.key_pointer]) if key is None else key
                if isinstance(name, str):
                    found[name] = {**_typed(where, described, names), **_meaning(where, described, names)}
        if not found:
            raise Broken(
                "the answer that should describe the fields of a stream names none",
                hint="Look at 'schemaTypeIdentifier' of its schema, and at what the system answers.",
            )
        changed = Shaping(None, self.schema_transformations).apply(Page.of([found]), names)
        return {"type": "object", "properties": changed.first}

    def _described(self, record: Any, names: Mapping[str, Any]) -> Iterable[tuple[str | None, Any]]:
        """The fields; with their names where an object has them by name."""
        where = self.schema_type_identifier
        inside = path_value(record, [step.text(names) for step in where.schema_pointer])
        pairs: list[tuple[str | None, Any]] = [
            (None, one) for one in (inside if isinstance(inside, list) else [inside])
        ]
        if isinstance(inside, dict) and (where.schema_pointer or not where.key_pointer):
            pairs = [(None if where.key_pointer else name, one) for name, one in inside.items()]
        for key, described in pairs:
            if self.schema_filter is None or self.schema_filter.render({**names, "record": described}):
                yield key, described


def _typed(where: SchemaTypeIdentifier, described: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    told = path_value(described, [key.text(names) for key in where.type_pointer]) if where.type_pointer else "string"
    kinds = told if isinstance(told, list) else [told]
    wanted = [target for kind in kinds for target in _targets(where, str(kind), described, names) if target != "null"]
    schemas = [_SCHEMAS.get(target, {"type": "string"}) for target in dict.fromkeys(wanted)]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas or [{"type": "string"}]}


def _meaning(where: SchemaTypeIdentifier, described: Any, names: Mapping[str, Any]) -> dict[str, str]:
    told = path_value(described, [key.text(names) for key in where.description_pointer])
    return {"description": told} if where.description_pointer and isinstance(told, str) and told else {}


def _targets(where: SchemaTypeIdentifier, kind: str, described: Any, names: Mapping[str, Any]) -> tuple[str, ...]:
    for one in where.types_mapping:
        known = one.current_type if isinstance(one.current_type, tuple) else (one.current_type,)
        if kind in known and (one.condition is None or one.condition.render({**names, "record": described})):
            return one.target_type if isinstance(one.target_type, tuple) else (one.target_type,)
    return (kind.lower(),)
