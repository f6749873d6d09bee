"""A program: the systems of Messy, Inc. as simulators, each holding what its silo holds.

`python -m weft.demo.live.server SILOS AT` loads them from the silos' files, serves each on a port of its own, and
prints addresses and credentials as a line of JSON. A line on its standard input lets some work happen in them and is
answered by a line; its end ends the program.
"""

from __future__ import annotations

import csv
import json
import signal
import sys
from datetime import UTC, date, datetime
from hashlib import md5
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from weft.demo.live import work
from weft_vendors import vendor
from weft_vendors.core import Clock, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft_vendors.core import Vendor

_BOOLEANS = {"true": True, "false": False}


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the demo's, which ends this by its standard input
    silos, at = Path(sys.argv[1]), sys.argv[2]
    clock = Clock(at, runs=True)
    made = [load(vendor(name)(clock=clock), silos) for name, load in LOADED.items()]
    with serving(*made) as urls:
        _tell({one.name: {"url": urls[one.name], **one.credentials()} for one in made})
        dice = Random(7)  # noqa: S311 - the same work each time
        for _ in sys.stdin:
            _tell([text for one in made for text in work.done(one, dice)])


def _tell(found: Any) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def salesforce(org: Any, silos: Path) -> Vendor:
    """The weekly export is what the org holds; numbers are numbers where they are some."""
    from weft_vendors.salesforce.schema import Field

    org.schema.add("User", Field("EmployeeNumber"))
    org.schema.add("OpportunityLineItem", Field("ProductName"))
    org.schema.add("Campaign", Field("ActualCost", "currency"))
    for path in sorted((silos / "salesforce").glob("*.csv")):
        known = org.schema.object(path.stem)
        numbers = {f.name for f in known.fields if f.type in {"currency", "double", "percent", "int"}}
        rows = []
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                made = {n: _number(v) if n in numbers else _BOOLEANS.get(v, v or None) for n, v in row.items()}
                changed = row.get("LastModifiedDate") or row.get("CreatedDate") or "2023-10-01T08:00:00.000Z"
                rows.append({"SystemModstamp": changed, **made})
        org.load(path.stem, rows)
    return org  # type: ignore[no-any-return]


def hubspot(portal: Any, silos: Path) -> Vendor:
    """Contacts, every property a string."""
    portal.load("contacts", _lines(silos / "hubspot", "contacts-*.jsonl"))
    return portal  # type: ignore[no-any-return]


def atlassian(site: Any, silos: Path) -> Vendor:
    """Issues, with the field in which support notes the customer."""
    site.add_field("customfield_10042", "Customer", "string", "textfield")
    site.load("issues", _lines(silos / "atlassian", "issues.jsonl"))
    return site  # type: ignore[no-any-return]


def workday(tenant: Any, silos: Path) -> Vendor:
    """Two reports that somebody in people made; their columns are called as the silo's are."""
    from weft_vendors.workday.objects import Field
    from weft_vendors.workday.raas import Report

    class Column(Field):
        """Called in the report as it is called here."""

        alias = property(lambda self: self.name)

    made = []
    for name, titles in (("Workers", 2), ("Time_Off", 0)):
        with (silos / "workday" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[titles:]
        hidden = (Field("workdayID", "wid"), Field("lastFunctionallyUpdated", "ts"))
        fields = (*hidden, *(Column(title, "text") for title in rows[0]))
        tenant.fields[name] = {f.name: f for f in fields}
        tenant.load(name, ({"workdayID": _wid(r[0]), **dict(zip(rows[0], r, strict=True))} for r in rows[1:]))
        made.append(Report(name, name, left_out=tuple(f.name for f in hidden)))
    own = {report.name for report in made}
    tenant.reports = (*(report for report in tenant.reports if report.name not in own), *made)
    return tenant  # type: ignore[no-any-return]


def gainsight(tenant: Any, silos: Path) -> Vendor:
    """Companies, with fields that customer success added."""
    import pyarrow.parquet as pq

    from weft_vendors.gainsight.objects import Field, Object

    old = tenant.fields["company"]
    own = {n: Field(n, "STRING") for n in ("SfdcAccountId", "Stage", "Csm")}
    tenant.fields["company"] = Object(old.name, old.prefix, old.kind, old.fields | own)
    rows = pq.read_table(silos / "gainsight" / "company.parquet").to_pylist()
    tenant.load("company", ({n: _plain(v) for n, v in row.items()} for row in rows))
    return tenant  # type: ignore[no-any-return]


def _wid(text: str) -> str:
    """The same 32 digits for the same record."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _plain(value: Any) -> Any:
    """Moments and days in milliseconds, decimals as numbers."""
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
        return int(moment.replace(tzinfo=UTC).timestamp() * 1000)
    return value if value is None or isinstance(value, str | int) else float(value)


def _lines(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _number(text: str) -> float | int | str | None:
    """What an integration wrote there is not always one."""
    try:
        return (float(text) if "." in text else int(text)) if text else None
    except ValueError:
        return text


LOADED = {
    "salesforce": salesforce,
    "hubspot": hubspot,
    "atlassian": atlassian,
    "workday": workday,
    "gainsight": gainsight,
}

if __name__ == "__main__":
    main()
