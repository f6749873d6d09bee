"""Seeded records of a tenant."""

from __future__ import annotations

from datetime import timedelta
from hashlib import md5
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from weft_vendors.core import Row
    from weft_vendors.workday.objects import Field
    from weft_vendors.workday.tenant import Workday

_CHOICES = {
    "workerType": ("Employee", "Employee", "Employee", "Contingent Worker"),
    "organizationType": ("Company", "Supervisory"),
    "status": ("Open", "Filled", "Closed", "Posted"),
    "currency": ("USD", "EUR"),
    "unitOfTime": ("Hours", "Days"),
    "ledgerAccount": ("4000:Revenue", "5000:Cost of Goods Sold", "6000:Salaries"),
}
_WORDS = ("Ohm", "Zürich", "Łódź", "naïve", 'says "no"', "A, B", "été & <co>", "x" * 40)


def wid(text: str) -> str:
    """32 hexadecimal digits, the same for the same text."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def invent(vendor: Workday, object_: str, random: Random, old: Row | None) -> Row:
    """A new record, or the old one with one to three values changed from some day on."""
    fields = [f for f in vendor.fields[object_].values() if f.type not in {"wid", "ts"} and f.name != "effectiveDate"]
    if old is None:
        made = {f.name: _value(vendor, f, random) for f in fields}
        made["workdayID"] = f"{random.getrandbits(128):032x}"
        if object_ == "worker":
            made.update(active=random.random() < 0.8, effectiveDate=_day(vendor, random, 0, 0))  # noqa: PLR2004
            made["employeeID"] = str(random.randrange(10**6, 10**7))
        return made
    chosen = [f for f in fields if f.name not in {"employeeID", "worker"}]
    made = {**old, **{f.name: _value(vendor, f, random) for f in random.sample(chosen, min(3, len(chosen)))}}
    if object_ == "worker":
        made["effectiveDate"] = random.choice([_day(vendor, random, 0, 0), _day(vendor, random, -30, 30)])
    return made


def _day(vendor: Workday, random: Random, first: int, last: int) -> str:
    return (vendor.clock.now() + timedelta(days=random.randint(first, last))).date().isoformat()


def _value(vendor: Workday, one: Field, random: Random) -> Any:
    if random.random() < 0.12 and one.type != "bool":  # noqa: PLR2004
        return None if one.type not in {"group", "list"} else []
    if one.name in _CHOICES:
        return random.choice(_CHOICES[one.name])
    makers: dict[str, Callable[[], Any]] = {
        "text": lambda: f"{random.choice(_WORDS)} {random.randint(1, 999)}",
        "num": lambda: random.choice([random.randint(0, 100), random.randint(-(10**8), 10**8) / 100]),
        "money": lambda: random.randint(20_000, 300_000),
        "bool": lambda: random.random() < 0.5,  # noqa: PLR2004
        "date": lambda: _day(vendor, random, -2000, 200),
        "ref": lambda: random.choice([*list(vendor.ledger.rows(one.target))[:20], None]),
        "group": lambda: [f"Family {n}" for n in random.sample(range(9), random.randint(1, 3))],
        "list": lambda: [f"Certificate {n}" for n in random.sample(range(9), random.randint(1, 3))],
    }
    return makers[one.type]()
