"""The query language of `POST /v1/data/objects/query/{Object}`; the cockpit's and the bulk export's share its parts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from weft_vendors.gainsight.envelope import failed, records
from weft_vendors.gainsight.objects import picklist

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from weft_vendors.core import Call, Row
    from weft_vendors.gainsight.objects import Field, Object
    from weft_vendors.gainsight.tenant import Gainsight

MOST = 5000
LOGS = ("record_delete_log", "record_delete_log_high_volume")
_COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "EQ": lambda a, b: a == b[0],
    "NE": lambda a, b: a != b[0],
    "GT": lambda a, b: a is not None and a > b[0],
    "GTE": lambda a, b: a is not None and a >= b[0],
    "LT": lambda a, b: a is not None and a < b[0],
    "LTE": lambda a, b: a is not None and a <= b[0],
    "BTW": lambda a, b: a is not None and b[0] <= a <= b[1],
    "CONTAINS": lambda a, b: a is not None and str(b[0]).lower() in str(a).lower(),
    "STARTS_WITH": lambda a, b: a is not None and str(a).lower().startswith(str(b[0]).lower()),
    "INCLUDES": lambda a, b: bool(set(str(a or "").split(";")) & set(map(str, b))),
    "EXCLUDES": lambda a, b: not set(str(a or "").split(";")) & set(map(str, b)),
    "IS_NULL": lambda a, _: a is None,
    "IS_NOT_NULL": lambda a, _: a is not None,
}


def ask(vendor: Gainsight, call: Call) -> Response:
    """One page of an object."""
    asked = body(vendor, call)
    name = object_name(vendor, call.path["object"])
    if name in LOGS:
        return records(vendor, _log(vendor, asked, name), wrapped=True)
    limit, offset = asked.get("limit", 1000), asked.get("offset", 0)
    if not isinstance(limit, int) or not 1 <= limit <= MOST or not isinstance(offset, int) or offset < 0:
        raise failed(vendor, "GSOBJ_1001", f"limit must be between 1 and {MOST}", 400)
    page = rows(vendor, name, asked)[offset : offset + limit]
    vendor.ledger.served(call.number, name, [r["Gsid"] for r in page])
    found = [selected(vendor, vendor.fields[name], r, asked["select"]) for r in page]
    return records(vendor, found, wrapped=True if name == "activity_timeline" else None)


def body(vendor: Gainsight, call: Call) -> dict[str, Any]:
    """What is asked, as an object with a `select`."""
    asked = call.json
    if not isinstance(asked, dict) or not isinstance(asked.get("select"), list) or not asked["select"]:
        raise failed(vendor, "GSOBJ_1002", "select is missing", 400)
    return asked


def object_name(vendor: Gainsight, name: str) -> str:
    """The object of a name; case does not matter unless the tenant is strict."""
    wanted = name if vendor.settings.strict_case else name.lower()
    known = [n for n, o in vendor.fields.items() if o.kind != "PX" and n != "call_to_action"]
    if wanted not in {*known, *LOGS}:
        raise failed(vendor, "GSOBJ_1023", "Invalid API path", 400)
    return wanted


def rows(vendor: Gainsight, name: str, asked: dict[str, Any], key: str = "name") -> list[Row]:
    """The rows that a query finds, in its order; equals stand in any."""
    known = vendor.fields[name]
    found = list(vendor.ledger.rows(name).values())
    vendor.dice.shuffle(found)
    meets = condition(vendor, known, asked.get("where") or {}, key)
    found = [r for r in found if meets(r)]
    for field_, way in reversed(list((asked.get("orderBy") or {}).items())):
        value(vendor, known, {}, field_)
        found.sort(key=lambda r, f=field_: _sortable(value(vendor, known, r, f)), reverse=way == "desc")  # type: ignore[misc]
    for field_ in asked["select"]:
        value(vendor, known, {}, field_)
    return found


def _sortable(found: Any) -> tuple[bool, Any]:
    return (found is not None, found if found is not None else 0)


def selected(vendor: Gainsight, known: Object, row: Row, names: list[str]) -> Row:
    """The asked fields, under the names that were asked."""
    return {name: value(vendor, known, row, name) for name in names}


def value(vendor: Gainsight, known: Object, row: Row, name: str) -> Any:
    """A field, or one of a record that a lookup leads to."""
    head, _, tail = name.partition(".")
    if not tail:
        if head not in known.fields:
            raise failed(vendor, "GSOBJ_1002", f"Invalid fields in select clause - {head}", 400)
        return row.get(head)
    through = next((f for f in known.fields.values() if f.lookup.lower() == head.lower() and f.target), None)
    if through is None:
        raise failed(vendor, "GSOBJ_1002", f"Invalid fields in select clause - {name}", 400)
    if through.type != "LOOKUP":
        return picklist(through.target).get(row.get(through.name, "")) if tail == "Name" else None
    other = vendor.ledger.rows(through.target).get(row.get(through.name) or "", {})
    return value(vendor, vendor.fields[through.target], other, _spelled(vendor, through, tail))


def _spelled(vendor: Gainsight, through: Field, tail: str) -> str:
    if "." in tail:
        return tail
    return next((n for n in vendor.fields[through.target].fields if n.lower() == tail.lower()), tail)


# --- conditions


def condition(vendor: Gainsight, known: Object, where: dict[str, Any], key: str) -> Callable[[Row], bool]:
    """`where` as a function of a row."""
    tests: dict[str, Callable[[Row], bool]] = {}
    for one in where.get("conditions") or ():
        tests[str(one.get("alias"))] = _test(vendor, known, one, key)
    expression = where.get("expression") or " AND ".join(tests)
    return _combined(vendor, expression.split(), tests)


def _test(vendor: Gainsight, known: Object, one: dict[str, Any], key: str) -> Callable[[Row], bool]:
    name, operator, given = one.get(key), one.get("operator"), one.get("value", [])
    if not isinstance(name, str) or operator not in _COMPARE or not isinstance(given, list):
        raise failed(vendor, "GSOBJ_1002", "Invalid condition in where clause", 400)
    value(vendor, known, {}, name)
    kind = known.fields[name].type if name in known.fields else "STRING"
    wanted = [_wanted(vendor, kind, v) for v in given]
    if not wanted and not operator.startswith("IS_"):
        raise failed(vendor, "GSOBJ_1007", "Null in not null condition", 400)
    return lambda row: _COMPARE[operator](value(vendor, known, row, name), wanted)


def _wanted(vendor: Gainsight, kind: str, given: Any) -> Any:
    if kind not in {"DATE", "DATETIME"}:
        return given
    form = r"\d{4}-\d\d-\d\d" if kind == "DATE" else r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?"
    if not re.fullmatch(form, str(given)):
        code, text = ("GSOBJ_1006", "Invalid date format") if kind == "DATE" else ("GSOBJ_1005", "Invalid dateTime")
        raise failed(vendor, code, text, 400)
    zone = ZoneInfo("UTC" if kind == "DATE" else vendor.settings.filter_zone)
    return int(datetime.fromisoformat(str(given)).replace(tzinfo=zone).timestamp() * 1000)


def _combined(vendor: Gainsight, words: list[str], tests: dict[str, Callable[[Row], bool]]) -> Callable[[Row], bool]:
    """Aliases joined by AND and OR; parentheses are not taken."""
    groups: list[list[Callable[[Row], bool]]] = [[]]
    for n, word in enumerate(words):
        if n % 2 == 0 and word in tests:
            groups[-1].append(tests[word])
        elif n % 2 == 1 and word.upper() == "OR":
            groups.append([])
        elif n % 2 == 0 or word.upper() != "AND":
            raise failed(vendor, "GSOBJ_1002", "Invalid expression in where clause", 400)
    return lambda row: any(all(test(row) for test in group) for group in groups)


# --- what was deleted


def _log(vendor: Gainsight, asked: dict[str, Any], name: str) -> list[Row]:
    """Deletions of the last 15 days; those of custom objects are in the log for high volume."""
    vendor.purge()
    high = name.endswith("high_volume")
    found = [r for r in vendor.deleted if (vendor.fields[r["ObjectName"]].kind == "CUSTOM") == high]
    for one in (asked.get("where") or {}).get("conditions") or ():
        field_, given = one.get("name"), one.get("value", [""])
        if field_ not in {"RecordId", "DeletedOn", "ObjectName"} or one.get("operator") not in _COMPARE:
            raise failed(vendor, "GSOBJ_1002", "Invalid condition in where clause", 400)
        if field_ == "DeletedOn":
            given = [iso(_wanted(vendor, "DATETIME", v)) for v in given]
        found = [r for r in found if _COMPARE[one["operator"]](r[field_], given)]
    for field_, way in reversed(list((asked.get("orderBy") or {}).items())):
        found = sorted(found, key=lambda r, f=field_: r[f], reverse=way == "desc")  # type: ignore[misc]
    offset = asked.get("offset", 0)
    page = found[offset : offset + asked.get("limit", 1000)]
    return [{name: r.get(name) for name in asked["select"]} for r in page]


def iso(moment: int, *, milliseconds: bool = False) -> str:
    """Epoch milliseconds as `2024-02-05T07:17:16Z`."""
    at = datetime.fromtimestamp(moment / 1000, UTC)
    return at.isoformat(timespec="milliseconds" if milliseconds else "seconds").replace("+00:00", "Z")
