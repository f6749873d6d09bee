"""Draft a product from a source's stream: profile, types, keys, rules with evidence, personal data tagged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft import contracts, privacy
from weft.errors import Invalid
from weft.flow import base, sources
from weft.model import ArrowScan, Contract, DataProduct, InputPort, OutputPort, TeamMember
from weft.spec.write import write_contract, write_product

if TYPE_CHECKING:
    import pyarrow as pa

    from weft.model import Declared, Dialect, Property, Source, Table
    from weft.seams import World


@dataclass(frozen=True)
class Drafted:
    """Files to write into the product's folder, and why they say what they say."""

    files: dict[str, str]
    """Text by file name."""
    evidence: tuple[str, ...]
    """One sentence each; never a value of a row."""


@dataclass(frozen=True)
class _Found:
    """What the stream showed."""

    table: Table
    evidence: list[str]
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)


def draft(world: World, name: str, stream: str, *, table: str = "", rows: int = 50_000) -> Drafted:
    """Draft ODPS, ODCS and SQL for `domain.product` from `source.stream` of that domain.

    Args:
        world: the open mesh.
        name: domain.product of the product to be.
        stream: source.stream; the source belongs to the domain.
        table: name of its table; default: the stream's.
        rows: how many rows are looked at.

    Raises:
        Invalid: names that do not fit, or a stream without rows.
    """
    known = base.declared(world)
    domain, _, product = name.partition(".")
    source_name, _, stream_name = stream.partition(".")
    if not domain or not product or "." in product or not stream_name:
        raise Invalid(
            f"'{name}' from '{stream}' cannot be drafted",
            hint="A product is named domain.product, a stream source.stream: "
            "weft new product sales.orders --from shop.orders",
        )
    source = sources.find(known, f"{domain}.{source_name}")
    found = _look(world, source, stream_name, table or contracts.snake(stream_name), rows)
    contract = contract_of(known, domain, product, found.table)
    ported = DataProduct(
        id=f"{domain}-{product}",
        name=product,
        domain=domain,
        title=product.replace("_", " ").capitalize(),
        version="0.1.0",
        purpose="TO FILL: what is it for?",
        limitations="TO FILL: what should one know before using it?",
        inputs=(InputPort(name=stream_name, version="1.0.0", contract_id=f"stream:{stream}"),),
        outputs=(OutputPort(name=found.table.name, version=contract.version, contract_id=contract.id),),
        team=contract.team,
    )
    return Drafted(
        files={
            "product.odps.yaml": write_product(ported),
            f"{found.table.name}.odcs.yaml": write_contract(contract),
            f"{found.table.name}.sql": _sql(stream, found.table),
        },
        evidence=tuple(found.evidence),
    )


def _look(world: World, source: Source, stream: str, table: str, rows: int) -> _Found:
    """Profile the first rows of the stream."""
    sample, dialect = sources.first_rows(world, source, stream, rows)
    columns = world.engine.describe(_again(sample, dialect))
    asked = world.engine.sample(_again(sample, dialect), rows, contracts.profile_sql(columns, dialect))
    profiles = contracts.profiles(columns, asked.to_pylist()[0])
    keys = next((s.key for s in sources.discover(world, source) if s.name == stream), ())
    evidence: list[str] = []
    tags: dict[str, tuple[str, ...]] = {}
    for column in columns:
        texts = [str(v) for v in sample.column(column.name).to_pylist()[:1000] if v is not None]
        for sign in privacy.detect(column.name, texts):
            tags[column.name] = tuple(dict.fromkeys((*tags.get(column.name, ()), sign.tag)))
            evidence.append(f"{column.name}: likely personal data ({sign.tag}): {sign.text}")
    hints = contracts.Hints(name=table, stream=f"{source.name}.{stream}", key=keys, private=tuple(tags))
    drafted = contracts.draft(profiles, hints)
    evidence += [f"{e.column or table}: {e.suggests}: {e.text}" for e in drafted.evidence]
    properties = tuple(_tagged(p, tags.get(p.source_name, ())) for p in drafted.table.properties)
    return _Found(drafted.table.model_copy(update={"properties": properties, "description": _TODO}), evidence, tags)


_TODO = "TO FILL: one row per what?"


def _tagged(column: Property, tags: tuple[str, ...]) -> Property:
    told: dict[str, object] = {"description": column.description or "TO FILL"}
    if tags:
        told |= {"tags": tags, "classification": "confidential"}
    return column.model_copy(update=told)


def _again(sample: pa.Table, dialect: Dialect) -> ArrowScan:
    return ArrowScan(reader=sample.to_reader(), dialect=dialect)


def contract_of(known: Declared, domain: str, product: str, table: Table) -> Contract:
    """A contract of one table, to be filled."""
    owner = known.domains[domain].owner if domain in known.domains else ""
    return Contract(
        id=f"{domain}-{product}-{table.name}",
        name=table.name,
        version="0.1.0",
        status="draft",
        domain=domain,
        purpose="TO FILL: what may consumers rely on?",
        tables=(table,),
        team=(TeamMember(username=owner, role="owner"),) if owner else (),
    )


def _sql(stream: str, table: Table) -> str:
    """Projection of every column under its new name: the place for repairs of one line."""
    lines = [
        f'  "{p.source_name}" AS {p.name}' if p.source_name != p.name else f'  "{p.name}"' for p in table.properties
    ]
    return (
        "-- How the table is made: a projection and a WHERE over one stream.\nSELECT\n"
        + ",\n".join(lines)
        + f"\nFROM {stream}\n"
    )
