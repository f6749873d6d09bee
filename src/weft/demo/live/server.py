"""A program: the systems of Messy, Inc. as simulators, each holding what its silo holds.

`python -m weft.demo.live.server SILOS AT` loads them from the silos' files, serves each on a port of its own, and prints
addresses and credentials as a line of JSON. A line on its standard input lets a day's work happen in them and is answered
by a line; its end ends the program.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from weft_vendors import vendor
from weft_vendors.core import Clock, serving

from weft.demo.live import work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft_vendors.core import Vendor

_BOOLEANS = {"true": True, "false": False}


def main() -> None:
    """Serve until standard input ends."""
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


LOADED = {"salesforce": salesforce, "hubspot": hubspot, "atlassian": atlassian}

if __name__ == "__main__":
    main()
