"""Runs by id, and which were the last of each product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.model import EventType, Run

if TYPE_CHECKING:
    from weft.catalog.fold import Get
    from weft.model import Event
    from weft.seams import Projections

_KEPT = 50
"""Runs listed for a product; older ones are found by their id."""


class Runs:
    """Fold of the runs."""

    name: ClassVar[str] = "runs.1"
    types: ClassVar[tuple[EventType, ...]] = ("run.started", "run.finished")

    def reads(self, event: Event) -> tuple[str, ...]:
        """The run and the list of its product."""
        return f"run|{event.data.get('run') or event.id}", f"product|{event.subject}"

    def apply(self, get: Get, event: Event) -> dict[str, Any]:
        """Put the run; one that has finished does not start again."""
        identifier = str(event.data.get("run") or event.id)
        known = get(f"run|{identifier}")
        if event.type == "run.started":
            run = None if known else Run(id=identifier, product=event.subject, started=event.at)
        else:
            run = _finished(event, identifier, known)
        if run is None:
            return {}
        rows: dict[str, Any] = {f"run|{identifier}": run.model_dump(mode="json")}
        if known is None:
            listed = get(f"product|{run.product}") or []
            rows[f"product|{run.product}"] = [identifier, *listed][:_KEPT]
        return rows


def _finished(event: Event, identifier: str, known: Any) -> Run:
    if event.data.get("result"):
        return Run.model_validate(event.data["result"])
    started = Run.model_validate(known or {"id": identifier, "product": event.subject, "started": event.at})
    return started.model_copy(update={"finished": event.at, "state": "succeeded"})


FOLD = Runs()


def run(projections: Projections, identifier: str) -> Run | None:
    """The run of that id, or none."""
    row = projections.get(FOLD.name, f"run|{identifier}")
    return None if row is None else Run.model_validate(row)


def last_runs(projections: Projections, product: str, limit: int = 10) -> tuple[Run, ...]:
    """The last runs of `domain.product`, newest first; at most 50 are listed."""
    listed = (projections.get(FOLD.name, f"product|{product}") or [])[:limit]
    return tuple(found for identifier in listed if (found := run(projections, identifier)))
