"""Who looks, and what a view is made from: one transaction for reading, projections nearly caught up."""

from __future__ import annotations

from weft.model import Noun


class Viewer(Noun):
    """Who looks, and for what."""

    actor: str
    """Id of a person, `service:x`, `product:domain.product`; a name that nobody has is a stranger."""
    purpose: str = ""
    """One of the mesh's purposes; empty = none named."""
