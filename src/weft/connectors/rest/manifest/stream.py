"""A stream of a connector, flat."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.properties import QueryProperties
from weft.connectors.rest.manifest.records import Records
from weft.connectors.rest.manifest.requester import Requester
from weft.connectors.rest.parts import Part
from weft.kinds import Kind

HOOKS = ("authenticate", "partitions", "extract", "transform")


def listed(value: Any) -> Any:
    """One alone as a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


class RecordFilter(Kind):
    """Which records are taken."""

    condition: Template
    """An expression that is true for those."""


def _condition(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if key != "kind"}
    return {"condition": value}


def _schema(value: Any) -> Any:
    if isinstance(value, dict) and "kind" not in value:
        return {"kind": "InlineSchemaLoader", "schema": value}
    return value


def _hooks(value: Any) -> Any:
    names = listed(value)
    wrong = [name for name in names if name not in HOOKS]
    if wrong:
        raise ValueError(f"'{wrong[0]}' is no hook, known are {', '.join(HOOKS)}")
    return names


Hooks = Annotated[tuple[str, ...], BeforeValidator(_hooks)]


class Probe(Requester):
    """A question whose answer decides."""

    condition: Template
    """An expression over `response` and `headers`."""


class Stream(Requester):
    """One collection of the system: a request whose answers hold records, page by page."""

    decoder: Annotated[Any, Part("decoders")] = Field("JsonDecoder", validate_default=True)
    """How the answer is written."""
    records: Records = Field("", validate_default=True)
    """Where the records lie in it: `data.items`, a list of keys, or an extractor; empty = the answer itself."""
    filter: Annotated[RecordFilter | None, BeforeValidator(_condition)] = None
    """Which records are taken."""
    transformations: tuple[Annotated[Any, Part("transformations")], ...] = ()
    """What is done to each record, in this order."""
    parameters: dict[str, Any] = Field({})
    """Free values for expressions: `parameters.x`."""
    key: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """Fields that tell records apart; with them a record read twice is harmless."""
    pagination: Annotated[Any, Part("paging")] = Field("NoPagination", validate_default=True)
    """How the list goes on."""
    incremental: Annotated[Any, Part("cursors")] = None
    """What tells new records; none: everything is read each time."""
    partitions: Annotated[tuple[Annotated[Any, Part("partitions")], ...], BeforeValidator(listed)] = ()
    """Parts that are read one by one; of several routers every combination."""
    hooks: Hooks = ()
    """Functions of hooks.py that this stream uses: authenticate, partitions, extract, transform."""

    description: str = ""
    """What it holds."""
    schema_: Annotated[Any, Part("schemas"), BeforeValidator(_schema)] = Field(None, alias="schema")
    """JSON Schema of a record, or how it is found; none: the types come as they are found."""
    properties: QueryProperties | None = None
    """Properties that requests must name."""
    deletes: Annotated[tuple[Annotated[Any, Part("deletes")], ...], BeforeValidator(listed)] = ()
    """How deletes are found; none: they are not."""
    retriever: Annotated[Any, Part("retrievers")] = Field("SimpleRetriever", validate_default=True)
    """How the pages come: SimpleRetriever asks for them, AsyncRetriever has a job made."""
    initial: Stream | None = None
    """Fields that hold instead while the stream has no cursor yet."""
    initial_when: Probe | None = None
    """What is asked first, to learn whether `initial` is worth it; none: it is."""
    nulls: tuple[str, ...] = ()
    """Texts that mean no value."""
    timezone: Template | None = None
    """Zone of times that name none; none: UTC."""
    concurrency: int | None = Field(None, ge=1, le=64)
    """Requests at once of this stream's partitions; none: as the connector's limits say."""

    @model_validator(mode="before")
    @classmethod
    def _laid_over(cls, data: Any) -> Any:
        """What `initial` does not say is as the stream says; null undoes it."""
        first = data.get("initial") if isinstance(data, dict) else None
        if not isinstance(first, dict):
            return data
        others = {key: value for key, value in data.items() if key != "initial"}
        return {**others, "initial": {k: v for k, v in {**others, **first}.items() if v is not None}}
