"""The kind `SubstreamPartitionRouter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, model_validator

from weft.connectors.rest.cursors.base import FieldPath, value_at
from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.check import templates
from weft.connectors.rest.manifest.option import MaybeOption
from weft.connectors.rest.partitions.base import Part, Router
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.partitions.base import Around

ABOVE = "parent_slice"
"""What expressions call the part that a parent's record came in."""
_FLAT = "parentStreamConfigs"


def _kindless(value: Any) -> Any:
    return {key: item for key, item in value.items() if key != "kind"} if isinstance(value, dict) else value


class ParentStreamConfig(Kind):
    """A stream whose records are parts of another."""

    stream: str
    """Its name."""
    parent_key: FieldPath
    """Field of its records that tells them apart."""
    partition_field: Template
    """What expressions call that value: `stream_partition.<this>`."""
    request_option: MaybeOption = None
    """Where the value goes."""
    incremental_dependency: bool = False
    """Only records that are new since the last time are read; else all."""
    extra_fields: tuple[FieldPath, ...] = ()
    """Fields of the record for expressions: `stream_slice.extra_fields.<name>`, of nested ones `['a.b']`."""
    condition: Template | None = None
    """Which of the records are parts; none: all."""


class SubstreamPartitionRouter(Router):
    """A part for each record of another stream."""

    parent_stream_configs: tuple[Annotated[ParentStreamConfig, BeforeValidator(_kindless)], ...]
    """The streams; a single one may stand without this list."""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        if isinstance(data, dict) and "stream" in data:
            return {_FLAT: [data]}
        return data

    def parents(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """The streams."""
        return tuple((("parentStreamConfigs", n, "stream"), p.stream) for n, p in enumerate(self.parent_stream_configs))

    def follows(self) -> tuple[Any, ...]:
        """The configurations."""
        return self.parent_stream_configs

    def fields(self) -> tuple[str, ...] | None:
        """One for each stream, and the part of its own that a record came in."""
        names = [parent.partition_field for parent in self.parent_stream_configs]
        return (*(str(name.source) for name in names), ABOVE) if all(name.constant for name in names) else None

    def parts(self, around: Around) -> Iterator[Part]:
        """One for each record of each stream, each once."""
        nested = any(ABOVE in str(template.source) for _, template in templates(around.stream))
        for parent in self.parent_stream_configs:
            name, seen = parent.partition_field.text(around.names), set()
            for record, above in around.records(parent.stream, incremental=parent.incremental_dependency):
                value = value_at(record, parent.parent_key)
                # A value may be there in several parts of the parent: it means another thing in each of them where
                # more than the value is asked with.
                apart = above.values if nested or parent.extra_fields else {}
                mark = repr((value, apart))
                if value is None or mark in seen:
                    continue
                if parent.condition and not parent.condition.render({**around.names, "record": record}):
                    continue
                seen.add(mark)
                extra = {".".join(path): value_at(record, path) for path in parent.extra_fields}
                options = ((parent.request_option, value),) if parent.request_option else ()
                yield Part({name: value} | ({ABOVE: apart} if apart else {}), extra, options)
