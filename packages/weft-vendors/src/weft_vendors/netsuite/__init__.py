"""NetSuite: SuiteQL, the Record API, the metadata catalogue, OAuth 2.0 and token-based authentication.

A fault of its own: `revoked`, the access token is worth nothing any more.
"""

from __future__ import annotations

from weft_vendors.netsuite.account import NetSuite, Settings
from weft_vendors.netsuite.suiteql import Role

VENDOR = NetSuite

__all__ = ["VENDOR", "NetSuite", "Role", "Settings"]
