"""The base of everything that can be plugged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from weft.model.noun import described

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema


class Kind(BaseModel):
    """A frozen value whose fields are its parameters.

    In documents the fields are written in camelCase (`nullTokens`); the Python name is accepted too.
    JSON Schema, form, docs page and validation follow from the fields, so give each a type, a default if it
    has one, and a docstring.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Its JSON Schema, with what stands below each field."""
        return described(cls, schema, handler)
