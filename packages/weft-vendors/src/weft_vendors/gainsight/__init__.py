"""Gainsight CS (queries, cockpit, metadata, delete logs, bulk exports) and PX (accounts, users, events, features).

The later steps of a bulk export and the wording of refused PX requests are not documented publicly: they are
inventions of this simulator.
"""

from __future__ import annotations

from weft_vendors.gainsight.tenant import Gainsight, Settings

VENDOR = Gainsight

__all__ = ["VENDOR", "Gainsight", "Settings"]
