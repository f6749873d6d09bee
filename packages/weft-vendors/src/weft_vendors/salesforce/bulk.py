"""Bulk API 2.0 query: a job is created, walks through its states as it is looked at, and gives CSV in pages."""

from __future__ import annotations

import csv
import gzip
import io
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused, answer
from weft_vendors.salesforce.answering import Question, refused, stamp
from weft_vendors.salesforce.ids import new
from weft_vendors.salesforce.oauth import USER

if TYPE_CHECKING:
    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.salesforce.app import Salesforce

KEPT = timedelta(days=7)
SERVERS_PAGE = 50_000
_DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
_ENDED = {"JobComplete", "Failed", "Aborted"}


@dataclass
class Job:
    """One query job."""

    question: Question
    told: dict[str, Any]
    """What is answered about it."""
    at: datetime
    polls: int
    """How often it is looked at before it is complete."""
    rows: list[Row] = field(default_factory=list)


class Bulk:
    """The org's query jobs."""

    def __init__(self, org: Salesforce) -> None:
        self.org = org
        self._jobs: dict[str, Job] = {}
        self._random = Random("jobs")  # noqa: S311 - how long a job takes

    def create(self, call: Call) -> Response:
        """`POST /jobs/query`."""
        wanted = call.json
        if not isinstance(wanted, dict) or wanted.get("operation") not in {"query", "queryAll"}:
            raise refused("INVALIDJOB", "operation must be query or queryAll")
        question = Question(str(wanted.get("query", "")), self.org.schema, self.org.clock.now())
        _possible(question)
        delimiter, ending = wanted.get("columnDelimiter", "COMMA"), wanted.get("lineEnding", "LF")
        if delimiter not in _DELIMITERS or ending not in {"LF", "CRLF"} or wanted.get("contentType", "CSV") != "CSV":
            raise refused("INVALIDJOB", "the contentType, columnDelimiter or lineEnding is not supported")
        self.org.gate.new_job()
        now = stamp(self.org.clock.now())
        told = {
            "id": new("750", self._random),
            "operation": wanted["operation"],
            "object": question.object.name,
            "createdById": USER,
            "createdDate": now,
            "systemModstamp": now,
            "state": "UploadComplete",
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(call.path["version"]),
            "lineEnding": ending,
            "columnDelimiter": delimiter,
        }
        self._jobs[told["id"]] = Job(question, told, self.org.clock.now(), self._random.randrange(2, 5))
        return answer(told)

    def job(self, call: Call) -> Response:
        """`GET`, `PATCH` (abort) and `DELETE /jobs/query/{job}`."""
        job = self._known(call)
        if call.request.method == "DELETE":
            if job.told["state"] not in _ENDED:
                raise refused("INVALIDJOBSTATE", "Job must be in a terminal state")
            del self._jobs[job.told["id"]]
            return answer(None, 204)
        if call.request.method == "PATCH":
            if (call.json or {}).get("state") != "Aborted":
                raise refused("INVALIDJOBSTATE", "a query job can be aborted only")
            job.told["state"] = "Aborted"
            return answer(job.told)
        self._walk(job, call.request.url.path)
        more = {"jobType": "V2Query", "numberRecordsProcessed": len(job.rows), "retries": 0, "totalProcessingTime": 334}
        return answer({**job.told, **more})

    def results(self, call: Call) -> Response:
        """`GET /jobs/query/{job}/results`."""
        job = self._done(call)
        size = call.query.get("maxRecords", "")
        most = min(int(size) if size.isdigit() and int(size) else SERVERS_PAGE, SERVERS_PAGE)
        start = _place(call.query.get("locator", ""))
        page, end = job.rows[start : start + most], start + most
        self.org.ledger.served(call.number, job.told["object"], [r["Id"] for r in page])
        locator = _locator(end) if end < len(job.rows) else "null"
        zipped = "gzip" in call.headers.get("accept-encoding", "")
        lost = self.org.faults.take("lost", call.request.url.path)
        body = _csv(job, page[:-1] if lost else page)
        told = answer(gzip.compress(body, 1) if zipped else body, Content_Type="text/csv", Sforce_Locator=locator)
        told.headers["Sforce-NumberOfRecords"] = str(len(page))
        if zipped:
            told.headers["Content-Encoding"] = "gzip"
        return told

    def pages(self, call: Call) -> Response:
        """`GET /jobs/query/{job}/resultPages`: up to five places to read from at once."""
        job = self._done(call)
        fifth = max(-(-len(job.rows) // 5), 1)
        base = f"/services/data/v{call.path['version']}/jobs/query/{job.told['id']}/results"
        starts = range(0, max(len(job.rows), 1), fifth)
        urls = [{"resultUrl": f"{base}?locator={_locator(s)}&maxRecords={fifth}"} for s in starts]
        return answer({"resultPages": urls, "done": True})

    def _walk(self, job: Job, path: str) -> None:
        """One step on; the question is answered as the job begins to run."""
        if job.told["state"] in _ENDED:
            return
        org, name = self.org, job.told["object"]
        if job.told["state"] == "UploadComplete":
            deleted = job.told["operation"] == "queryAll"
            job.rows = job.question.rows(org.ledger.rows(name).values(), deleted=deleted)
            job.told["state"] = "InProgress"
        job.polls -= 1
        if job.polls > 0:
            return
        if org.faults.take("fail", path):
            job.told |= {"state": "Failed", "errorMessage": "InternalServerError : retries exhausted"}
        else:
            job.told["state"] = "JobComplete"

    def _known(self, call: Call) -> Job:
        job = self._jobs.get(call.path["job"])
        if job is None or self.org.clock.now() - job.at > KEPT:
            raise refused("NOT_FOUND", "The requested resource does not exist", 404)
        return job

    def _done(self, call: Call) -> Job:
        job = self._known(call)
        if float(call.path["version"]) != job.told["apiVersion"]:
            raise refused("API_ERROR", "the job was created with another API version", 409)
        if job.told["state"] != "JobComplete":
            raise refused("INVALIDJOBSTATE", f"the job is {job.told['state']}")
        return job


def _possible(question: Question) -> None:
    """What the Bulk API does not do."""
    if not question.object.bulk:
        name = question.object.name
        raise refused("INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    if any(f.type == "address" for f in question.fields):
        raise refused("API_ERROR", "Selecting compound data not supported in Bulk Query")
    if question.soql.count or question.soql.offset:
        raise refused("FUNCTIONALITY_NOT_ENABLED", "Aggregates and OFFSET are not supported in Bulk Query")


def _locator(place: int) -> str:
    return b64encode(str(place).encode()).rstrip(b"=").decode()


def _place(locator: str) -> int:
    try:
        return int(b64decode(locator + "=" * (-len(locator) % 4)) or 0)
    except ValueError:
        raise Refused(400, [{"errorCode": "INVALIDLOCATOR", "message": "invalid locator"}]) from None


def _csv(job: Job, rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    ending = "\n" if job.told["lineEnding"] == "LF" else "\r\n"
    delimiter = _DELIMITERS[job.told["columnDelimiter"]]
    out = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    fields = [(f.name, f.type) for f in job.question.fields]
    out.writerow(n for n, _ in fields)
    out.writerows([_text(row.get(n), kind) for n, kind in fields] for row in rows)
    return text.getvalue().encode()


def _text(value: Any, kind: str) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is not None and kind == "datetime":
        return str(value).replace("+0000", "Z")
    return value
