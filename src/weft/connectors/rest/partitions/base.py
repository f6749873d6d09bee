"""What all partition routers share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, field

from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.expressions import Names


class Part(Struct, frozen=True):
    """A part of a stream that is read by itself."""

    values: dict[str, Any] = field(default_factory=dict)
    """What expressions find in `stream_partition`; tells it apart from others."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What they find in `stream_slice.extra_fields`."""
    options: tuple[tuple[Any, Any], ...] = ()
    """Request options with their values."""

    @property
    def key(self) -> str:
        """Its name in the stored cursor."""
        return json.dumps(self.values, sort_keys=True, separators=(",", ":"), default=str) if self.values else ""

    def __add__(self, other: Part) -> Part:
        return Part({**self.values, **other.values}, {**self.extra, **other.extra}, (*self.options, *other.options))


class Around(Protocol):
    """What a router may ask for."""

    stream: Any
    """What is read in parts."""

    @property
    def names(self) -> Names:
        """config, parameters."""

    def records(self, stream: str, *, incremental: bool) -> Iterator[tuple[dict[str, Any], Part]]:
        """Records of another stream, each with the part of it that it came in.

        Incremental: only those that are new since the last time.
        """


class Router(Kind):
    """Which parts a stream is read in."""

    def parents(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Streams that it reads, each with the place in its document where it is named."""
        return ()

    def follows(self) -> tuple[Any, ...]:
        """How it follows them: objects with `stream` and `incremental_dependency`."""
        return ()

    def fields(self) -> tuple[str, ...] | None:
        """What expressions find in `stream_partition`; none: that is known only when it is read."""
        return None

    def parts(self, around: Around) -> Iterator[Part]:
        """The parts."""
        raise NotImplementedError
