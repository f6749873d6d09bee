"""An issue as a viewer gets it: fields that were asked for, times in the viewer's zone, links as they are now."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.catalogue import SPRINT
from weft_vendors.atlassian.wire import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.core import Row

MOST_HISTORIES = 40
BARE = {"id", "key"}
EMBEDDED = 20
"""Worklogs and comments that come with an issue at most."""
_EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
_LINKED = {
    "fixVersions": "versions",
    "versions": "versions",
    "assignee": "users",
    "reporter": "users",
    "customfield_10045": "users",
}
_USER = ("accountId", "displayName", "active", "timeZone", "accountType")


class Renderer:
    """Of one viewer."""

    def __init__(self, site: Atlassian, zone: str) -> None:
        self.site, self.zone = site, zone
        self.fields = site.ledger.rows("fields")

    @cached_property
    def _worklogs(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for each in self.site.ledger.rows("worklogs").values():
            found.setdefault(each["issueId"], []).append(each)
        return found

    def wanted(self, asked: Iterable[str]) -> list[str] | None:
        """Ids of the fields that a request asks for; None = the issue's id, and key, alone."""
        words = [word.strip() for text in asked for word in text.split(",") if word.strip()]
        less = {word[1:] for word in words if word.startswith("-")}
        words = [word for word in words if not word.startswith("-")]
        if not less and set(words) <= BARE:
            return None
        if {"*all", "*navigable"} & set(words) or not words:
            return [key for key in self.fields if key not in less]
        named = {key for key, told in self.fields.items() if key in words or told["name"] in words}
        return [key for key in self.fields if key in named - less]

    def issue(self, row: Row, wanted: list[str] | None, expand: Iterable[str] = ()) -> dict[str, Any]:
        """The issue."""
        if wanted is None:
            return {"id": row["id"], "key": row["key"]}
        link = f"{self.site.url}/rest/api/3/issue/{row['id']}"
        told: dict[str, Any] = {"expand": _EXPAND, "id": row["id"], "self": link, "key": row["key"]}
        told["fields"] = {key: self._field(row, key) for key in wanted if key in row["fields"] or self._always(key)}
        if "changelog" in expand:
            past = [self.history(each) for each in reversed(row["changelog"])]
            told["changelog"] = {
                "startAt": 0,
                "maxResults": min(len(past), MOST_HISTORIES),
                "total": len(past),
                "histories": past[:MOST_HISTORIES],
            }
        return told

    def history(self, entry: dict[str, Any]) -> dict[str, Any]:
        """One entry of a changelog."""
        return {
            **entry,
            "created": stamp(moment(entry["created"]), self.zone),
            "author": self._linked("users", entry["author"]),
        }

    def worklog(self, row: Row) -> dict[str, Any]:
        """A worklog."""
        times = {word: stamp(moment(row[word]), self.zone) for word in ("created", "updated", "started")}
        return {**row, **times, "author": self._linked("users", row["author"])}

    def _always(self, key: str) -> bool:
        """Fields of a site are null where they are not filled; those of no use to the type are absent."""
        return not self.fields[key]["custom"] or key == SPRINT

    def _field(self, row: Row, key: str) -> Any:
        value, kind = row["fields"].get(key), self.fields[key].get("schema", {}).get("type")
        if key in {"worklog", "comment", "aggregateprogress"}:
            return self._computed(row, key)
        if not value and kind == "array":
            return None if self.fields[key]["custom"] else []
        if key in _LINKED and value is not None:
            many = isinstance(value, list)
            found = [self._linked(_LINKED[key], each) for each in (value if many else [value])]
            return found if many else found[0]
        if key == SPRINT:
            return [self._sprint(each) for each in value]
        return self._time(value) if kind == "datetime" and value else value

    def _computed(self, row: Row, key: str) -> dict[str, Any]:
        if key == "comment":
            return {"comments": [], "maxResults": 0, "total": 0, "startAt": 0}
        if key == "aggregateprogress":
            spent = row["fields"].get("timespent") or 0
            return {"progress": spent, "total": spent}
        logs = self._worklogs.get(row["id"], [])
        told = [self.worklog(each) for each in logs[:EMBEDDED]]
        return {"startAt": 0, "maxResults": EMBEDDED, "total": len(logs), "worklogs": told}

    def _time(self, value: str) -> str:
        try:
            return stamp(moment(value), self.zone)
        except ValueError:
            return value  # a year that no calendar has is told as it is

    def _sprint(self, value: dict[str, Any]) -> dict[str, Any]:
        row = self.site.ledger.rows("sprints").get(str(value["id"]), value)
        words = ("id", "name", "state", "goal", "startDate", "endDate", "completeDate")
        return {**{word: row[word] for word in words if word in row}, "boardId": row.get("originBoardId")}

    def _linked(self, object_: str, value: dict[str, Any]) -> dict[str, Any]:
        """What a reference points to now; as it is written where it points to nothing."""
        key = str(value.get("accountId") or value.get("id"))
        row = self.site.ledger.rows(object_).get(key)
        if row is None:
            return value
        if object_ == "users":
            return {word: row[word] for word in _USER if word in row}
        return {word: row[word] for word in ("id", "name", "archived", "released", "releaseDate") if word in row}
