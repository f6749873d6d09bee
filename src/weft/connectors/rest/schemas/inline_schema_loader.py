"""The kind `InlineSchemaLoader`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from weft.kinds import Kind


class InlineSchemaLoader(Kind):
    """The types stand in the manifest."""

    schema_: dict[str, Any] = Field(alias="schema")
    """JSON Schema of a record."""
