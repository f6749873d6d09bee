"""Names of tables, and where their rows lie."""

from __future__ import annotations

from typing import Literal, get_args

from weft.errors import Invalid
from weft.model.noun import Noun


class TableName(Noun):
    """`domain.product.table`, optionally `@major` for an older major version still offered."""

    domain: str
    product: str
    table: str
    major: int = 1
    """Major version of the contract that the table belongs to."""

    def __str__(self) -> str:
        return f"{self.domain}.{self.product}.{self.table}"

    def __hash__(self) -> int:
        return hash((self.domain, self.product, self.table, self.major))

    @property
    def key(self) -> str:
        """The name with its major version, unique in the registry: `sales.pipeline.deals@1`."""
        return f"{self}@{self.major}"

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Read `domain.product.table` or `domain.product.table@major`.

        Raises:
            Invalid: when it has not three parts.
        """
        name, _, major = text.partition("@")
        parts = name.split(".")
        if len(parts) != 3 or not all(parts) or (major and not major.isdigit()):  # noqa: PLR2004 - three parts
            raise Invalid(
                f"'{text}' is not a table's name",
                hint="A table is named domain.product.table, for example sales.pipeline.deals.",
            )
        return cls(domain=parts[0], product=parts[1], table=parts[2], major=int(major or 1))


Part = Literal["table", "log", "quarantine", "failing"]
PARTS: tuple[Part, ...] = get_args(Part)


class Place(Noun):
    """One Delta table in the store: a table's rows, its landing log, its bad rows, samples of rows that broke rules."""

    name: TableName
    part: Part = "table"

    def __hash__(self) -> int:
        return hash((self.name, self.part))

    @property
    def path(self) -> str:
        """Path below the store's root: `sales/pipeline/deals/v1/table`."""
        n = self.name
        return f"{n.domain}/{n.product}/{n.table}/v{n.major}/{self.part}"
