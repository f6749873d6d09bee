"""The kind `UnionPartitionRouter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from weft.connectors.rest.partitions.base import Part, Router
from weft.connectors.rest.parts import Part as Component

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.partitions.base import Around


class UnionPartitionRouter(Router):
    """The parts of several routers, each once."""

    partition_field: str
    """What expressions call their value; each of the routers gives it."""
    partition_routers: tuple[Annotated[Any, Component("partitions")], ...]
    """The routers."""

    def parents(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Those of all routers."""
        found = []
        for place, router in enumerate(self.partition_routers):
            found += [(("partitionRouters", place, *path), stream) for path, stream in router.parents()]
        return tuple(found)

    def follows(self) -> tuple[Any, ...]:
        """As all routers."""
        return tuple(one for router in self.partition_routers for one in router.follows())

    def fields(self) -> tuple[str, ...] | None:
        """The one field."""
        return (self.partition_field,)

    def parts(self, around: Around) -> Iterator[Part]:
        """Parts with the one field."""
        seen = set()
        for router in self.partition_routers:
            for part in router.parts(around):
                value = part.values.get(self.partition_field, next(iter(part.values.values()), None))
                if repr(value) not in seen:
                    seen.add(repr(value))
                    yield Part({self.partition_field: value}, part.extra)
