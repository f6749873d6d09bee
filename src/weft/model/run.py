"""What happens: runs, findings, incidents, events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from weft.model.names import TableName
from weft.model.noun import Noun


class Finding(Noun):
    """The outcome of one rule on one version of a table."""

    table: TableName
    rule: str
    column: str = ""
    passed: bool
    severity: str = "error"
    found: float | None = None
    """Measured value: rows, percent or what the rule's unit says."""
    allowed: str = ""
    """What the contract allows, for people: `none`, `less than 10 %`."""
    text: str = ""
    """One sentence; never a row's value."""


class TableResult(Noun):
    """What a run did to one table."""

    table: TableName
    rows: int = 0
    """Good rows written."""
    deleted: int = 0
    """Rows that the source deleted."""
    quarantined: int = 0
    batches: int = 0
    by_reason: dict[str, int] = Field(default_factory=dict)
    older: int = 0
    """Replayed rows that gave way to rows of the same key that were read later."""
    withdrawn: int = 0
    """Rows that waited in quarantine and whose key the source deleted: they are gone, no replay brings them back."""
    findings: tuple[Finding, ...] = ()
    drift: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    """Files that were there before and are gone."""
    masked: tuple[str, ...] = ()
    """What a derived table read masked or filtered, one sentence each: its figures follow from that."""
    state: Literal["published", "held", "unchanged", "failed", "refused"] = "unchanged"
    error: str = ""


class Run(Noun):
    """One execution for one product."""

    id: str
    product: str
    started: str
    """UTC."""
    finished: str = ""
    state: Literal["running", "succeeded", "held", "failed"] = "running"
    tables: tuple[TableResult, ...] = ()
    error: str = ""


EventType = Literal[
    "document.applied",
    "document.retired",
    "table.deprecated",
    "table.retired",
    "run.started",
    "run.finished",
    "batch.committed",
    "table.folded",
    "table.compacted",
    "table.vacuumed",
    "table.dropped",
    "table.restored",
    "table.evolved",
    "table.expired",
    "drift.found",
    "source.vanished",
    "quarantine.added",
    "quarantine.replayed",
    "quality.checked",
    "publication.published",
    "publication.held",
    "publication.forced",
    "publication.discarded",
    "incident.raised",
    "read.allowed",
    "read.refused",
    "unpublished.looked",
    "lineage.imported",
    "source.looked",
    "stream.found",
    "stream.lost",
    "dark.asked",
    "dark.answered",
    "dark.adopted",
    "dark.retired",
    "dark.restored",
    "repair.mended",
    "secret.set",
    "secret.renewed",
    "secret.removed",
    "vault.rotated",
]
"""The closed list of what can be observed."""


def iso(time: datetime) -> str:
    """A time in UTC as the journal writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Event(Noun):
    """One line of the journal."""

    type: EventType
    id: str
    """Derived from what happened, so that telling it twice keeps it once: `batch.committed:<app>:<sequence>`."""
    at: str
    """UTC, ISO 8601 with milliseconds."""
    actor: str
    subject: str
    """What it is about: a table's name, a product, a document's path, a run."""
    data: dict[str, Any] = Field(default_factory=dict)
    """JSON; no secret, no row value."""
    sequence: int = 0
    """Place in the journal, from 1; 0 before it is appended."""
    hash: str = ""
    """SHA-256 of the hash before it and this event's canonical JSON."""
