"""The report of a recognition: what was decided, how surely, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weft.connectors.openapi.recognise import Recognised
    from weft.connectors.openapi.streams import Stream


def report(found: Recognised) -> dict[str, Any]:
    """As JSON: `name`, `auth`, `streams` and `skipped`, as people and programs review them."""
    return {
        "name": found.name,
        "address": found.address.decision.as_json(),
        "auth": {**found.auth.decision.value, **_why(found.auth.decision.as_json())},
        "limits": {**found.limits.value, **_why(found.limits.as_json())},
        "streams": [_stream(s) for s in found.streams],
        "skipped": [{"path": s.path, "reason": s.reason} for s in found.skipped],
    }


def _why(told: dict[str, Any]) -> dict[str, Any]:
    return {"confidence": told["confidence"], "evidence": told["text"]}


def _stream(stream: Stream) -> dict[str, Any]:
    names = list(stream.parents)
    return {
        "name": stream.name,
        "path": stream.path,
        "method": stream.method.upper(),
        "description": stream.description,
        "records_path": list(stream.records),
        "primary_key": list(stream.key),
        "pagination": dict(stream.paging.decision.value),
        "incremental": dict(stream.incremental) if stream.incremental else None,
        "parent": stream.parents[names[-1]].stream if names else None,
        "asks": [p.name for p in stream.asked],
        "confidence": round(stream.confidence, 2),
        "evidence": [d.as_json() for d in stream.decisions],
    }
