"""What the simulators have in common."""

from __future__ import annotations

from weft_vendors.core.answers import Call, Refused, answer
from weft_vendors.core.clock import Clock
from weft_vendors.core.faults import Fault, Faults
from weft_vendors.core.ledger import Ledger, Row
from weft_vendors.core.serve import serving
from weft_vendors.core.vendor import Vendor

__all__ = ["Call", "Clock", "Fault", "Faults", "Ledger", "Refused", "Row", "Vendor", "answer", "serving"]
