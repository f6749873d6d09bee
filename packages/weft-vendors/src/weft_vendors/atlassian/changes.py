"""How a site's records come to be and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian import invent
from weft_vendors.atlassian.catalogue import ISSUE_TYPES, PRIORITIES, PROJECTS, STATUSES
from weft_vendors.atlassian.wire import moment, stamp

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.core import Row

FIRST = {"issues": 10_600, "versions": 10_060, "sprints": 30, "worklogs": 11_000, "pages": 70_000, "users": 100}
OWN = 0.2
"""How often a change is one that only this system knows."""
_NAMED: dict[str, dict[str, Any]] = {"status": STATUSES, "issuetype": ISSUE_TYPES, "priority": PRIORITIES}


def whole(site: Atlassian, row: Row) -> Row:
    """An issue as the site keeps it, from one that says less: times in UTC, project, what names stand for."""
    fields = dict(row["fields"])
    for word, known in _NAMED.items():
        if (given := fields.get(word)) and "id" not in given:
            fields[word] = next((each for each in known.values() if each["name"] == given.get("name")), given)
    if "project" not in fields:
        prefix = row["key"].split("-")[0]
        told = next(
            (each for each in site.ledger.rows("projects").values() if each["key"] == prefix), PROJECTS["10000"]
        )
        fields["project"] = {word: told[word] for word in ("id", "key", "name", "projectTypeKey", "simplified")}
    fields.setdefault("created", stamp(site.clock.now()))
    fields.setdefault("updated", fields.get("resolutiondate") or fields["created"])
    for word in ("created", "updated", "resolutiondate", "statuscategorychangedate"):
        if fields.get(word):
            fields[word] = stamp(moment(fields[word]))
    return {"id": str(row["id"]), "key": row["key"], "fields": fields, "changelog": row.get("changelog", [])}


def stamped(object_: str, row: Row, at: datetime) -> Row:
    """A record that is written at that time."""
    now = stamp(at)
    if object_ == "issues":
        past = [{**each, "created": each["created"] or now} for each in row.get("changelog", [])]
        fields = {"created": now, **row["fields"], "updated": now}
        return {**row, "fields": fields, "changelog": past}
    if object_ == "worklogs":
        return {"created": now, **row, "updated": now}
    if object_ == "pages":
        number = row.get("version", {}).get("number", 0) + 1
        return {"createdAt": invent.zulu(at), **row, "version": {"number": number, "createdAt": invent.zulu(at)}}
    return row


def next_id(site: Atlassian, object_: str) -> int:
    """An id that was never given, with gaps between."""
    known = (int(key) for key in site.ledger.rows(object_) if key.isdigit())
    site.last[object_] = max(site.last.get(object_, FIRST[object_]), *known, FIRST[object_]) + site.random.randrange(
        1, 5
    )
    return site.last[object_]


def invented(site: Atlassian, object_: str, random: Random) -> Row:
    """A new record of any object."""
    at, key = site.clock.now(), next_id(site, object_)
    if object_ == "issues":
        return invent.issue(site, str(key), random)
    if object_ == "versions":
        return invent.version(str(key), random, at)
    if object_ == "sprints":
        return invent.sprint(key, random, at)
    if object_ == "worklogs":
        return invent.worklog(site, str(key), random)
    return invent.user(key, random) if object_ == "users" else invent.page(str(key), random)


def altered(site: Atlassian, object_: str, row: Row, random: Random) -> Row:
    """A changed record."""
    if object_ == "issues":
        return invent.edited(site, row, random)
    if object_ == "versions":
        return invent.version(row["id"], random, site.clock.now()) | {"projectId": row["projectId"]}
    if object_ == "sprints":
        return invent.sprint(row["id"], random, site.clock.now()) | {
            "boards": row["boards"],
            "originBoardId": row["originBoardId"],
        }
    if object_ == "worklogs":
        return {**row, "timeSpentSeconds": random.randrange(60, 30_000)}
    if object_ == "users":
        return {**row, "displayName": random.choice(invent.WORDS)}
    return {**row, "title": f"Notes on {random.choice(invent.WORDS)}"}


def own(site: Atlassian) -> bool:
    """A change that only this system knows, now and then; False when it is to be an ordinary one."""
    random, issues = site.random, site.ledger.rows("issues")
    if random.random() >= OWN or not issues:
        return False
    some = [issues[key] for key in random.sample(list(issues), min(random.choice([1, 1, 6]), len(issues)))]
    if random.random() < OWN:
        some = [moved(site, some[0], random)]
    site.put("issues", *(invent.edited(site, row, random) for row in some))
    return True


def moved(site: Atlassian, row: Row, random: Random) -> dict[str, Any]:
    """An issue that is now another project's: its id stays, its key does not."""
    project = random.choice(list(site.ledger.rows("projects").values()))
    told = {word: project[word] for word in ("id", "key", "name", "projectTypeKey", "simplified")}
    return {**row, "key": f"{project['key']}-{next_id(site, 'issues')}", "fields": {**row["fields"], "project": told}}
