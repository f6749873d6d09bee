"""What a clause of JQL means for one field, and the values that results are ordered by."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from weft_vendors.atlassian.jql import Clause, Predicate, Token, compare
from weft_vendors.atlassian.wire import bad, millis, moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft_vendors.atlassian.app import Atlassian
    from weft_vendors.core.lagging import Seen

ALIASES = {
    "issue": "key",
    "issuekey": "key",
    "due": "duedate",
    "resolved": "resolutiondate",
    "fixversion": "fixVersions",
    "affectedversion": "versions",
    "type": "issuetype",
    "sprint": "customfield_10020",
    "summary": "summary",
}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_RELATIVE = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EMPTY = ("empty", "null")


class Meaning:
    """For one viewer, whose time zone decides what a date in a query means."""

    def __init__(self, site: Atlassian, zone: str) -> None:
        self.site, self.zone = site, ZoneInfo(zone)

    def clause(self, clause: Clause) -> Predicate:
        """The predicate of one clause."""
        name, kind = self.field(clause.field)
        empty = any(not v.quoted and v.text.lower() in _EMPTY for v in clause.values)
        if clause.operator in {"is", "is not"} or (clause.operator in {"=", "!="} and empty):
            without = clause.operator in {"is", "="}
            return lambda seen: (not self.value(seen, name, kind)) is without
        if clause.operator in {"~", "!~"}:
            word = clause.values[0].text.strip("*").lower()
            return lambda seen: (word in str(seen.row["fields"].get(name)).lower()) is (clause.operator == "~")
        return self._compared(clause, name, kind)

    def field(self, token: Token) -> tuple[str, str]:
        """Id and kind of the field that a query names."""
        text = token.text.lower()
        if text in {"id", "key", "project", *ALIASES} and ALIASES.get(text, text) in {"id", "key", "project"}:
            return ALIASES.get(text, text), ALIASES.get(text, text)
        for key, told in self.site.ledger.rows("fields").items():
            names = {key.lower(), *(name.lower() for name in told["clauseNames"])}
            if text in names or ALIASES.get(text) == key:
                return key, told.get("schema", {}).get("type", "any")
        raise bad(f"Field '{token.text}' does not exist or you do not have permission to view it.")

    def value(self, seen: Seen, name: str, kind: str) -> Any:
        """A field's value as it is compared and ordered by; kept with the record."""
        if name not in seen.values:
            seen.values[name] = _value(seen.row, name, kind)
        return seen.values[name]

    def _compared(self, clause: Clause, name: str, kind: str) -> Predicate:
        if kind == "project":
            self._known_projects(clause)
        wanted = [self._wanted(token, name, kind) for token in clause.values]
        if kind not in {"id", "key", "datetime", "date", "number"}:
            return self._named(clause.operator, name, kind, {str(each).lower() for each in wanted})
        if clause.operator in {"in", "not in", "!="}:
            inside = clause.operator == "in"
            return lambda seen: (self.value(seen, name, kind) in wanted) is inside
        return lambda seen: compare(clause.operator, self.value(seen, name, kind), wanted[0])

    def _named(self, operator: str, name: str, kind: str, wanted: set[str]) -> Predicate:
        if operator in {">", ">=", "<", "<="}:
            raise bad(f"The operator '{operator}' is not supported by the '{name}' field.")
        inside = operator in {"=", "in"}
        return lambda seen: bool(set(self.value(seen, name, kind) or ()) & wanted) is inside

    def _wanted(self, token: Token, name: str, kind: str) -> Any:
        if kind in {"datetime", "date"}:
            return self._instant(token, name)
        if kind == "id" or (kind == "key" and token.text.isdigit()):
            return int(token.text) if token.text.isdigit() else -1
        if kind == "number":
            try:
                return float(token.text)
            except ValueError as problem:
                raise bad(f"The value '{token.text}' for field '{name}' is not a number.") from problem
        if kind == "key":
            return next(
                (int(key) for key, row in self.site.ledger.rows("issues").items() if row["key"] == token.text), -1
            )
        return token.text

    def _instant(self, token: Token, name: str) -> int:
        now = self.site.clock.now()
        if token.text.lower() == "now()":
            return millis(now)
        if not token.quoted and token.text.lstrip("-").isdigit():
            return int(token.text)
        if found := _RELATIVE.fullmatch(token.text):
            sign, amount, unit = found.groups()
            passed = timedelta(**{_UNITS[unit]: int(amount)})
            return millis(now - passed if sign == "-" else now + passed)
        for pattern in _FORMATS:
            try:
                return millis(datetime.strptime(token.text, pattern).replace(tzinfo=self.zone))
            except ValueError:
                continue
        raise bad(
            f"Date value '{token.text}' for field '{name}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _known_projects(self, clause: Clause) -> None:
        known = {
            str(row[word]).lower()
            for row in self.site.ledger.rows("projects").values()
            for word in ("id", "key", "name")
        }
        for token in clause.values:
            if token.text.lower() not in known:
                raise bad(f"The value '{token.text}' does not exist for the field 'project'.")


def _value(row: dict[str, Any], name: str, kind: str) -> Any:
    if kind in {"id", "key"}:
        return int(row["id"])
    have = row["fields"].get(name)
    if have is None:
        return None
    if kind in {"datetime", "date"}:
        try:
            return millis(moment(have))
        except ValueError:
            return None
    return float(have) if kind == "number" else _names(have)


def _names(have: Any) -> set[str]:
    """All that a value may be called in a query."""
    if isinstance(have, list):
        return set().union(*(_names(each) for each in have))
    if isinstance(have, dict):
        return {
            str(have[word]).lower()
            for word in ("id", "key", "name", "value", "accountId", "displayName")
            if have.get(word)
        }
    return {str(have).lower()}


def ordering(meaning: Meaning, order: tuple[tuple[Token, bool], ...]) -> Callable[[Seen], list[Any]]:
    """The values that results are ordered by, the id last; what descends is turned round."""
    fields = [(*meaning.field(token), down) for token, down in order]

    def values(seen: Seen) -> list[Any]:
        found: list[Any] = []
        for name, kind, down in fields:
            value = meaning.value(seen, name, kind)
            ranked = (
                value
                if isinstance(value, int | float)
                else 0
                if value is None
                else sum(map(ord, min(value, default="")[:1]))
            )
            found.append(-ranked if down else ranked)
        return [*found, int(seen.row["id"])]

    return values
