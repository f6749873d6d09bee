"""The kind `GroupingPartitionRouter`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from weft.connectors.rest.partitions.base import Part, Router
from weft.connectors.rest.parts import Part as Component

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.partitions.base import Around


class GroupingPartitionRouter(Router):
    """Parts of another router, several at a time: each of their values becomes a list."""

    group_size: int = Field(ge=1)
    """Parts of a group."""
    underlying_partition_router: Annotated[Any, Component("partitions")]
    """The router whose parts are grouped."""
    deduplicate: bool = True
    """Whether each part counts once."""

    def parents(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Those of the router below."""
        below = self.underlying_partition_router.parents()
        return tuple((("underlyingPartitionRouter", *path), stream) for path, stream in below)

    def follows(self) -> tuple[Any, ...]:
        """As the router below."""
        found: tuple[Any, ...] = self.underlying_partition_router.follows()
        return found

    def fields(self) -> tuple[str, ...] | None:
        """As the router below."""
        found: tuple[str, ...] | None = self.underlying_partition_router.fields()
        return found

    def parts(self, around: Around) -> Iterator[Part]:
        """The groups."""
        below = self._once(self.underlying_partition_router.parts(around))
        while group := list(islice(below, self.group_size)):
            names = dict.fromkeys(name for part in group for name in part.values)
            extras = dict.fromkeys(name for part in group for name in part.extra)
            options = [[value for _, value in at] for at in zip(*(p.options for p in group), strict=False)]
            yield Part(
                {name: [part.values.get(name) for part in group] for name in names},
                {name: [part.extra.get(name) for part in group] for name in extras},
                tuple((option, values) for (option, _), values in zip(group[0].options, options, strict=True)),
            )

    def _once(self, parts: Iterator[Part]) -> Iterator[Part]:
        seen = set()
        for part in parts:
            if not self.deduplicate or part.key not in seen:
                seen.add(part.key)
                yield part
