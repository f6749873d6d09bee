"""The streams that sources hold, as they were last seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import EventType, SeenStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections


class Streams:
    """Fold of what discovery found. Row `domain.source|stream`."""

    name: ClassVar[str] = "streams.2"
    types: ClassVar[tuple[EventType, ...]] = ("stream.found", "stream.lost")

    def reads(self, event: Event) -> tuple[str, ...]:
        """The stream."""
        return (f"{event.subject}|{event.data.get('stream', '')}",)

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Keep what was seen last, and since when it is there."""
        source, name = event.subject, str(event.data.get("stream", ""))
        key = f"{source}|{name}"
        if event.type == "stream.lost":
            return {key: None}
        before = get(key) or {}
        told = {k: v for k, v in event.data.items() if k in SeenStream.model_fields}
        first = before.get("first") or event.at
        looked = event.at if "read" in told else before.get("looked", "")
        own = {"source": source, "name": name, "first": first, "last": event.at, "looked": looked}
        seen = SeenStream.model_validate({**told, **own})
        return {key: seen.model_dump(mode="json")}


FOLD = Streams()


def streams(projections: Projections, source: str = "") -> Iterator[SeenStream]:
    """What was seen in a source (`domain.source`), or in all, by name."""
    rows = projections.rows(FOLD.name, f"{source}|" if source else "")
    return (SeenStream.model_validate(row) for _, row in rows)
