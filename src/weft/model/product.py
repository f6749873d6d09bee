"""A data product (Bitol ODPS) and its ports."""

from typing import Any

from pydantic import Field

from weft.model.contract import TeamMember
from weft.model.noun import Noun
from weft.model.problem import Position


class InputPort(Noun):
    """What the product reads."""

    name: str
    version: str = ""
    contract_id: str = ""
    """`stream:<source>.<stream>`, or the id of an upstream contract."""


class OutputPort(Noun):
    """What the product offers; names a contract."""

    name: str
    version: str = ""
    contract_id: str = ""
    description: str = ""
    type: str = ""


class DataProduct(Noun):
    """An ODPS document."""

    id: str
    name: str
    """Folder name: the second part of `domain.product.table`."""
    domain: str = ""
    title: str = ""
    """ODPS `name`, for people."""
    version: str = ""
    status: str = "draft"
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    inputs: tuple[InputPort, ...] = ()
    outputs: tuple[OutputPort, ...] = ()
    team: tuple[TeamMember, ...] = ()
    tags: tuple[str, ...] = ()
    custom: dict[str, Any] = Field(default_factory=dict)
    position: Position | None = None

    def __str__(self) -> str:
        return f"{self.domain}.{self.name}"
