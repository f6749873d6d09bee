"""Policies and what they must do: each case says in documents what is asked for, and in plain words what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from walks.mesh import ADA, BASE, BO

if TYPE_CHECKING:
    from collections.abc import Callable

    from walks.governed.company import Row

Masks = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Case:
    """One set of policies, and one who asks under them."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    """Documents besides the company's."""
    masks: Masks = field(default_factory=dict)
    """Table -> column -> `kind` or `kind number`, as whoever asks must see it."""
    rows: dict[str, Callable[[Row], Any]] = field(default_factory=dict)
    """Table -> which rows must be seen; all where none is given."""
    actor: str = BO
    purpose: str = ""
    denied: bool = False


def _policy(name: str, text: str, *, domain: str = "") -> dict[str, str]:
    folder = f"domains/{domain}/policies" if domain else "policies"
    return {f"{folder}/{name}.yaml": f"{{apiVersion: weft/v1, kind: Policy, name: {name}, {text}}}"}


OURS = "except: [{domains: [d], domainRoles: [owner, producer]}]"
"""The owners of people see them as they are, so that the derived table is made of raw values."""


def _mask(name: str, match: str, mask: str, *, domain: str = "", besides: str = OURS) -> dict[str, str]:
    return _policy(name, f"type: Mask, match: {{{match}}}, mask: {mask}, {besides}", domain=domain)


def _filter(name: str, tables: str, where: str) -> dict[str, str]:
    return _policy(name, f"type: RowFilter, match: {{tables: [{tables}]}}, where: [{where}], {OURS}")


def _grant(tables: str, more: str = "") -> dict[str, str]:
    head = "apiVersion: weft/v1, kind: Grant, name: partners"
    return {"domains/d/policies/grant.yaml": f"{{{head}, to: [bo@x.example], tables: [{tables}]{more}}}"}


CLOSED = {"mesh.yaml": BASE["mesh.yaml"].replace("stance: open", "stance: closed")}
SALARY: Masks = {"people": {"income": "null"}, "members": {"pay": "null"}}
"""Classified confidential: not for who has no grant, by the stance alone; `pay` is made of it."""


def _all(mask: str, people: str, calls: str = "number", members: str = "mail host town") -> Masks:
    """The same mask on these columns, on top of what is classified."""
    named = {"people": people, "calls": calls, "members": members}
    return {t: dict.fromkeys(names.split(), mask) | SALARY.get(t, {}) for t, names in named.items()}


def _also(masks: Masks, **more: dict[str, str]) -> Masks:
    return {table: masks.get(table, {}) | more.get(table, {}) for table in {*masks, *more}}


def _apac_amer(row: Row) -> bool:
    return row["region"] in ("APAC", "AMER")


