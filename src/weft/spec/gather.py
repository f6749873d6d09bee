"""The nouns of all documents, by name, before they are checked against each other."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct, field

from weft.kinds.explain import listed
from weft.model import (
    Board,
    Connector,
    Contract,
    DataProduct,
    Document,
    Domain,
    Glossary,
    Grant,
    Mesh,
    Metric,
    Person,
    Policy,
    Position,
    Problem,
    ServiceAccount,
    Source,
    Team,
)
from weft.spec.reading import Reading, read
from weft.spec.text import parse, position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.model import Noun

Keep: TypeAlias = "Callable[[Gathered, Any, str], None]"
Where: TypeAlias = "Position | Callable[[], Position | None] | None"
"""A place, or what tells it: a document is not read again for a place that nobody asks for."""

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_RESERVED = frozenset(("system", "temp", "main", "memory", "information_schema", "pg_catalog"))
"""Names that every engine keeps for itself."""


class Gathered(Struct):
    """Everything that the documents say, and what was found wrong so far."""

    mesh: Mesh | None = None
    domains: dict[str, Domain] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    services: dict[str, ServiceAccount] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    products: dict[str, DataProduct] = field(default_factory=dict)
    contracts: dict[tuple[str, int], Contract] = field(default_factory=dict)
    """By id and major."""
    majors: dict[str, list[int]] = field(default_factory=dict)
    """Of each contract id."""
    beside: dict[tuple[str, str], dict[tuple[str, int], Contract]] = field(default_factory=dict)
    """The same, by the domain and product in whose folder they lie."""
    policies: dict[str, Policy] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    glossaries: dict[str, Glossary] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    statements: dict[tuple[str, str], tuple[Document, Reading]] = field(default_factory=dict)
    """SQL by `domain.product` and the file's name without ending."""
    seeds: dict[tuple[str, str], Document] = field(default_factory=dict)
    """CSV documents by `domain.product` and the file's name without ending."""
    texts: dict[str, Document] = field(default_factory=dict)
    """Documents by path."""
    broken: set[str] = field(default_factory=set)
    """Kinds of which a document cannot be read: a name of that kind that is not found may stand in it."""
    problems: list[Problem] = field(default_factory=list)

    def complain(self, where: Where, message: str, *, warning: bool = False) -> None:
        """Note a problem."""
        place = (where() if callable(where) else where) or Position(file="mesh.yaml")
        self.problems.append(Problem(position=place, message=message, severity="warning" if warning else "error"))

    def at(self, where: Position | None, *path: str | int) -> Where:
        """Position of a path in the document that a noun's position names."""
        document = self.texts.get(where.file) if where else None
        return (lambda: position(parse(document.content), path, document.path)) if document else where

    def unknown(self, kinds: str | Sequence[str], where: Where, what: str, known: Iterable[str]) -> None:
        """Complain of a name that nothing has, unless a broken document may have it; `what` ends in the quoted name."""
        wanted = {kinds} if isinstance(kinds, str) else set(kinds)
        if not (wanted | {""}) & self.broken:
            name = what.rstrip("'").rpartition("'")[2]
            self.complain(where, f"{what}; {nearest(name, sorted(known))}")


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name: the near ones first."""
    if not known:
        return "none is declared"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'? Known are {listed(known)}" if near else f"known are {listed(known)}"


def gather(documents: Sequence[Document]) -> Gathered:
    """Read all documents; what is wrong inside of them, and names that two share, are problems."""
    found = Gathered()
    for document in documents:
        found.texts[document.path] = document
        reading = read(document.path, document.content, placed=True)
        found.problems += reading.problems
        if reading.kind == "Sql":
            found.statements[f"{reading.lies.domain}.{reading.lies.product}", reading.lies.stem] = document, reading
        elif reading.kind == "Seed":
            found.seeds[f"{reading.lies.domain}.{reading.lies.product}", reading.lies.stem] = document
        elif reading.noun is None:
            found.broken |= {reading.kind} if reading.kind else {"", *reading.lies.kinds}
        else:
            _keep(found, reading.noun, document.path)
    _names(found)
    return found


def _keep(found: Gathered, noun: Noun, path: str) -> None:
    if isinstance(noun, Mesh):
        if found.mesh is not None:
            found.complain(noun.position, "a second document of the kind Mesh, allowed is one: mesh.yaml")
        found.mesh = found.mesh or noun
        return
    keep = _KEEPERS.get(type(noun))
    if keep is not None:
        keep(found, noun, path)


def _by(table: str, key: Callable[[Any], str]) -> Keep:
    def keep(found: Gathered, noun: Any, _: str) -> None:
        _once(found, getattr(found, table), key(noun), noun)

    return keep


def _contract(found: Gathered, noun: Contract, path: str) -> None:
    _said_domain(found, noun, path)
    key = noun.id, noun.major
    _once(found, found.contracts, key, noun)
    if found.contracts[key] is noun:
        found.majors.setdefault(noun.id, []).append(noun.major)
        found.beside.setdefault((noun.domain, noun.product), {})[key] = noun


def _product(found: Gathered, noun: DataProduct, path: str) -> None:
    _said_domain(found, noun, path)
    _once(found, found.products, str(noun), noun)


def _said_domain(found: Gathered, noun: Contract | DataProduct, path: str) -> None:
    content = found.texts[path].content
    said = parse(content).value.get("domain") if b"domain" in content else ""
    if noun.domain and said and said.lower() != noun.domain.lower():
        where = found.at(noun.position, "domain")
        found.complain(where, f"'domain' is '{said}', allowed is '{noun.domain}', the folder that it lies in")


def _once(found: Gathered, table: dict[Any, Any], key: Any, noun: Noun) -> None:
    known = table.get(key)
    if known is None:
        table[key] = noun
        return
    name = " version ".join(map(str, key)) if isinstance(key, tuple) else key
    where, first = getattr(noun, "position", None), getattr(known, "position", None)
    found.complain(where, f"a second {type(noun).__name__} '{name}', the first is in {first.file if first else '?'}")


_KEEPERS: dict[type[Noun], Keep] = {
    Domain: _by("domains", lambda n: n.name),
    Person: _by("people", lambda n: n.id),
    Team: _by("teams", lambda n: n.name),
    ServiceAccount: _by("services", lambda n: n.name),
    Source: _by("sources", str),
    Connector: _by("connectors", lambda n: n.name),
    DataProduct: _product,
    Contract: _contract,
    Policy: _by("policies", lambda n: f"{n.domain}.{n.name}"),
    Grant: _by("grants", lambda n: f"{n.domain}.{n.name}"),
    Glossary: _by("glossaries", lambda n: f"{n.domain}.{n.name}"),
    Metric: _by("metrics", lambda n: n.name),
    Board: _by("boards", lambda n: n.name),
}


def _names(found: Gathered) -> None:
    """Names that become parts of `domain.product.table` and of paths."""
    for domain in found.domains.values():
        _name(found, "domain", domain.name, domain.position)
        folder = domain.position.file.split("/")[-2] if domain.position and "/" in domain.position.file else domain.name
        if folder != domain.name:
            where = found.at(domain.position, "name")
            found.complain(where, f"'name' is '{domain.name}', allowed is '{folder}', the folder that it lies in")
    for product in found.products.values():
        _name(found, "product", product.name, product.position)
    for source in found.sources.values():
        _name(found, "source", source.name, source.position)
    for connector in found.connectors.values():
        _name(found, "connector", connector.name, connector.position)
        folder = connector.position.file.split("/")[-2] if connector.position else connector.name
        if folder != connector.name:
            where = found.at(connector.position, "name")
            found.complain(where, f"'name' is '{connector.name}', allowed is '{folder}', the folder that it lies in")


def _name(found: Gathered, what: str, name: str, where: Position | None) -> None:
    if not NAME.match(name):
        allowed = "lower case letters, digits and underscores, starting with a letter"
        found.complain(where, f"the {what} is named '{name}', allowed are {allowed}")
    elif name in _RESERVED and what not in ("source", "connector"):
        found.complain(where, f"the {what} is named '{name}', which engines keep for themselves; take another name")
