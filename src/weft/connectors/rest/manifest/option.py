"""Where a value goes in a request."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

Place = Literal["request_parameter", "header", "body_data", "body_json", "path"]


class RequestOption(Kind):
    """A field of the request that a value is put into; `path` makes the value the address itself."""

    inject_into: Place = "request_parameter"
    """request_parameter, header, body_data (form), body_json, path."""
    field_name: Template | None = None
    """Name of the parameter, header or field."""
    field_path: tuple[Template, ...] = ()
    """Keys down to a field of a JSON body, instead of a name."""

    @model_validator(mode="after")
    def _named(self) -> RequestOption:
        if self.inject_into != "path" and (self.field_name is None) == (not self.field_path):
            raise ValueError("give 'fieldName' or 'fieldPath', one of them")
        if self.field_path and self.inject_into != "body_json":
            raise ValueError("'fieldPath' goes with 'injectInto: body_json'")
        return self


def _short(value: Any) -> Any:
    if value == "RequestPath":
        return {"injectInto": "path"}
    if isinstance(value, str):
        return {"fieldName": value}
    if isinstance(value, dict) and "kind" in value:
        rest = {key: item for key, item in value.items() if key != "kind"}
        return {"injectInto": "path", **rest} if value["kind"] == "RequestPath" else rest
    return value


Option = Annotated[RequestOption, BeforeValidator(_short)]
"""A request option; a text is the name of a request parameter."""
MaybeOption = Annotated[RequestOption | None, BeforeValidator(_short)]
NONE = Field(default=None)
