"""What people did about dark data: asked, answered, adopted, retired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import EventType, Handled, Reply

if TYPE_CHECKING:
    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections


class Deeds:
    """Fold of what was done, by what it was done about."""

    name: ClassVar[str] = "dark.1"
    types: ClassVar[tuple[EventType, ...]] = (
        "dark.asked",
        "dark.answered",
        "dark.adopted",
        "dark.retired",
        "dark.restored",
    )

    def reads(self, event: Event) -> tuple[str, ...]:
        """What it is about."""
        return (event.subject,)

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Add the deed."""
        before = Handled.model_validate(get(event.subject) or {})
        after = before.model_copy(update=_changed(before, event))
        return {event.subject: after.model_dump(mode="json")}


def _changed(before: Handled, event: Event) -> dict[str, Any]:
    data = event.data
    if event.type == "dark.asked":
        asked = {"asked": tuple(data.get("to", ())), "asked_by": event.actor, "asked_at": event.at}
        return {**asked, "question": str(data.get("question", ""))}
    if event.type == "dark.answered":
        return {"answers": (*before.answers, Reply(by=event.actor, at=event.at, text=str(data.get("text", ""))))}
    if event.type == "dark.adopted":
        return {"adopted": str(data.get("product", ""))}
    if event.type == "dark.retired":
        return {"retired_at": event.at, "retired_by": event.actor, "reason": str(data.get("reason", ""))}
    return {"retired_at": "", "retired_by": "", "reason": ""}


FOLD = Deeds()


def handled(projections: Projections, subject: str) -> Handled:
    """What was done about `stream:domain.source.stream`, `table:domain.product.table` or `product:domain.product`."""
    return Handled.model_validate(projections.get(FOLD.name, subject) or {})
