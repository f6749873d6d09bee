"""A HubSpot portal: CRM objects, search with its lag and its limits, marketing, events, OAuth.

A fault of its own: `overlap`, a page of a list begins with records of the one before. Not simulated: writes, lists of
contacts, webhooks, sequences, the legacy APIs but for e-mail events, campaigns and submissions of forms.
"""

from __future__ import annotations

from weft_vendors.hubspot.app import HubSpot

VENDOR = HubSpot

__all__ = ["VENDOR", "HubSpot"]
