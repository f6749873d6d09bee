"""All nouns that the documents of a mesh declare, resolved against each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from weft.errors import Invalid, Unknown
from weft.model.connector import Connector
from weft.model.contract import Contract, Table
from weft.model.glossary import TERM, Term
from weft.model.mesh import Domain, Mesh, Person, ServiceAccount, Team
from weft.model.metric import Board, Metric
from weft.model.names import TableName
from weft.model.noun import Noun
from weft.model.policy import Grant, Policy
from weft.model.problem import Position
from weft.model.product import DataProduct
from weft.model.source import Source

OFFERED = ("active", "deprecated")
"""Status of a contract that consumers may rely on; its major goes before one that is only drafted."""


class Shape(Noun):
    """How the rows of a table are made."""

    kind: Literal["columns", "shape", "derived", "seed", "none"]
    """columns: a stream's columns as they come; shape: SQL over one stream; derived: SQL over product tables; seed: a
    CSV document beside the contract; none: nothing feeds it."""
    sql: str = ""
    path: str = ""
    """Path of the .sql or .csv document; empty without one."""
    digest: str = ""
    """SHA-256 of a seed's document."""
    stream: str = ""
    """`source.stream` for columns and shape."""
    inputs: tuple[TableName, ...] = ()
    """Tables that derived SQL reads, in order of first use."""


class Placed(Noun):
    """A table with everything around it."""

    name: TableName
    table: Table
    contract: Contract
    product: DataProduct
    shape: Shape

    @property
    def source(self) -> str:
        """`domain.source` that feeds it, or empty."""
        return f"{self.name.domain}.{self.shape.stream.partition('.')[0]}" if self.shape.stream else ""

    @property
    def stream(self) -> str:
        """Stream in that source, or empty."""
        return self.shape.stream.partition(".")[2]


class Declared(Noun):
    """The mesh as its documents declare it. Built by `spec.resolve`; names are unique."""

    mesh: Mesh
    domains: dict[str, Domain] = {}
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    services: dict[str, ServiceAccount] = {}
    sources: dict[str, Source] = {}
    """By `domain.source`."""
    connectors: dict[str, Connector] = {}
    """Those that the mesh itself describes, by name."""
    products: dict[str, DataProduct] = {}
    """By `domain.product`."""
    contracts: dict[str, Contract] = {}
    """By contract id."""
    placed: tuple[Placed, ...] = ()
    """All tables of all offered majors, in dependency order: what a table reads stands before it."""
    policies: tuple[Policy, ...] = ()
    grants: tuple[Grant, ...] = ()
    glossary: dict[str, Term] = {}
    """Terms of a domain by `domain/term`, everybody's by `term`."""
    metrics: dict[str, Metric] = {}
    boards: dict[str, Board] = {}
    others: tuple[str, ...] = ()
    """Of a part of a mesh, names of tables that are left out, where one was asked for that is not there."""

    @cached_property
    def tables(self) -> dict[str, Placed]:
        """By `domain.product.table` (newest active major) and by `domain.product.table@major`."""
        found: dict[str, Placed] = {}
        for placed in sorted(self.placed, key=lambda p: (p.contract.status in OFFERED, p.name.major)):
            found[placed.name.key] = placed
            found[str(placed.name)] = placed
        return found

    def table(self, name: str) -> Placed:
        """The table of that name.

        Raises:
            Invalid: it has another name now.
            Unknown: there is none; lists the nearest names.
        """
        found = self.tables.get(name) or self._ignoring_case(name)
        if found is None:
            moved = next((p for p in self.placed if name in p.table.was), None)
            if moved is not None:
                raise Invalid(f"'{name}' is now called {moved.name}", hint=f"Ask for {moved.name}.")
            import difflib

            known = sorted({*self.others, *(str(p.name) for p in self.placed)})
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:3]
            raise Unknown(
                f"no product offers a table '{name}'",
                hint=f"Near it: {', '.join(near)}. `weft search` finds others."
                if near
                else "No table is declared yet.",
            )
        return found

    def terms(self, definitions: Sequence[str], domain: str) -> tuple[tuple[str, Term], ...]:
        """The terms that a contract of a domain names, by their keys: its own come before everybody's."""
        named = [d.removeprefix(TERM) for d in definitions if d.startswith(TERM)]
        keys = [f"{domain}/{name}" if f"{domain}/{name}" in self.glossary else name for name in named]
        return tuple((key, self.glossary[key]) for key in keys if key in self.glossary)

    def _ignoring_case(self, name: str) -> Placed | None:
        if not name.isascii():
            return None  # names are ASCII; a look-alike (the Kelvin sign's lower case is k) is no name of ours
        lower = name.lower()
        return next((p for key, p in self.tables.items() if key.lower() == lower), None)

    def consumers(self, name: TableName) -> tuple[Placed, ...]:
        """Tables whose SQL reads that table."""
        return tuple(self._consumers.get(name, ()))

    @cached_property
    def _consumers(self) -> dict[TableName, list[Placed]]:
        found: dict[TableName, list[Placed]] = {}
        for placed in self.placed:
            for name in dict.fromkeys(placed.shape.inputs):
                found.setdefault(name, []).append(placed)
        return found


class Change(Noun):
    """One line of a plan: a document added, changed or retired."""

    action: Literal["add", "change", "retire"]
    kind: str
    id: str
    path: str
    details: tuple[str, ...] = ()
    """What changed, one sentence each."""
    breaking: tuple[str, ...] = ()
    """Breaking changes of a contract, one sentence each."""
    breaks: tuple[str, ...] = ()
    """Whom they break: tables that derive from it, actors who read it."""
    refused: bool = False
    """True when apply refuses it: a breaking change of an active contract without a new major version."""
    position: Position | None = None
