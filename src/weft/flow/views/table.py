"""A table: its columns as the contract declares them and as the viewer sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft import quality
from weft.flow import base
from weft.flow.views.access import Masked
from weft.flow.views.snippets import Snippet, snippets
from weft.flow.views.tables import TableItem, table_item
from weft.flow.views.viewer import Viewer, looking
from weft.model import Noun

if TYPE_CHECKING:
    from weft.flow.views.viewer import Sight
    from weft.model import Declared, Effective, Placed, Property
    from weft.seams import World


class TermItem(Noun):
    """A word of the business that a table or a column names."""

    key: str
    """`term`, or `domain/term` of a domain's own."""
    title: str = ""
    definition: str = ""


class ColumnItem(Noun):
    """A column, as this viewer sees it."""

    name: str
    title: str = ""
    """Business name."""
    type: str
    required: bool = False
    unique: bool = False
    key: int = 0
    """Position in the primary key from 1; 0 = not part of it."""
    classification: str
    """After inheritance through lineage."""
    inherited: tuple[str, ...] = ()
    """Columns that stricter protection comes from."""
    tags: tuple[str, ...] = ()
    about: str = ""
    source: str = ""
    """Its name in the source, where that is another."""
    terms: tuple[TermItem, ...] = ()
    examples: tuple[str, ...] = ()
    """That the contract gives; not for who sees it masked."""
    mask: Masked | None = None
    """How the viewer sees it; none = clear, or the table cannot be read at all."""
    fields: tuple[str, ...] = ()
    """Names of the fields of an object."""


class RuleItem(Noun):
    """A rule of the contract."""

    rule: str
    column: str = ""
    severity: str = "error"
    about: str = ""


class TableView(Noun):
    """A table and its columns."""

    table: TableItem
    product: str
    """domain.product."""
    contract: str
    """Id of its contract."""
    key: tuple[str, ...] = ()
    columns: tuple[ColumnItem, ...]
    rules: tuple[RuleItem, ...] = ()
    terms: tuple[TermItem, ...] = ()
    made: str
    """How: columns, shape, derived, seed or none."""
    sql: str = ""
    """The SQL that makes it; empty = columns as they come."""
    reads: tuple[str, ...] = ()
    """Tables, or the stream `domain.source.stream`, that it is made from."""
    snippets: tuple[Snippet, ...] = ()
    behind: int = 0


def table(world: World, viewer: Viewer, name: str, *, address: str = "") -> TableView:
    """One table by `domain.product.table` or `domain.product.table@major`.

    Args:
        world: the open mesh.
        viewer: who looks.
        name: the table.
        address: URL of the portal, for the snippets.

    Raises:
        Unknown: no product offers it.
    """
    with looking(world, viewer) as sight:
        placed = sight.known.table(name)
        found = table_item(sight, placed)
        masks = {mask.column: mask for mask in found.access.masks}
        protection = base.effective(world, sight.known, placed.name)
        stream = (f"{placed.name.domain}.{placed.shape.stream}",) if placed.shape.stream else ()
        return TableView(
            table=found,
            product=str(placed.product),
            contract=placed.contract.id,
            key=placed.table.primary_key,
            columns=tuple(
                _column(sight, placed, prop, protection.get(prop.name), masks.get(prop.name))
                for prop in placed.table.properties
            ),
            rules=tuple(
                RuleItem(
                    rule=r.name,
                    column=r.column or "",
                    severity=r.severity,
                    about=quality.described(r),
                )
                for r in placed.table.rules
            ),
            terms=terms(sight.known, placed, placed.table.definitions),
            made=placed.shape.kind,
            sql=placed.shape.sql,
            reads=(*stream, *map(str, placed.shape.inputs)),
            snippets=snippets(placed, viewer, address),
            behind=sight.behind,
        )


def _column(
    sight: Sight, placed: Placed, prop: Property, protection: Effective | None, mask: Masked | None
) -> ColumnItem:
    shown = sight.decide(placed).allowed and mask is None
    return ColumnItem(
        name=prop.name,
        title=prop.business_name,
        type=prop.physical_type if prop.physical_type.lower().startswith("decimal") else prop.type,
        required=prop.required or bool(prop.key),
        unique=prop.unique,
        key=prop.key,
        classification=classified(prop, protection),
        inherited=protection.inherited if protection else (),
        tags=protection.tags if protection else prop.tags,
        about=prop.description,
        source=prop.source_name if prop.source_name != prop.name else "",
        terms=terms(sight.known, placed, prop.definitions),
        examples=tuple(map(str, prop.examples)) if shown else (),
        mask=mask,
        fields=tuple(p.name for p in prop.properties),
    )


def classified(prop: Property, protection: Effective | None) -> str:
    """How a column is classified, after inheritance through lineage where that is known."""
    return protection.classification if protection else prop.classification or "internal"


def terms(known: Declared, placed: Placed, definitions: tuple[str, ...]) -> tuple[TermItem, ...]:
    """What words of the business that are named there mean."""
    found = dict(known.terms(definitions, placed.name.domain))
    return tuple(TermItem(key=k, title=t.title or t.name, definition=t.definition) for k, t in found.items())
