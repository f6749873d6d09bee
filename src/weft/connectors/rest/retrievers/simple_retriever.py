"""The kind `SimpleRetriever`."""

from __future__ import annotations

from weft.kinds import Kind


class SimpleRetriever(Kind):
    """The stream's own request is asked for page by page."""
