"""New records and changed ones, from a seed."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.catalogue import ISSUE_TYPES, PRIORITIES, RESOLUTIONS, SPRINT, STATUSES, is_rich
from weft_vendors.atlassian.wire import stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.core import Row

WORDS = ("Warp", "Weft", "Shed", "Reed", "Beam", "Heddle", "Shuttle", "Bobbin", "Selvage", "Twill", "Ärmel", "Çözgü")
RARE, USUAL = 0.05, 0.7
EDITS = (
    "summary",
    "status",
    "priority",
    "assignee",
    "labels",
    "duedate",
    "fixVersions",
    SPRINT,
    "customfield_10026",
    "customfield_10012",
)
FAR = {"date": "51502-01-05", "datetime": "51502-01-05T00:00:00.000+0000"}
"""What somebody mistyped, and no calendar knows."""
DATE, MANY = "%Y-%m-%d", 3


def zulu(at: datetime) -> str:
    """`2026-03-01T12:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def east(at: datetime) -> str:
    """`2026-03-01T22:00:00.000+10:00`."""
    return at.astimezone(timezone(timedelta(hours=10))).isoformat(timespec="milliseconds")


def document(text: str) -> dict[str, Any]:
    """Rich text of one paragraph."""
    return {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def issue(site: Atlassian, key: str, random: Random) -> Row:
    """An issue."""
    project = random.choice(list(site.ledger.rows("projects").values()))
    told = {word: project[word] for word in ("id", "key", "name", "projectTypeKey", "simplified")}
    fields: dict[str, Any] = {"project": told, "issuetype": random.choice(list(ISSUE_TYPES.values()))}
    for name, how in site.ledger.rows("fields").items():
        if (
            name in EDITS
            or name in {"description", "reporter", "timespent"}
            or (how["custom"] and random.random() < USUAL)
        ):
            fields[name] = value(site, how, random)
    fields["summary"] = fields["summary"] or "Untitled"
    return {"id": key, "key": f"{project['key']}-{key}", "fields": _finished(site, fields), "changelog": []}


def edited(site: Atlassian, row: Row, random: Random) -> Row:
    """The issue with some fields changed, and an entry in its changelog."""
    fields, items = dict(row["fields"]), []
    custom = [name for name, how in site.ledger.rows("fields").items() if how["custom"]]
    for name in random.sample([*EDITS, *custom], 2):
        how = site.ledger.rows("fields")[name]
        new = value(site, how, random)
        kind = "custom" if how["custom"] else "jira"
        items.append(
            {
                "field": how["name"],
                "fieldtype": kind,
                "fieldId": name,
                "from": None,
                "fromString": _text(fields.get(name)),
                "to": None,
                "toString": _text(new),
            }
        )
        fields[name] = new
    fields["summary"] = fields["summary"] or "Untitled"
    past = row["changelog"]
    entry = {
        "id": str(int(row["id"]) * 1000 + len(past)),
        "created": "",
        "author": _someone(site, random),
        "items": items,
    }
    return {**row, "fields": _finished(site, fields), "changelog": [*past, entry]}


def value(site: Atlassian, how: dict[str, Any], random: Random) -> Any:
    """A field's value as it is kept."""
    name, schema = how["id"], how.get("schema", {})
    if name in _SYSTEM:
        system: Callable[[Atlassian, Random], Any] = _SYSTEM[name]
        return system(site, random)
    if random.random() < RARE:
        return None
    if schema.get("type") in FAR and random.random() < RARE / 2:
        return FAR[schema["type"]]
    kind, text = schema.get("type", "any"), f"{random.choice(WORDS)} {random.randrange(10_000)}"
    if is_rich(how):
        return document(text + random.choice(["", '\n\t"quoted" & more', " é"]))
    if kind == "array":
        return [
            {"value": each, "id": str(10_000 + n)}
            for n, each in enumerate(random.sample(WORDS, random.randrange(MANY)))
        ]
    simple = {
        "number": lambda: random.choice([1.0, 3.0, 0.5, 13.0, 1e15]),
        "datetime": lambda: stamp(site.clock.now() + timedelta(days=random.randrange(-99, 99))),
        "date": lambda: (site.clock.now() + timedelta(days=random.randrange(-99, 99))).strftime(DATE),
        "user": lambda: _someone(site, random),
        "option": lambda: {"value": text, "id": str(random.randrange(10_000, 10_050))},
        "option-with-child": lambda: {"value": text, "id": "10101", "child": {"value": "inner", "id": "10102"}},
    }
    make: Callable[[], Any] = simple.get(kind, lambda: text)
    return make()


def _finished(site: Atlassian, fields: dict[str, Any]) -> dict[str, Any]:
    """What follows from the status."""
    done = fields["status"]["statusCategory"]["key"] == "done"
    if not done:
        return {**fields, "resolution": None, "resolutiondate": None}
    resolved = fields.get("resolutiondate") or stamp(site.clock.now())
    return {**fields, "resolution": RESOLUTIONS["10000"], "resolutiondate": resolved}


def _text(value: Any) -> str | None:
    """A value as a changelog tells it."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return str(value.get("name") or value.get("value") or value.get("id") or "")
    return None if value is None else str(value)


def _someone(site: Atlassian, random: Random) -> dict[str, Any]:
    users = list(site.ledger.rows("users"))
    return (
        {"accountId": random.choice(users)}
        if users
        else {"accountId": "5b10a2844c20165700ede21g", "displayName": "Mia Krystof"}
    )


def _some(object_: str, word: str) -> Any:
    def pick(site: Atlassian, random: Random) -> list[dict[str, Any]]:
        known = [row[word] for row in site.ledger.rows(object_).values()]
        return [{word: each} for each in random.sample(known, min(random.randrange(MANY), len(known)))]

    return pick


_SYSTEM: dict[str, Any] = {
    "summary": lambda _, random: f"{random.choice(WORDS)} {random.choice(WORDS)} {random.randrange(9999)}",
    "status": lambda _, random: random.choice(list(STATUSES.values())),
    "priority": lambda _, random: random.choice(list(PRIORITIES.values())),
    "assignee": lambda site, random: random.choice([None, _someone(site, random)]),
    "reporter": _someone,
    "labels": lambda _, random: random.sample(("ui", "loom", "späne"), random.randrange(MANY)),
    "timespent": lambda _, random: random.choice([None, random.randrange(90_000)]),
    "fixVersions": _some("versions", "id"),
    SPRINT: _some("sprints", "id"),
}


def version(key: str, random: Random, at: datetime) -> Row:
    """A version; dates that are not set are absent."""
    released, project = random.random() < USUAL, random.randrange(10_000, 10_003)
    row: dict[str, Any] = {
        "id": key,
        "name": f"{random.choice(WORDS)} {random.randrange(9)}.{random.randrange(99)}",
        "archived": False,
    }
    row |= {"released": released, "projectId": project}
    if random.random() < USUAL:
        day = at + timedelta(days=random.randrange(-60, 60))
        row |= {"releaseDate": day.strftime(DATE), "userReleaseDate": day.strftime("%d/%b/%y")}
        row |= {} if released else {"overdue": day < at}
    if random.random() < USUAL:
        row["startDate"] = (at - timedelta(days=90)).strftime(DATE)
    return row


def sprint(key: int, random: Random, at: datetime) -> Row:
    """A sprint; offsets are written in two ways, future ones have no dates."""
    state = random.choice(["active", "closed", "future"])
    row: dict[str, Any] = {
        "id": key,
        "state": state,
        "name": f"Sprint {random.randrange(999)}",
        "originBoardId": 1,
        "goal": "",
        "boards": [1],
    }
    row["boards"] = [1, 3] if random.random() < USUAL else [1]
    if state == "future":
        return row
    start = at - timedelta(days=random.randrange(30))
    text = zulu if key % 2 else east
    row |= {"startDate": text(start), "endDate": text(start + timedelta(days=14))}
    return {**row, "completeDate": text(start + timedelta(days=14, hours=1))} if state == "closed" else row


def worklog(site: Atlassian, key: str, random: Random) -> Row:
    """Time that somebody spent on an issue."""
    issues = list(site.ledger.rows("issues"))
    started = site.clock.now() - timedelta(minutes=random.randrange(6000))
    return {
        "id": key,
        "issueId": random.choice(issues) if issues else "1",
        "author": _someone(site, random),
        "comment": document("worked"),
        "started": stamp(started),
        "timeSpent": "1h",
        "timeSpentSeconds": random.randrange(60, 30_000),
    }


def user(key: int, random: Random) -> Row:
    """A person; who hides the e-mail has none."""
    name = f"{random.choice(WORDS)} {random.choice(WORDS)}"
    row: dict[str, Any] = {
        "accountId": f"5fc9{key:020x}",
        "accountType": "atlassian",
        "displayName": name,
        "active": True,
    }
    return {**row, "emailAddress": f"u{key}@messy.example"} if random.random() < USUAL else row


def page(key: str, random: Random) -> Row:
    """A page of the wiki."""
    body = {"storage": {"value": f"<p>{random.choice(WORDS)}</p>", "representation": "storage"}}
    return {
        "id": key,
        "title": f"Notes on {random.choice(WORDS)} {key}",
        "status": "current",
        "spaceId": "65538",
        "body": body,
    }
