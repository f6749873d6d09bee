"""Seeded records of a tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from weft_vendors.gainsight.objects import gsid, picklist

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from weft_vendors.core import Row
    from weft_vendors.gainsight.objects import Field
    from weft_vendors.gainsight.tenant import Gainsight

_WORDS = ("Ohm", "Zürich", "Łódź", "naïve", 'says "no"', "A, B", "<p>été &amp; co</p>", "x" * 40)
_STAMPS = {"ModifiedDate", "lastModifiedDate"}


def invent(vendor: Gainsight, object_: str, random: Random, old: Row | None) -> Row:
    """A new record, or the old one with up to three values changed."""
    known, key = vendor.fields[object_], vendor.key(object_)
    fields = [f for f in known.fields.values() if f.name != key and f.name not in _STAMPS]
    if old is not None and object_ == "px_custom_event":
        return old
    if old is not None:
        chosen = [f for f in fields if f.name not in {"CreatedDate", "createDate", "date"}]
        return {**old, **{f.name: value(vendor, f, random) for f in random.sample(chosen, min(3, len(chosen)))}}
    made = {f.name: value(vendor, f, random) for f in fields}
    made[key] = gsid(known.prefix, str(random.getrandbits(64)))
    for created in {"CreatedDate", "createDate", "date"} & set(known.fields):
        made[created] = int(vendor.clock.now().timestamp() * 1000)
    return made


def value(vendor: Gainsight, one: Field, random: Random) -> Any:
    """A value of a field's type, sometimes none."""
    if random.random() < 0.12:  # noqa: PLR2004
        return None
    then = vendor.clock.now() + timedelta(seconds=random.randint(-(10**7), 10**7))
    makers: dict[str, Callable[[], Any]] = {
        "NUMBER": lambda: random.randint(0, 1000),
        "PERCENTAGE": lambda: random.randint(0, 10_000) / 100,
        "CURRENCY": lambda: random.randint(-(10**9), 10**9) / 100,
        "BOOLEAN": lambda: random.random() < 0.5,  # noqa: PLR2004
        "DATE": lambda: int(then.timestamp()) // 86_400 * 86_400_000,
        "DATETIME": lambda: int(then.timestamp() * 1000),
        "LOOKUP": lambda: random.choice([*list(vendor.ledger.rows(one.target))[:20], None]),
        "PICKLIST": lambda: random.choice(list(picklist(one.target))),
        "MULTISELECTDROPDOWNLIST": lambda: ";".join(random.sample(list(picklist(one.target)), 2)),
        "EMAIL": lambda: f"p{random.randint(1, 999)}@example.com",
        "URL": lambda: f"https://example.com/{random.randint(1, 999)}",
    }
    return makers.get(one.type, lambda: f"{random.choice(_WORDS)} {random.randint(1, 999)}")()
