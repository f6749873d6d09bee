"""Properties that a request must name, in chunks where an API takes only so many."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.option import MaybeOption
from weft.connectors.rest.manifest.records import Records
from weft.connectors.rest.manifest.requester import Requester
from weft.kinds import Kind


def _kindless(value: Any) -> Any:
    return {key: item for key, item in value.items() if key != "kind"} if isinstance(value, dict) else value


class PropertiesFromEndpoint(Kind):
    """Names of properties that the API itself tells."""

    property_field_path: tuple[str, ...]
    """Keys down to the name in each record."""
    requester: Requester
    """What to ask."""
    records: Records = Field("", validate_default=True)
    """Where the records lie in the answer."""
    condition: Template | None = None
    """Which of them count; none: all."""


class GroupByKeyMergeStrategy(Kind):
    """Records of several chunks that share a key are one record."""

    key: Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
    """Field or fields."""


class PropertyChunking(Kind):
    """How many properties one request may name."""

    property_limit_type: Literal["characters", "property_count"] = "property_count"
    """What is counted."""
    property_limit: int = Field(100, ge=1)
    """At most so many."""
    record_merge_strategy: Annotated[GroupByKeyMergeStrategy | None, BeforeValidator(_kindless)] = None
    """How the records of the chunks become one; none: by the stream's key."""


class QueryProperties(Kind):
    """Properties to ask for."""

    property_list: Annotated[tuple[str, ...] | PropertiesFromEndpoint, BeforeValidator(_kindless)]
    """Their names, or where the API tells them."""
    always_include_properties: tuple[str, ...] = ()
    """Named in every chunk."""
    property_chunking: PropertyChunking | None = None
    """None: all in one request."""
    request_option: MaybeOption = None
    """Where they go; none: an expression uses `stream_slice.extra_fields.query_properties`."""
    separator: str = ","
    """Between the names, where they go into one field."""
