"""Bitol Open Data Product Standard 1.0.0: our own model of it, check a document, make the noun.

The model accepts and refuses what the official schema does; a test compares the two over mutated documents. `format`
is an annotation there and is not checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from weft.kinds import explain
from weft.model import DataProduct, InputPort, OutputPort, Problem
from weft.spec.odcs import custom, team
from weft.spec.text import position

if TYPE_CHECKING:
    from weft.spec.text import Node


class Part(BaseModel):
    """A mapping of the standard: unknown keys are refused, nothing is converted, nothing may be null."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class Custom(Part):
    """A fact that the standard does not know."""

    property: str
    value: Any
    description: str = ""


class Definition(Part):
    """A link to where something is defined."""

    type: str
    url: str
    description: str = ""


class Noted(Part):
    """What most mappings may carry."""

    custom_properties: list[Custom] = []
    authoritative_definitions: list[Definition] = []


class Tagged(Part):
    """As Noted, with tags; apart from it to keep the inheritance flat."""

    tags: list[str] = []
    custom_properties: list[Custom] = []
    authoritative_definitions: list[Definition] = []


class Description(Noted):
    """Why there is the product, and what it is not for."""

    purpose: str = ""
    limitations: str = ""
    usage: str = ""


class Input(Tagged):
    """What the product reads."""

    name: str
    version: str
    contract_id: str


class Sbom(Part):
    """A bill of materials."""

    type: str = "external"
    url: str


class InputContract(Part):
    """A contract that an output port rests on."""

    id: str
    version: str


class Output(Tagged):
    """What the product offers."""

    name: str
    version: str
    description: str = ""
    type: str = ""
    contract_id: str = ""
    sbom: list[Sbom] = []
    input_contracts: list[InputContract] = []


class Management(Tagged):
    """Where the product is watched and steered."""

    name: str
    content: str
    type: str = "rest"
    url: str = ""
    channel: str = ""
    description: str = ""


class Support(Tagged):
    """Where to ask."""

    channel: str
    url: str
    description: str = ""
    tool: str = ""
    scope: str = ""
    invitation_url: str = ""


class Member(Tagged):
    """Somebody of the team."""

    username: str
    name: str = ""
    description: str = ""
    role: str = ""
    date_in: str = ""
    date_out: str = ""
    replaced_by_username: str = ""


class ProductTeam(Tagged):
    """Who makes the product."""

    name: str = ""
    description: str = ""
    members: list[Member] = []


class Product(Tagged):
    """The whole document: the only one that is checked as such, so that parts are made in it alone."""

    model_config = ConfigDict(defer_build=False)

    api_version: Literal["v0.9.0", "v1.0.0"]
    kind: Literal["DataProduct"]
    id: str
    status: str
    name: str = ""
    version: str = ""
    domain: str = ""
    tenant: str = ""
    description: Description = Description()
    input_ports: list[Input] = []
    output_ports: list[Output] = []
    management_ports: list[Management] = []
    support: list[Support] = []
    team: ProductTeam = ProductTeam()
    product_created_ts: str = ""


def check(root: Node, file: str) -> tuple[Problem, ...]:
    """What the standard refuses in a document.

    Args:
        root: the parsed document.
        file: its path, for positions.
    """
    try:
        Product.model_validate(root.value)
    except ValidationError as error:
        return explain(error, Product, lambda path: position(root, path, file))
    return ()


def product(root: Node, file: str, *, domain: str = "", name: str = "") -> DataProduct:
    """The noun of a document that `check` found nothing in.

    Args:
        root: the parsed document.
        file: its path, for positions.
        domain: the domain whose folder it lies in; empty = what the document says.
        name: the folder that it lies in; empty = the document's own name.
    """
    data: dict[str, Any] = root.value
    said = Product.model_validate(data)
    return DataProduct(
        id=said.id,
        name=name or said.name,
        domain=domain or said.domain,
        title=said.name,
        version=said.version,
        status=said.status,
        purpose=said.description.purpose,
        usage=said.description.usage,
        limitations=said.description.limitations,
        inputs=tuple(InputPort(name=p.name, version=p.version, contract_id=p.contract_id) for p in said.input_ports),
        outputs=tuple(_output(port) for port in said.output_ports),
        team=team(data.get("team")),
        tags=tuple(said.tags),
        custom=custom(data),
        position=position(root, (), file),
    )


def _output(port: Output) -> OutputPort:
    return OutputPort(
        name=port.name,
        version=port.version,
        contract_id=port.contract_id,
        description=port.description,
        type=port.type,
    )
