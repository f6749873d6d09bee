"""What a request consists of, before its expressions are computed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.parts import Part
from weft.kinds import Kind

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
BODIES = ("json_body", "form", "body", "graphql")


class Requester(Kind):
    """One request: path or address, parameters, headers, body."""

    path: Template | None = None
    """Path from the connector's base URL."""
    url: Template | None = None
    """Whole address, instead of a path."""
    method: Method = "GET"
    """GET, POST, PUT, PATCH or DELETE."""
    params: dict[str, Tree | None] = Field({})
    """Parameters of the query; a list repeats its parameter, none leaves it out."""
    headers: dict[str, Tree | None] = Field({})
    """Header fields."""
    json_body: Tree | None = Field(None, alias="json")
    """Body as JSON."""
    form: dict[str, Tree | None] | None = None
    """Body as a form's fields."""
    body: Template | None = None
    """Body as text."""
    graphql: Template | None = None
    """Body as a GraphQL query."""
    repeatable: bool | None = None
    """Whether it may be sent twice, though it is no GET: a POST that only reads; none: as the method says."""
    errors: Annotated[Any, Part("errors", "DefaultErrorHandler")] = None
    """What answers mean that are no success; none: as the connector says."""
    auth: Annotated[Any, Part("auth")] = None
    """Credentials of this request; none: those of the stream that it is for, else the connector's."""

    @model_validator(mode="after")
    def _one(self) -> Requester:
        if self.path is not None and self.url is not None:
            raise ValueError("'path' and 'url' exclude each other")
        given = [_NAMES[name] for name in BODIES if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: a request has one body")
        return self


_NAMES = {"json_body": "'json'", "form": "'form'", "body": "'body'", "graphql": "'graphql'"}
