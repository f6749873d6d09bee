"""Seeded changes: records made, changed and deleted, several with one stamp, some committed late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft_vendors.core.vendor import Vendor

LATE = timedelta(minutes=10)
"""How far back the stamp of a record that is committed late may lie."""
DEEDS = ("make", "make", "make", "change", "change", "delete", "late", "tie")
PAUSES = (0, 0, 0, 1, 7, 60)
"""Seconds between changes, on a clock that does not run by itself."""


def churn(vendor: Vendor, count: int) -> None:
    """So many changes."""
    for _ in range(count):
        with vendor.ledger.lock:
            _change(vendor, vendor.random.choice(list(vendor.objects)))
        if not vendor.clock.runs:
            vendor.clock.advance(vendor.random.choice(PAUSES))


def _change(vendor: Vendor, object_: str) -> None:
    random, there = vendor.random, vendor.ledger.rows(object_)
    deed = random.choice(DEEDS) if there else "make"
    if deed == "delete":
        vendor.delete(object_, random.choice(list(there)))
        return
    at = vendor.clock.now()
    if deed == "late":
        at -= timedelta(seconds=random.randrange(1, int(LATE.total_seconds())))
    if deed == "change":
        made = [vendor.invent(object_, random, there[random.choice(list(there))])]
    else:
        made = [vendor.invent(object_, random) for _ in range(5 if deed == "tie" else 1)]
    vendor.put(object_, *made, at=at)
