"""Salesforce: see `weft_vendors.salesforce.app`."""

from __future__ import annotations

from weft_vendors.salesforce.app import Salesforce
from weft_vendors.salesforce.schema import Field, Sobject

__all__ = ["VENDOR", "Field", "Salesforce", "Sobject"]

VENDOR = Salesforce
