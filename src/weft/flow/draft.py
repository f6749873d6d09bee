"""Draft a product from a source's stream: profile, types, keys, rules with evidence, personal data tagged."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from weft import contracts, privacy
from weft.errors import Invalid
from weft.flow import base, sources
from weft.flow.text import quoted
from weft.model import (
    ArrowScan,
    Contract,
    DataProduct,
    InputPort,
    OutputPort,
    Placed,
    Shape,
    TableName,
    TeamMember,
)
from weft.spec.write import write_contract, write_product

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from weft.model import Declared, Dialect, Property, Source, StreamInfo, Table
    from weft.seams import World


_AT_ONCE = 8
"""Columns that are profiled by one question: each one takes memory for its distinct values, and a CRM has hundreds."""


class Drafted(Struct, frozen=True):
    """Files to write into the product's folder, and why they say what they say."""

    files: dict[str, str]
    """Text by file name."""
    evidence: tuple[str, ...]
    """One sentence each; never a value of a row."""


class Stream(NamedTuple):
    """A stream that is to be looked at."""

    name: str
    table: str = ""
    """Name of the table to draft; empty = the stream's."""
    key: tuple[str, ...] = ()
    """Where the source tells one."""
    told: StreamInfo | None = None
    """What the source tells of it: words for it and its columns."""

    @classmethod
    def of(cls, told: StreamInfo | None, name: str, table: str = "") -> Stream:
        """As the source tells of it; none: it is not listed."""
        return cls(name, table, told.key if told else (), told)


class Looked(Struct, frozen=True):
    """What a stream showed."""

    stream: str
    """source.stream"""
    table: Table
    evidence: tuple[str, ...]
    tags: dict[str, tuple[str, ...]]
    """Of columns with likely personal data, by their names in the source."""
    sample: ArrowScan
    """The rows that were looked at, to be read once."""


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
    told = {s.name: s for s in sources.discover(world, source)}
    wanted = Stream.of(told.get(stream_name), stream_name, table)
    return product_of(known, name, [look(world, source, wanted, rows)])


def keep(world: World, files: Mapping[str, str], product: str = "") -> tuple[str, ...]:
    """Write drafted documents into the mesh's folder, as if somebody had written them there; never over one that is.

    Args:
        world: the open mesh.
        files: text by path below the folder of the product, or of the mesh.
        product: `domain.product`; empty = the mesh.

    Returns:
        Their paths in the mesh.

    Raises:
        Invalid: one is there already; nothing is written then.
    """
    below = PurePosixPath(*(["domains", *product.split(".")] if product else []))
    paths = {str(below / file): text for file, text in files.items()}
    if there := [path for path in paths if (world.folder / path).exists()]:
        raise Invalid(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already",
            hint="Name another product, or move the files away first.",
        )
    for path, text in paths.items():
        (world.folder / path).parent.mkdir(parents=True, exist_ok=True)
        with (world.folder / path).open("x", encoding="utf-8") as out:
            out.write(text)
    return tuple(paths)


def product_of(known: Declared, name: str, found: Sequence[Looked]) -> Drafted:
    """The documents of `domain.product` over streams of one source that were looked at: a contract for each."""
    domain, _, product = name.partition(".")
    drawn = [contract_of(known, domain, product, one.table) for one in found]
    ported = DataProduct(
        id=f"{domain}-{product}",
        name=product,
        domain=domain,
        title=product.replace("_", " ").capitalize(),
        version="0.1.0",
        purpose="TO FILL: what is it for?",
        limitations="TO FILL: what should one know before using it?",
        inputs=tuple(
            InputPort(name=one.stream.partition(".")[2], version="1.0.0", contract_id=f"stream:{one.stream}")
            for one in found
        ),
        outputs=tuple(OutputPort(name=c.tables[0].name, version=c.version, contract_id=c.id) for c in drawn),
        team=drawn[0].team,
    )
    files = {"product.odps.yaml": write_product(ported)}
    for one, contract in zip(found, drawn, strict=True):
        files[f"{one.table.name}.odcs.yaml"] = write_contract(contract)
        files[f"{one.table.name}.sql"] = _sql(one.stream, one.table)
    return Drafted(files=files, evidence=tuple(line for one in found for line in one.evidence))