PII = "name email phone home"
EVERY = "tags: [pii, labels, visits, note, state, birth, seen, score, age]"
NESTED = "labels visits note active born seen score age"
CASES = (
    Case("whole", actor=ADA),
    Case("classified", masks=SALARY),
    Case(
        "null",
        _mask("m", EVERY, "null"),
        _also(_all("null", f"{PII} {NESTED}"), members={"year": "null"}),
    ),
    Case(
        "redact",
        _mask("m", "tags: [pii, birth, visits]", "redact"),
        _also(_all("redact", f"{PII} born visits"), members={"year": "redact"}),
    ),
    Case(
        "hash",
        _mask("m", EVERY, "hash"),
        _also(_all("hash", f"{PII} {NESTED}"), members={"year": "hash"}),
        purpose="reporting",
    ),
    Case(
        "partial",
        _mask("m", "tags: [pii, age]", "partial, keep: 5"),
        _also(_all("partial 5", "name email phone age"), people={"home": "null"}),
    ),
    Case(
        "year",
        _mask("m", "tags: [birth, seen, pii.name]", "year"),
        _also(SALARY, people={"born": "year", "seen": "year", "name": "null"}, members={"year": "null"}),
    ),
    Case(
        "bucket",
        _mask("m", "tags: [age, score, birth]", "bucket, width: 10"),
        _also(SALARY, people={"age": "bucket 10", "score": "bucket 10", "born": "null"}, members={"year": "bucket 10"}),
    ),
    Case("deny", _mask("m", "tags: [pii]", "deny"), _all("deny", PII)),
    Case(
        "rows",
        _filter("f", "d.crm.people, d.crm.calls", "{column: region, value: EMEA}"),
        SALARY,
        {t: lambda row: row["region"] == "EMEA" for t in ("people", "calls")},
    ),
    Case(
        "more rows",
        _filter(
            "f",
            "'*.crm.people'",
            "{column: region, operator: not in, value: [APAC]}, {column: age, operator: '>=', value: 30}, "
            "{column: born, operator: <, value: '1990-01-01'}, {column: active, value: false}",
        ),
        SALARY,
        {
            "people": lambda row: (
                row["region"] not in ("APAC", None)
                and row["age"] is not None
                and row["age"] >= 30
                and row["born"] is not None
                and row["born"] < date(1990, 1, 1)
                and row["active"] is False
            )
        },
    ),
    Case(
        "rows of a person",
        _filter("f", "d.crm.people, d.crm.calls, d.folk.*", "{column: region, operator: in, actor: regions}")
        | _filter("desk", "d.crm.calls", "{column: region, actor: desk}"),
        SALARY,
        {"people": _apac_amer, "members": _apac_amer, "calls": lambda row: row["region"] == "APAC"},
    ),
    Case(
        "no rows",
        _filter("f", "d.crm.people", "{column: region, operator: in, actor: none}"),
        SALARY,
        {"people": lambda _: False},
    ),
    Case("closed", CLOSED, denied=True),
    Case("granted", CLOSED | _grant("'crm.*', folk.members")),
    Case(
        "granted for a purpose",
        CLOSED
        | _grant("'crm.*', folk.members", ", purposes: [reporting], until: '2999-01-01'")
        | _mask("pay", "classification: confidential", "bucket, width: 5000", besides="")
        | _mask("phones", "tags: [pii.phone]", "deny")
        | _filter("f", "d.crm.people", "{column: region, operator: '!=', value: EMEA}"),
        {
            "people": {"income": "bucket 5000", "phone": "deny"},
            "calls": {"number": "deny"},
            "members": {"pay": "bucket 5000"},
        },
        {"people": lambda row: row["region"] not in ("EMEA", None)},
        purpose="reporting",
    ),
    Case(
        "except a purpose",
        _mask(
            "m",
            EVERY,
            "hash",
            besides="except: [{purposes: [support]}, {domains: [d], domainRoles: [owner, producer]}]",
        ),
        SALARY,
        purpose="support",
    ),
    Case(
        "masked key and filter",
        _mask("r", "columns: [region]", "redact")
        | _mask("k", "columns: [id], tables: [d.crm.people, d.folk.members]", "hash")
        | _filter("f", "d.crm.people", "{column: region, operator: in, value: [APAC, AMER]}"),
        _also(
            SALARY,
            people={"region": "redact", "id": "hash"},
            calls={"region": "redact"},
            members={"region": "redact", "id": "hash"},
        ),
        {"people": _apac_amer},
    ),
    Case(
        "many",
        _mask("a", "tags: [pii]", "partial, keep: 4")
        | _mask("b", "tags: [pii.email]", "hash", domain="d")
        | _mask("c", "tags: [pii.phone]", "partial, keep: 2")
        | _mask("n", "columns: [name], logicalTypes: [string]", "deny", domain="d")
        | _mask("y", "tags: [birth]", "year")
        | _mask("z", "tags: [birth]", "bucket, width: 10", domain="d")
        | _filter("f", "d.crm.people", "{column: age, operator: <=, value: 60}")
        | _filter("g", "d.crm.people", "{column: region, value: EMEA}"),
        _also(
            SALARY,
            # Two masks of one rank that differ make null: partial 4 and 2 on phones, year and bucket on dates.
            people={"name": "deny", "email": "hash", "phone": "null", "home": "null", "born": "null"},
            calls={"number": "null"},
            members={"mail": "hash", "host": "hash", "town": "partial 4", "year": "null"},
        ),
        {"people": lambda row: row["region"] == "EMEA" and row["age"] is not None and row["age"] <= 60},
    ),
)
