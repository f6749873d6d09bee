"""The kind `AsyncRetriever`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from weft.connectors.rest.expressions import Template
from weft.connectors.rest.manifest.requester import Requester
from weft.connectors.rest.parts import Part
from weft.connectors.rest.spans import Duration
from weft.kinds import Kind


def _extractor(value: Any) -> Any:
    """`{kind: DpathExtractor, fieldPath: [...]}` as its path."""
    if isinstance(value, dict):
        return value.get("fieldPath", value.get("field_path"))
    return [part for part in value.split(".") if part] if isinstance(value, str) else value


Place = Annotated[tuple[str, ...], BeforeValidator(_extractor)]


class StatusMapping(Kind):
    """What a system calls the states of a job."""

    running: tuple[str, ...]
    """It goes on."""
    completed: tuple[str, ...]
    """Its result can be had."""
    failed: tuple[str, ...] = ()
    """It is made anew, three times at most."""
    timeout: tuple[str, ...] = ()
    """It took too long: made anew in halves where there is a cursor."""
    skipped: tuple[str, ...] = ()
    """There is nothing to be had."""


class AsyncRetriever(Kind):
    """A job is made, asked after until it is done, and its result downloaded; several pages where there are."""

    creation_requester: Requester
    """Makes the job; its answer is `creation_response`."""
    polling_requester: Requester
    """Asks after it; its answer is `polling_response`."""
    status_extractor: Place
    """Where that answer tells the state."""
    status_mapping: StatusMapping
    """What the states are called."""
    download_target_extractor: Place = ()
    """Where that answer tells one or several addresses or ids (`download_target`); empty: there is one download."""
    download_requester: Requester
    """Gets the result."""
    download_decoder: Annotated[Any, Part("decoders")] = None
    """How the result is written; none: as the stream's decoder."""
    download_extractor: Annotated[Any, Part("extractors")] = None
    """Where the records lie in it; none: as the stream's records."""
    download_count: Template | None = None
    """How many records a page of the result says it holds, over `headers`; that many must come."""
    download_paginator: Annotated[Any, Part("paging")] = Field("NoPagination", validate_default=True)
    """How the result goes on."""
    abort_requester: Requester | None = None
    """Ends a job that took too long."""
    delete_requester: Requester | None = None
    """Takes the job away when it was read."""
    polling_job_timeout: Duration = "PT1H"
    """How long a job may take."""
    poll_interval: Duration = "PT5S"
    """First wait between two polls; it grows to ten times that."""
