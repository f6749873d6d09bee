"""Streams that the system itself, or a source's configuration, lists."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.manifest.stream import Stream
from weft.kinds import Kind, built, explained


class ComponentMapping(Kind):
    """A field of the template that is no expression, set by one."""

    field_path: tuple[str | int, ...]
    """Keys down to the field."""
    value: Tree
    """Its value; `components_values` is the record that was found."""
    condition: Template | None = None
    """Only where this is true."""


class StreamConfig(Kind):
    """Where the configuration lists streams."""

    configs_pointer: tuple[str, ...]
    """Keys down to the list."""


class DynamicStream(Kind):
    """One stream for each record that is found; the record is the stream's `parameters`."""

    kind: Literal["HttpComponentsResolver", "ConfigComponentsResolver"] = "HttpComponentsResolver"
    """HttpComponentsResolver asks the system, ConfigComponentsResolver reads the configuration."""
    requester: Stream | None = None
    """What to ask: a request with `records`, and `pagination` where the list goes on."""
    stream_config: StreamConfig | None = None
    """Where the configuration lists them."""
    name: Template
    """Name of each stream: `{{ parameters.name }}`."""
    condition: Template | None = None
    """Which records are streams: an expression over `record`; none: all."""
    template: dict[str, Any]
    """The stream, with `parameters` in its expressions."""
    components_mapping: tuple[ComponentMapping, ...] = Field(())
    """Fields of the template that are no expressions."""

    @model_validator(mode="after")
    def _whole(self) -> DynamicStream:
        wants = "requester" if self.kind == "HttpComponentsResolver" else "stream_config"
        if getattr(self, wants) is None:
            raise ValueError(f"{self.kind} needs '{'requester' if wants == 'requester' else 'streamConfig'}'")
        self.drafted()
        return self

    def drafted(self) -> Stream | None:
        """The template as a stream; none when it fits only once `componentsMapping` is set.

        Raises:
            ValidationError: it does not fit, with the places inside.
        """
        try:
            made: Stream = built(Stream, self.template)
        except ValidationError as error:
            if self.components_mapping:
                return None
            lines = [(("template", *item["loc"]), str(item["msg"])) for item in error.errors(include_url=False)]
            raise explained("template", lines) from None
        return made

    def stream(self, found: dict[str, Any], config: dict[str, Any]) -> Stream:
        """The stream of one record.

        Raises:
            ValidationError: the template does not fit with it.
        """
        names = {"components_values": found, "parameters": found, "config": config}
        data: Any = {**self.template, "parameters": {**self.template.get("parameters", {}), **found}}
        for mapping in self.components_mapping:
            if mapping.condition is None or mapping.condition.render(names):
                data = _set(data, mapping.field_path, mapping.value.render(names))
        return Stream.model_validate(data)


def _set(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [_set(item, rest, value) if place == step else item for place, item in enumerate(data)]
    inner = data.get(str(step)) if isinstance(data, dict) else None
    return {**(data if isinstance(data, dict) else {}), str(step): _set(inner, rest, value)}