def look(world: World, source: Source, stream: Stream, rows: int = 50_000) -> Looked:
    """Profile the first rows of a stream.

    Args:
        world: the open mesh.
        source: applied or not.
        stream: of it.
        rows: how many are looked at.

    Raises:
        Invalid: there is no such stream, or it has no rows.
    """
    table = stream.table or contracts.snake(stream.name)
    sample, dialect = sources.first_rows(world, source, stream.name, rows)
    columns = world.engine.describe(_again(sample, dialect))
    profiles: list[contracts.Profile] = []
    for first in range(0, len(columns), _AT_ONCE):
        some = columns[first : first + _AT_ONCE]
        part = _again(sample.select([c.name for c in some]), dialect)
        asked = world.engine.sample(part, rows, contracts.profile_sql(some, dialect))
        profiles += contracts.profiles(some, asked.to_pylist()[0])
    evidence: list[str] = []
    tags: dict[str, tuple[str, ...]] = {}
    for column in columns:
        texts = [str(v) for v in sample.column(column.name).to_pylist()[:1000] if v is not None]
        for sign in privacy.detect(column.name, texts):
            tags[column.name] = tuple(dict.fromkeys((*tags.get(column.name, ()), sign.tag)))
            evidence.append(f"{column.name}: likely personal data ({sign.tag}): {sign.text}")
    hints = contracts.Hints(name=table, stream=f"{source.name}.{stream.name}", key=stream.key, private=tuple(tags))
    drafted = contracts.draft(profiles, hints)
    evidence += [f"{e.column or table}: {e.suggests}: {e.text}" for e in drafted.evidence]
    words = {c.name: c.comment for c in stream.told.columns} if stream.told else {}
    properties = tuple(_tagged(p, tags.get(p.source_name, ()), words) for p in drafted.table.properties)
    about = stream.told.comment if stream.told and words else ""  # without columns it may tell why there are none
    drawn = drafted.table.model_copy(update={"properties": properties, "description": about or _TODO})
    return Looked(f"{source.name}.{stream.name}", drawn, tuple(evidence), tags, _again(sample, dialect))


def typed_rows(world: World, known: Declared, domain: str, found: Looked, rows: int) -> tuple[pa.Table, int]:
    """The first rows of a stream by the types of its drafted table, and how many of them would be bad."""
    contract = contract_of(known, domain, "draft", found.table)
    placed = Placed(
        name=TableName(domain=domain, product="draft", table=found.table.name),
        table=found.table,
        contract=contract,
        product=DataProduct(id="draft", name="draft", domain=domain),
        shape=Shape(kind="columns", stream=found.stream),
    )
    split = contracts.compile(placed, world.engine.describe(found.sample), found.sample)
    names = ", ".join(quoted(p.name) for p in found.table.properties)
    sql = f"SELECT {names}, _weft_why <> 0 AS _bad FROM (WITH _weft_source AS (SELECT * FROM rows) {split.sql})"
    table = world.engine.sample(found.sample, rows, sql)
    return table.drop_columns(["_bad"]), sum(table["_bad"].to_pylist())


_TODO = "TO FILL: one row per what?"


def _tagged(column: Property, tags: tuple[str, ...], words: Mapping[str, str]) -> Property:
    told: dict[str, object] = {"description": column.description or words.get(column.source_name) or "TO FILL"}
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
    called = contracts.plain_name
    lines = [
        f'  "{p.source_name}" AS {called(p.name)}' if p.source_name != p.name else f'  "{p.name}"'
        for p in table.properties
    ]
    return (
        "-- How the table is made: a projection and a WHERE over one stream.\nSELECT\n"
        + ",\n".join(lines)
        + f"\nFROM {'.'.join(map(called, stream.split('.', 1)))}\n"
    )
