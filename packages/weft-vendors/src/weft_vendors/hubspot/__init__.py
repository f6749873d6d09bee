"""A HubSpot portal: CRM objects, search with its lag and its limits, marketing, events, OAuth."""

from __future__ import annotations

from weft_vendors.hubspot.app import HubSpot

VENDOR = HubSpot

__all__ = ["VENDOR", "HubSpot"]
