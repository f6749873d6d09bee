"""Versions of projects: what is released when, and how many issues stand in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.wire import bean, missing

if TYPE_CHECKING:
    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.atlassian.auth import Caller
    from weft_vendors.core import Call, Row

Told = dict[str, Any]


class Versions:
    """Handlers."""

    def __init__(self, site: Atlassian) -> None:
        self.site = site

    def versions(self, call: Call, caller: Caller) -> Told:
        """`/project/{id}/version`."""
        rows, states = self._versions(call), (call.query.get("status") or "").split(",")
        if states != [""]:
            rows = [row for row in rows if _state(row) in states]
        if "issuesstatus" in call.query.get("expand", ""):
            rows = [{**row, "issuesStatusForFixVersion": self._counts(row["id"])} for row in rows]
        return bean(call, rows)

    def all_versions(self, call: Call, caller: Caller) -> list[Row]:
        """`/project/{id}/versions`: an array."""
        return self._versions(call)

    def related(self, call: Call, caller: Caller) -> Told:
        """`/version/{id}/relatedIssueCounts`."""
        fixed, affected = (len(self._with(call.path["id"], word)) for word in ("fixVersions", "versions"))
        return {"issuesFixedCount": fixed, "issuesAffectedCount": affected, "customFieldUsage": []}

    def unresolved(self, call: Call, caller: Caller) -> Told:
        """`/version/{id}/unresolvedIssueCount`."""
        issues = self._with(call.path["id"], "fixVersions")
        return {
            "issuesCount": len(issues),
            "issuesUnresolvedCount": sum(not row["fields"].get("resolutiondate") for row in issues),
        }

    def _rows(self, name: str) -> list[Row]:
        return list(self.site.ledger.rows(name).values())

    def _versions(self, call: Call) -> list[Row]:
        name = call.path["id"]
        project = next((row for row in self._rows("projects") if name in (row["id"], row["key"])), None)
        if project is None:
            raise missing(f"No project could be found with key '{name}'.")
        return [row for row in self._rows("versions") if str(row["projectId"]) == project["id"]]

    def _with(self, version: str, word: str) -> list[Row]:
        if version not in self.site.ledger.rows("versions"):
            raise missing(f"Could not find version for id '{version}'")
        return [
            row
            for row in self._rows("issues")
            if any(str(v.get("id")) == version for v in row["fields"].get(word) or ())
        ]

    def _counts(self, version: str) -> Told:
        states = [
            row["fields"].get("status", {}).get("statusCategory", {}).get("key")
            for row in self._with(version, "fixVersions")
        ]
        found = {
            word: states.count(key)
            for word, key in (("done", "done"), ("inProgress", "indeterminate"), ("toDo", "new"))
        }
        return {**found, "unmapped": len(states) - sum(found.values())}


def _state(version: Row) -> str:
    return "archived" if version["archived"] else "released" if version["released"] else "unreleased"
