"""The kind `ListPartitionRouter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.connectors.rest.expressions import Template, Tree
from weft.connectors.rest.manifest.option import MaybeOption
from weft.connectors.rest.partitions.base import Part, Router
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.partitions.base import Around


class ListPartitionRouter(Router):
    """A part for each value of a list."""

    cursor_field: Template
    """What expressions call the value: `stream_partition.<this>`."""
    values: Tree
    """The list, or an expression that gives it."""
    request_option: MaybeOption = None
    """Where the value goes."""

    def fields(self) -> tuple[str, ...] | None:
        """The one field."""
        return (str(self.cursor_field.source),) if self.cursor_field.constant else None

    def parts(self, around: Around) -> Iterator[Part]:
        """One for each value."""
        name, values = self.cursor_field.text(around.names), self.values.render(around.names)
        if not isinstance(values, list | tuple):
            raise Invalid(
                f"'values' of the partitions by '{name}' is no list",
                hint="Mend the source's configuration that it names.",
            )
        for value in values:
            yield Part({name: value}, options=((self.request_option, value),) if self.request_option else ())
