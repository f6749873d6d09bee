"""An Atlassian Cloud site: Jira with its search language, Jira Software's boards, Confluence's pages, and the gateway.

The site's own address and the gateway's `/ex/jira/{cloudId}` are paths of one server, as are the token endpoints.

Faults of its own: `overlap`, a page of a search begins with issues of the one before; `slow`, the search of users takes
too long (409). Not simulated: writes, comments, attachments, links, webhooks, Jira Service Management.
"""

from __future__ import annotations

from weft_vendors.atlassian.app import Atlassian

VENDOR = Atlassian

__all__ = ["VENDOR", "Atlassian"]
