"""The connectors that weft knows: built in, and from other distributions by the entry-point group `weft.connectors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.kinds import Kinds

if TYPE_CHECKING:
    from weft.seams import Connectors

KNOWN: Connectors = Kinds("weft.connectors", "weft.connectors")
