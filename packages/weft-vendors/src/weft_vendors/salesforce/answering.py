"""A question answered over the records of an object: fields checked as the vendor checks them, rows chosen, sorted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.core import Refused
from weft_vendors.salesforce.ids import SHORT, whole
from weft_vendors.salesforce.soql import Malformed, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft_vendors.core import Row
    from weft_vendors.salesforce.schema import Field, Schema, Sobject
    from weft_vendors.salesforce.soql import Condition, Literal, Order, Soql

    Test = Callable[[Row], bool]

ALL_FIELDS_LIMIT = 200
OFFSET_LIMIT = 2000
_NUMERIC = {"currency", "double", "percent", "int"}
_KINDS = {"datetime": {"time"}, "date": {"date"}, "boolean": {"boolean"}} | {n: {"number"} for n in _NUMERIC}
_LIKE = {"%": ".*", "_": "."}


def refused(code: str, message: str, status: int = 400) -> Refused:
    """An error as the API words it: an array."""
    return Refused(status, [{"message": message, "errorCode": code}])


def stamp(at: datetime) -> str:
    """As REST writes a time; the stored form, which sorts as time does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Question:
    """A question that this user may ask."""

    def __init__(self, text: str, schema: Schema, now: datetime) -> None:
        """Checks it.

        Raises:
            Refused: as the vendor refuses it.
        """
        try:
            self.soql: Soql = parse(text)
        except Malformed as error:
            raise refused("MALFORMED_QUERY", str(error)) from None
        found = schema.object(self.soql.object)
        if found is None or not found.queryable:
            raise refused("INVALID_TYPE", f"sObject type '{self.soql.object}' is not supported.")
        self.object: Sobject = found
        self.fields: list[Field] = self._fields()
        self._now = now
        self._test = self._condition(self.soql.where) if self.soql.where else None
        for order in self.soql.order:
            self._known(order.field, "sortable")
        if self.soql.offset > OFFSET_LIMIT:
            raise refused("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")

    def rows(self, rows: Iterable[Row], *, deleted: bool) -> list[Row]:
        """What it finds, with or without records in the recycle bin."""
        kept = [r for r in rows if deleted or not r.get("IsDeleted")]
        if self._test is not None:
            kept = [r for r in kept if self._test(r)]
        for order in reversed(self.soql.order):
            kept = self._sorted(kept, order)
        end = None if self.soql.limit is None else self.soql.offset + self.soql.limit
        return kept[self.soql.offset : end]

    def _fields(self) -> list[Field]:
        found: list[Field] = []
        for name in self.soql.fields:
            if not name.startswith("FIELDS("):
                found.append(self._known(name))
                continue
            if name != "FIELDS(STANDARD)" and (self.soql.limit is None or self.soql.limit > ALL_FIELDS_LIMIT):
                raise refused("MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200")
            which = {"FIELDS(STANDARD)": {False}, "FIELDS(CUSTOM)": {True}}.get(name, {False, True})
            found += [f for f in self.object.visible() if f.custom in which]
        names = [f.name for f in found]
        if twice := next((n for n in names if names.count(n) > 1), None):
            raise refused("INVALID_FIELD", f"duplicate field selected: {twice}")
        return found

    def _known(self, name: str, use: str = "") -> Field:
        if "." in name:
            where = name.rpartition(".")[0]
            raise refused("INVALID_FIELD", f"Didn't understand relationship '{where}' in field path.")
        found = self.object.field(name)
        if found is None:
            raise refused("INVALID_FIELD", self._unknown(name))
        if use and not found.describe()[use]:
            verb = "sorted" if use == "sortable" else "filtered"
            raise refused("INVALID_FIELD", f"field '{found.name}' can not be {verb} in a query call")
        return found

    def _unknown(self, name: str) -> str:
        column = self.soql.columns.get(name.lower(), 1)
        shown = self.soql.text[max(column - 21, 0) :][:60]
        return (
            f"\n{shown}\n{' ' * min(column - 1, 20)}^\nERROR at Row:1:Column:{column}\n"
            f"No such column '{name}' on entity '{self.object.name}'. If you are attempting to use a custom field, be "
            "sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for "
            "the appropriate names."
        )

    def _condition(self, condition: Condition) -> Test:
        if condition.parts:
            tests = [self._condition(p) for p in condition.parts]
            if condition.sign == "NOT":
                return lambda row: not tests[0](row)
            some = any if condition.sign == "OR" else all
            return lambda row: some(test(row) for test in tests)
        known = self._known(condition.field, "filterable")
        values = [self._value(known, v) for v in condition.values]
        return _compared(known, condition.sign, values)

    def _value(self, known: Field, literal: Literal) -> Any:
        if literal.kind == "null":
            return None
        if literal.kind == "relative":
            return _relative(known, str(literal.value), self._now)
        if literal.kind not in _KINDS.get(known.type, {"text"}):
            hint = "enclosed in quotes" if literal.kind != "text" else "not enclosed in quotes"
            message = (
                f"value of filter criterion for field '{known.name}' must be of type {known.type} and should be {hint}"
            )
            raise refused("INVALID_FIELD", message)
        if literal.kind == "time":
            text = literal.value.replace("Z", "+00:00")
            return stamp(datetime.fromisoformat(text))
        return _folded(known, literal.value)

    @staticmethod
    def _sorted(rows: list[Row], order: Order) -> list[Row]:
        name = next((n for n in rows[0] if n.lower() == order.field.lower()), order.field) if rows else order.field
        none = [r for r in rows if r.get(name) is None]
        some = sorted((r for r in rows if r.get(name) is not None), key=lambda r: r[name], reverse=order.descending)
        return some + none if order.nulls_last else none + some


def _relative(known: Field, word: str, now: datetime) -> str:
    name, _, count = word.partition(":")
    back = {"TODAY": 0, "YESTERDAY": 1, "LAST_N_DAYS": int(count or 0)}.get(name)
    if back is None or known.type not in {"date", "datetime"}:
        raise refused("MALFORMED_QUERY", f"unexpected token: '{word}'")
    day = (now - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
    return stamp(day) if known.type == "datetime" else day.date().isoformat()


def _folded(known: Field, value: Any) -> Any:
    """As values of that field are compared: ids by their 18 characters, other text without case."""
    if known.type in {"id", "reference"}:
        return whole(value) if isinstance(value, str) and len(value) == SHORT else value
    return value.casefold() if isinstance(value, str) and known.type not in {"date", "datetime"} else value


def _compared(known: Field, sign: str, values: list[Any]) -> Test:
    name, value = known.name, values[0]
    if sign == "LIKE":
        if known.type in _KINDS or known.type in {"id", "reference"}:
            raise refused("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator LIKE on field {name}")
        pattern = re.compile("".join(_LIKE.get(c) or re.escape(c) for c in str(value)), re.DOTALL)
        return lambda row: pattern.fullmatch(str(row.get(name) or "").casefold()) is not None
    if sign == "IN":
        return lambda row: _folded(known, row.get(name)) in values
    if sign == "=":
        return lambda row: bool(_folded(known, row.get(name)) == value)
    if sign == "!=":
        return lambda row: bool(_folded(known, row.get(name)) != value)
    return _ordered(known, sign, value)


def _ordered(known: Field, sign: str, value: Any) -> Test:
    name = known.name
    if known.type == "boolean":
        raise refused("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator {sign} on field {name}")

    def test(row: Row) -> bool:
        there = _folded(known, row.get(name))
        if there is None or value is None:
            return False
        below, same = there < value, there == value
        return bool((sign[0] == "<" and below) or (sign[0] == ">" and not below and not same) or ("=" in sign and same))

    return test
