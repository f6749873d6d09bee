"""A whole manifest."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.dynamic import DynamicStream
from weft.connectors.rest.manifest.stream import Hooks, Stream, listed
from weft.connectors.rest.parts import Part
from weft.kinds import Kind

MERGED = ("params", "headers")


class Limits(Kind):
    """How hard a system may be asked."""

    concurrency: int = Field(4, ge=1, le=64)
    """Requests at once of one stream's partitions."""
    max_concurrency: int = Field(16, ge=1, le=256)
    """Requests at once of all streams of a source together."""
    budget: Annotated[Any, Part("budget", "HTTPAPIBudget")] = None
    """How many requests in which time; none: as many as the system's answers allow."""


class Manifest(Kind):
    """How to speak to a kind of system."""

    name: str
    """What a source calls it."""
    title: str = ""
    """Name for people."""
    description: str = ""
    """What the system is."""
    documentation: str = ""
    """Address of the vendor's documentation."""
    notes: str = ""
    """Markdown for the connector's page: what is read, how it was verified, what to know."""
    base_url: Template | None = None
    """Address that paths start from."""
    hosts: tuple[Template, ...] = ()
    """Hosts that it may talk to besides the base URL's; `*.example.com` for all below."""
    config: dict[str, Any] = Field({})
    """JSON Schema of a source's configuration; `format: password` = a secret:// reference."""
    auth: Annotated[Any, Part("auth")] = None
    """Credentials of requests; none: nothing is sent."""
    limits: Limits = Limits()
    """How hard the system may be asked."""
    errors: Annotated[Any, Part("errors", "DefaultErrorHandler")] = None
    """What answers mean that are no success, for streams that do not say it."""
    check: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """Streams that a test of a source reads a page of; none: the first that needs no other."""
    defaults: dict[str, Any] = Field({})
    """Fields of streams that do not say them; of params and headers each one."""
    hooks: Hooks = ()
    """Functions of hooks.py that all streams use."""
    streams: dict[str, Stream] = Field({})
    """Collections by name."""
    dynamic_streams: tuple[DynamicStream, ...] = ()
    """Streams that the system or the configuration lists."""

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        below = data.get("defaults") if isinstance(data, dict) else None
        if not isinstance(below, dict):
            return data
        streams = data.get("streams")
        if isinstance(streams, dict):
            data = {**data, "streams": {name: laid_over(below, one) for name, one in streams.items()}}
        for key in ("dynamicStreams", "dynamic_streams"):
            if isinstance(data.get(key), list):
                data = {**data, key: [_template(below, one) for one in data[key]]}
        return data


def laid_over(below: dict[str, Any], stream: Any) -> Any:
    """A stream with the defaults that it does not say itself; null undoes one."""
    if not isinstance(stream, dict):
        return stream
    merged = {key: {**below.get(key, {}), **stream[key]} for key in MERGED if isinstance(stream.get(key), dict)}
    found = {**below, **stream, **merged}
    return {key: value for key, value in found.items() if value is not None}


def _template(below: dict[str, Any], one: Any) -> Any:
    if isinstance(one, dict) and isinstance(one.get("template"), dict):
        return {**one, "template": laid_over(below, one["template"])}
    return one
