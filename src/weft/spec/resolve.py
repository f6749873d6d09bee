"""Documents -> the mesh that they declare, checked against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.model import Contract, Declared, Document, Mesh, Problem
from weft.spec.gather import Gathered, gather
from weft.spec.glossary import check_glossary
from weft.spec.life import check_life
from weft.spec.placing import place
from weft.spec.ports import check_ports
from weft.spec.references import check_references

if TYPE_CHECKING:
    from collections.abc import Sequence


def resolve(documents: Sequence[Document]) -> tuple[Declared, tuple[Problem, ...]]:
    """Make the nouns of all documents and check them against each other.

    Args:
        documents: as `read_folder` or the registry gives them; their kinds and ids are read anew.

    Returns:
        The mesh, without what could not be read, and all problems by position: those inside of each document and
        those between documents. The mesh may be used when no problem is an error.
    """
    found = gather(documents)
    check_ports(found)
    placed = place(found)
    check_references(found, placed)
    check_life(found, placed)
    glossary = check_glossary(found)
    declared = Declared(
        mesh=found.mesh or Mesh(name="mesh"),
        domains=found.domains,
        people=found.people,
        teams=found.teams,
        services=found.services,
        sources=found.sources,
        connectors=found.connectors,
        products=found.products,
        contracts=_contracts(found),
        placed=placed,
        policies=tuple(found.policies.values()),
        grants=tuple(found.grants.values()),
        glossary=glossary,
        metrics=found.metrics,
        boards=found.boards,
    )
    problems = dict.fromkeys(found.problems)
    return declared, tuple(sorted(problems, key=_place))


def _contracts(found: Gathered) -> dict[str, Contract]:
    """By id; an older major of the same id by `id@major`."""
    result: dict[str, Contract] = {}
    for (id_, _), contract in sorted(found.contracts.items(), key=lambda item: item[0]):
        older = result.get(id_)
        if older is not None:
            result[f"{id_}@{older.major}"] = older
        result[id_] = contract
    return result


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.position.file, problem.position.line, problem.position.column, problem.message
