"""Terms, and whether what names them leads anywhere; the answers that outlive who gave them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft.model import TERM
from weft.spec.gather import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Contract, DataProduct, Glossary, Position, Property, Term
    from weft.spec.gather import Gathered, Where

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
KNOWLEDGE = "weft.knowledge"
_ANSWERS = ("why", "who", "odd")


def check_glossary(found: Gathered) -> dict[str, Term]:
    """All terms by key; complains of terms twice, and of names that lead to no term."""
    terms: dict[str, Term] = {}
    for glossary in found.glossaries.values():
        _terms(found, glossary, terms)
    for glossary in found.glossaries.values():
        _related(found, glossary, terms)
    for contract in found.contracts.values():
        _contract(found, contract, terms)
    for product in found.products.values():
        _knowledge(found, product)
    return terms


def _terms(found: Gathered, glossary: Glossary, terms: dict[str, Term]) -> None:
    if glossary.owner and glossary.owner not in found.people:
        where = found.at(glossary.position, "owner")
        found.unknown("Person", where, f"there is no person '{glossary.owner}'", found.people)
    for n, term in enumerate(glossary.terms):
        where = found.at(glossary.position, "terms", n, "name")
        key = f"{glossary.domain}/{term.name}" if glossary.domain else term.name
        if not _NAME.match(term.name):
            found.complain(where, f"the term is named '{term.name}', allowed are lower case words with hyphens")
        elif key in terms:
            found.complain(where, f"a second term '{key}'")
        else:
            terms[key] = term


def _related(found: Gathered, glossary: Glossary, terms: dict[str, Term]) -> None:
    for n, term in enumerate(glossary.terms):
        for m, name in enumerate(term.see):
            _known(found, terms, (name, glossary.domain), found.at(glossary.position, "terms", n, "see", m))


def _contract(found: Gathered, contract: Contract, terms: dict[str, Term]) -> None:
    for definitions, where in _definitions(contract):
        for name in definitions:
            if name.startswith(TERM):
                _known(found, terms, (name.removeprefix(TERM), contract.domain), where)


def _definitions(contract: Contract) -> Iterator[tuple[tuple[str, ...], Position | None]]:
    for table in contract.tables:
        yield table.definitions, table.position
        yield from _of(table.properties)


def _of(properties: tuple[Property, ...]) -> Iterator[tuple[tuple[str, ...], Position | None]]:
    for one in properties:
        yield one.definitions, one.position
        yield from _of(one.properties)


def _known(found: Gathered, terms: dict[str, Term], named: tuple[str, str], where: Where) -> None:
    name, domain = named
    if name not in terms and f"{domain}/{name}" not in terms and "Glossary" not in found.broken:
        found.complain(where, f"no glossary has a term '{name}'; {nearest(name, sorted(terms))}")


def _knowledge(found: Gathered, product: DataProduct) -> None:
    """`weft.knowledge`: why it exists, who knows it, what is odd about it."""
    said = product.custom.get(KNOWLEDGE)
    if said is None:
        return
    where = found.at(product.position, "customProperties")
    if not isinstance(said, dict) or not set(said) <= set(_ANSWERS):
        what = (
            f"'{KNOWLEDGE}' has the keys {', '.join(map(str, said))}"
            if isinstance(said, dict)
            else f"'{KNOWLEDGE}' is no mapping"
        )
        found.complain(where, f"{what}, allowed are {', '.join(_ANSWERS)}")
        return
    who = said.get("who", ())
    for name in [who] if isinstance(who, str) else who:
        if name not in found.people:
            found.unknown("Person", where, f"there is no person '{name}'", found.people)
