"""Tables as a product's page lists them; a table's own page begins with the same item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.flow.views.access import Access, table_access
from weft.flow.views.trust import Trust, trust
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.model import Declared, Placed


class TableItem(Noun):
    """A table in a list."""

    name: str
    """domain.product.table, with `@major` when it is not the newest."""
    title: str = ""
    about: str = ""
    version: str = ""
    """Of its contract."""
    status: str = ""
    """Of its contract: draft, active, deprecated, retired."""
    columns: int = 0
    published: str = ""
    """When what readers see was published, UTC; empty = nothing is."""
    trust: Trust
    access: Access


def name_of(known: Declared, placed: Placed) -> str:
    """How one asks for a table: an older major with its version."""
    return str(placed.name) if known.tables[str(placed.name)].name == placed.name else placed.name.key


def table_item(sight: Sight, placed: Placed) -> TableItem:
    """One table: the same in every list and on its page."""
    published = sight.unit.publications.get(placed.name.key)
    return TableItem(
        name=name_of(sight.known, placed),
        title=placed.table.business_name,
        about=placed.table.description,
        version=placed.contract.version,
        status=placed.contract.status,
        columns=len(placed.table.properties),
        published=published.at if published else "",
        trust=trust(sight, placed),
        access=table_access(sight, placed),
    )
