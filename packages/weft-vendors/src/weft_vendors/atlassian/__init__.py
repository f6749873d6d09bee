"""An Atlassian Cloud site: Jira with its search language, Jira Software's boards, Confluence's pages, and the gateway.

The site's own address and the gateway's `/ex/jira/{cloudId}` are paths of one server, as are the token endpoints.
"""

from __future__ import annotations

from weft_vendors.atlassian.app import Atlassian

VENDOR = Atlassian

__all__ = ["VENDOR", "Atlassian"]
