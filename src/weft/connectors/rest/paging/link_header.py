"""The kind `LinkHeader`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from weft.connectors.rest.paging.base import Paging

if TYPE_CHECKING:
    from weft.connectors.rest.paging.base import Seen


class LinkHeader(Paging):
    """The header `Link` tells the next page's address (RFC 8288). A link with `results="false"` leads to no records."""

    rel: str = "next"
    """Relation of the link."""

    @model_validator(mode="before")
    @classmethod
    def _into_path(cls, data: Any) -> Any:
        return {"pageTokenOption": {"injectInto": "path"}, **data} if isinstance(data, dict) else data

    def after(self, seen: Seen, token: Any) -> Any:
        """The address that the header tells."""
        link = (seen.names.get("headers") or {}).get("link")
        told = (link.get(self.rel) or {}) if isinstance(link, dict) else {}
        return None if told.get("results") == "false" else told.get("url")
