"""What a site has on its first day: fields, statuses, types, projects, boards."""

from __future__ import annotations

import re
from typing import Any

_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
SPRINT, EPIC = "customfield_10020", "customfield_10014"

_FIELDS = """
summary|Summary|string
description|Description|string
environment|Environment|string
issuetype|Issue Type|issuetype
project|Project|project
status|Status|status
statuscategorychangedate|Status Category Changed|datetime
priority|Priority|priority
resolution|Resolution|resolution
resolutiondate|Resolved|datetime
created|Created|datetime
updated|Updated|datetime
duedate|Due date|date
assignee|Assignee|user
reporter|Reporter|user
labels|Labels|array:string
components|Components|array:component
fixVersions|Fix versions|array:version
versions|Affects versions|array:version
timeoriginalestimate|Original estimate|number
timespent|Time Spent|number
aggregateprogress|Progress|progress
parent|Parent|
comment|Comment|comments-page
worklog|Log Work|array:worklog
customfield_10020|Sprint|array:json|com.pyxis.greenhopper.jira:gh-sprint
customfield_10016|Story point estimate|number|com.pyxis.greenhopper.jira:jsw-story-points
customfield_10026|Story Points|number|float
customfield_10036|Story Points|number|float
customfield_10012|Severity|option|select
customfield_10013|Regions|array:option|multiselect
customfield_10014|Epic Link|any|com.pyxis.greenhopper.jira:gh-epic-link
customfield_10009|Target start|datetime|datetime
customfield_10030|Needed on|date|datepicker
customfield_10042|Account|string|textfield
customfield_10043|Notes|string|textarea
customfield_10044|Category|option-with-child|cascadingselect
customfield_10045|Approver|user|userpicker
customfield_10046|Old thing|
"""
_SCOPED = {"customfield_10036": {"type": "PROJECT", "project": {"id": "10001"}}}
"""A field of one next-gen project; its name is another's too."""

RICH = {"description", "environment"}
"""Text that is a document."""


def field(key: str, name: str, kind: str = "", custom: str = "") -> dict[str, Any]:
    """A field as the API tells it; kind `array:option`, `custom` the last part of its type."""
    number = key.removeprefix("customfield_")
    own = number != key
    told: dict[str, Any] = {
        "id": key,
        "key": key,
        "name": name,
        "custom": own,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{number}]", name] if own else [key],
    }
    told |= {"scope": _SCOPED[key]} if key in _SCOPED else {}
    if not kind:
        return told
    main, _, items = kind.partition(":")
    schema: dict[str, Any] = {"type": main, **({"items": items} if items else {})}
    whole = custom if ":" in custom else _TYPES + custom
    return {**told, "schema": schema | ({"custom": whole, "customId": int(number)} if own else {"system": key})}


FIELDS = {line.split("|")[0]: field(*line.split("|")) for line in _FIELDS.strip().splitlines()}


def is_rich(told: dict[str, Any]) -> bool:
    """Does the field hold a document?"""
    return told["id"] in RICH or told.get("schema", {}).get("custom", "").endswith(":textarea")


_CATEGORIES = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}
_STATUSES = "10000|To Do|new 3|In Progress|indeterminate 10001|Done|done 10005|To Do|new"
STATUSES = {
    key: {"id": key, "name": name, "description": "", "statusCategory": _CATEGORIES[category]}
    for key, name, category in (line.split("|") for line in re.split(r" (?=\d)", _STATUSES))
}
"""The last is a next-gen project's own, of the same name."""

_TYPE_LEVELS = {"Epic": 1, "Story": 0, "Task": 0, "Bug": 0, "Sub-task": -1, "Incident": 0}
ISSUE_TYPES = {
    str(key): {"id": str(key), "name": name, "description": "", "subtask": name == "Sub-task", "hierarchyLevel": level}
    for key, (name, level) in enumerate(_TYPE_LEVELS.items(), 10_000)
}
PRIORITIES = {
    str(n): {"id": str(n), "name": name} for n, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1)
}
RESOLUTIONS = {"10000": {"id": "10000", "name": "Done"}, "10001": {"id": "10001", "name": "Won't Do"}}


def _project(number: int, key: str, name: str, style: str) -> dict[str, Any]:
    told = {"id": str(number), "key": key, "name": name, "projectTypeKey": "software", "style": style}
    return {**told, "simplified": style == "next-gen", "isPrivate": False, "archived": False}


PROJECTS = {
    "10000": _project(10_000, "LOOM", "Loom OS", "classic"),
    "10001": _project(10_001, "SHUT", "Shuttle", "next-gen"),
    "10002": _project(10_002, "CARE", "Care Portal", "classic"),
}
BOARDS = {
    str(key): {"id": key, "name": name, "type": kind, **({"location": location} if location else {})}
    for key, name, kind, location in (
        (1, "LOOM board", "scrum", {"projectId": 10000, "projectKey": "LOOM", "displayName": "Loom OS (LOOM)"}),
        (2, "Flow", "kanban", {"projectId": 10001, "projectKey": "SHUT", "displayName": "Shuttle (SHUT)"}),
        (3, "Everybody's", "scrum", None),
    )
}
SPACES = {"65538": {"id": "65538", "key": "ENG", "name": "Engineering", "type": "global", "status": "current"}}
FIRST_DAY = {
    "fields": FIELDS,
    "statuses": STATUSES,
    "issuetypes": ISSUE_TYPES,
    "priorities": PRIORITIES,
    "resolutions": RESOLUTIONS,
    "projects": PROJECTS,
    "boards": BOARDS,
    "spaces": SPACES,
}
