"""Workday: reports as a service, WQL, REST and SOAP over effective-dated records.

A fault of its own: `revoked`, the access token is worth nothing any more. Not simulated: compensation and payroll
beyond what the objects hold, writing, and the user interface.
"""

from __future__ import annotations

from weft_vendors.workday.raas import Report
from weft_vendors.workday.tenant import Settings, Workday

VENDOR = Workday

__all__ = ["VENDOR", "Report", "Settings", "Workday"]
