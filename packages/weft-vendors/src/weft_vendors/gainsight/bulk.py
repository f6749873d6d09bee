"""Bulk export: a job, its state, its chunks.

Only the first step is known from documents; the state's and the chunks' shapes are this simulator's invention.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft_vendors.core import answer
from weft_vendors.gainsight.envelope import failed, told
from weft_vendors.gainsight.query import body, object_name, rows, selected

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.gainsight.tenant import Gainsight

HOUR, DAY = 10, 100
"""Jobs at most."""
CHUNK = 10_000


@dataclass
class Job:
    """One export: the rows of the moment when it began."""

    object: str
    rows: list[Row]
    ids: list[str]
    polls: int = 0


@dataclass
class Exports:
    """The jobs of a tenant."""

    jobs: dict[str, Job] = field(default_factory=dict)
    begun: deque[float] = field(default_factory=deque)


def begin(vendor: Gainsight, call: Call) -> Response:
    """`POST /v3/exports/data/bulk/{object}`."""
    name, asked, exports = object_name(vendor, call.path["object"]), body(vendor, call), vendor.exports
    now = vendor.clock.now().timestamp()
    recent = [t for t in exports.begun if t > now - 86_400]
    if len(recent) >= DAY or len([t for t in recent if t > now - 3600]) >= HOUR:
        raise failed(vendor, "GS_APIG_2429", "API quota exceeded", 429)
    exports.begun.append(now)
    found = rows(vendor, name, asked)
    id_ = vendor.request_id()
    shown = [selected(vendor, vendor.fields[name], r, asked["select"]) for r in found]
    exports.jobs[id_] = Job(name, shown, [r["Gsid"] for r in found])
    return told(vendor, {"jobId": id_})


def _job(vendor: Gainsight, call: Call) -> Job:
    job = vendor.exports.jobs.get(call.path["job"])
    if job is None:
        raise failed(vendor, "GSOBJ_1023", "Invalid API path", 404)
    return job


def state(vendor: Gainsight, call: Call) -> Response:
    """`GET /v3/exports/data/bulk/jobs/{job}`: ready at the third look."""
    job = _job(vendor, call)
    job.polls += 1
    if job.polls < 3:  # noqa: PLR2004
        return told(vendor, {"status": "IN_PROGRESS"})
    chunks = range(max(-(-len(job.rows) // CHUNK), 1))
    base = f"{vendor.url}/v3/exports/data/bulk/jobs/{call.path['job']}/chunks"
    return told(
        vendor, {"status": "COMPLETED", "totalRecords": len(job.rows), "chunks": [f"{base}/{n}" for n in chunks]}
    )


def chunk(vendor: Gainsight, call: Call) -> Response:
    """`GET .../chunks/{n}`: a record a line."""
    job, at = _job(vendor, call), int(call.path["n"]) * CHUNK
    vendor.ledger.served(call.number, job.object, job.ids[at : at + CHUNK])
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in job.rows[at : at + CHUNK])
    return answer(lines, content_type="application/x-ndjson")
