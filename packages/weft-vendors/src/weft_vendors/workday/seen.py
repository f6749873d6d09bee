"""What the integration user sees of the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weft_vendors.core import Refused
from weft_vendors.workday.objects import NAMES, Field

if TYPE_CHECKING:
    from weft_vendors.workday.tenant import Workday


def descriptor(vendor: Workday, object_: str, id_: str) -> str:
    """What a record is called."""
    row = vendor.ledger.rows(object_).get(id_, {})
    return next((str(row[n]) for n in NAMES if row.get(n)), id_)


def visible(vendor: Workday, object_: str) -> list[Field]:
    """The fields that the integration user sees."""
    return [f for f in vendor.fields[object_].values() if f.name not in vendor.settings.hidden_fields]


def zone(vendor: Workday) -> ZoneInfo:
    """The tenant's."""
    return ZoneInfo(vendor.settings.zone)


def may_see(vendor: Workday, object_: str) -> None:
    """Refuses what the integration user's domains do not hold."""
    if object_ in vendor.settings.forbidden:
        raise Refused(403, {"error": "permission denied"})
