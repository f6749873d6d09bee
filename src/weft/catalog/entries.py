"""What can be found: the things that documents declare, with the words that lead to them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weft.model import (
        Board,
        Contract,
        DataProduct,
        Declared,
        Domain,
        Metric,
        Person,
        Placed,
        Property,
        Source,
        Term,
    )

NAME, TITLE, COLUMN, TAG, OWNER, AROUND, TEXT, SMALL = 20.0, 12.0, 10.0, 9.0, 7.0, 6.0, 4.0, 2.0
"""What a word weighs where it stands. AROUND: in the names of what a thing belongs to."""


class Clue(Struct, frozen=True):
    """A text that leads to a thing."""

    weight: float
    label: str
    """Said in the answer: `column amount`, `tag pii`."""
    text: str


class Entry(Struct, frozen=True):
    """A thing that can be found."""

    kind: str
    """table, product, domain, source, term, metric or board."""
    name: str
    title: str
    description: str
    clues: tuple[Clue, ...]


class Sketch(Struct, frozen=True):
    """A thing that can be found, drawn only when it is needed: the words of a large mesh take seconds."""

    kind: str
    name: str
    made_of: tuple[str, ...]
    """Paths of the documents that its words come from; what ends with `/` means all below."""
    draw: Callable[[], Entry]

    @property
    def key(self) -> str:
        """As of `Findable.key`."""
        return f"{self.kind} {self.name}"


def sketches(declared: Declared) -> Iterator[Sketch]:
    """Everything that can be found."""
    around = {name: _paths(d, *_people_of(declared, d)) for name, d in declared.domains.items()}
    for p in declared.placed:
        key = str(p.name) if declared.tables[str(p.name)] is p else p.name.key
        glossary = ("glossary/", f"domains/{p.name.domain}/glossary/")
        made_of = (*_paths(p.contract, p.product), *around.get(p.name.domain, ()), *glossary)
        yield Sketch("table", key, made_of, partial(_table, p, declared))
    for product in declared.products.values():
        made_of = (*_paths(product), *around.get(product.domain, ()))
        yield Sketch("product", str(product), made_of, partial(_product, product, declared))
    for domain in declared.domains.values():
        yield Sketch("domain", domain.name, around[domain.name], partial(_domain, domain, declared))
    for name, source in declared.sources.items():
        yield Sketch("source", name, _paths(source), partial(_source, name, source))
    for key, term in declared.glossary.items():
        own, _, _ = key.rpartition("/")
        made_of = (f"domains/{own}/glossary/" if own else "glossary/",)
        yield Sketch("term", key, made_of, partial(_term, key, term))
    for kind, measures in (("metric", declared.metrics), ("board", declared.boards)):
        for of in measures.values():
            people = [declared.people[of.owner]] if of.owner in declared.people else []
            yield Sketch(kind, of.name, _paths(of, *people), partial(_measure, kind, of, declared))


def _people_of(declared: Declared, domain: Domain) -> list[Person]:
    return [declared.people[who] for who in (domain.owner, *domain.stewards) if who in declared.people]


def _paths(*nouns: Contract | DataProduct | Domain | Person | Source | Metric | Board) -> tuple[str, ...]:
    return tuple(noun.position.file for noun in nouns if noun.position)


def _owners(declared: Declared, name: str) -> tuple[Clue, ...]:
    domain = declared.domains.get(name)
    return tuple(_people(declared, (domain.owner, *domain.stewards))) if domain else ()


def _domain(domain: Domain, declared: Declared) -> Entry:
    clues = (*_texts("title", domain.title, "purpose", domain.purpose), *_owners(declared, domain.name))
    return Entry("domain", domain.name, domain.title, domain.purpose, (_own(domain.name), *clues))


def _source(name: str, source: Source) -> Entry:
    clues = (
        _own(source.name),
        Clue(AROUND, f"domain {source.domain}", source.domain),
        *_texts("", "", "description", source.description),
        *(Clue(COLUMN, f"stream {s}", s) for s in source.streams),
    )
    return Entry("source", name, "", source.description, clues)


def _table(placed: Placed, declared: Declared) -> Entry:
    name, table, contract, product = placed.name, placed.table, placed.contract, placed.product
    newest = declared.tables[str(name)] is placed
    around = (f"product {name.product}", f"domain {name.domain}")
    clues = [
        _own(name.table),
        *(Clue(AROUND, label, label.partition(" ")[2]) for label in around),
        *_texts("title", table.business_name, "description", table.description),
        *_texts("title", contract.name, "purpose", contract.purpose),
        *_texts("product's title", product.title, "product's purpose", product.purpose),
        *_tags((*table.tags, *contract.tags, *product.tags)),
        *_owners(declared, name.domain),
        *_team(contract),
        *(Clue(SMALL, f"stream {placed.shape.stream}", placed.shape.stream) for _ in range(bool(placed.shape.stream))),
        *(clue for column in table.properties for clue in _column(column, column.name)),
        *_defined(placed, declared),
    ]
    key = str(name) if newest else name.key
    return Entry("table", key, table.business_name, table.description or contract.purpose, tuple(clues))


def _defined(placed: Placed, declared: Declared) -> Iterator[Clue]:
    """The terms that a table and its columns name, under all their words."""
    for key, term in declared.terms(placed.table.all_definitions, placed.name.domain):
        yield Clue(COLUMN, f"term {key}", " ".join((term.name, term.title, *term.synonyms)))


def _column(column: Property, path: str) -> Iterator[Clue]:
    label = f"column {path}"
    yield Clue(COLUMN, label, column.name)
    if column.business_name:
        yield Clue(COLUMN - 1, label, column.business_name)
    if column.source_name != column.name:
        yield Clue(SMALL, label, column.source_name)
    if column.description:
        yield Clue(SMALL, label, column.description)
    yield from (Clue(TAG, f"tag {tag} of column {path}", tag) for tag in column.tags)
    for nested in column.properties:
        yield from _column(nested, f"{path}.{nested.name}")


def _product(product: DataProduct, declared: Declared) -> Entry:
    clues = (
        _own(product.name),
        Clue(AROUND, f"domain {product.domain}", product.domain),
        *_texts("title", product.title, "purpose", product.purpose),
        *_texts("", "", "usage", product.usage),
        *_tags(product.tags),
        *_owners(declared, product.domain),
        *_team(product),
    )
    return Entry("product", str(product), product.title, product.purpose, clues)


def _measure(kind: str, of: Metric | Board, declared: Declared) -> Entry:
    clues = (_own(of.name), *_texts("title", of.title, "description", of.description), *_people(declared, (of.owner,)))
    return Entry(kind, of.name, of.title, of.description, clues)


def _term(key: str, term: Term) -> Entry:
    domain, _, name = key.rpartition("/")
    clues = (_own(name), *_texts("title", term.title, "definition", term.definition))
    clues += tuple(Clue(TITLE, f"synonym {s}", s) for s in term.synonyms)
    clues += (Clue(AROUND, f"domain {domain}", domain),) if domain else ()
    return Entry("term", key, term.title, term.definition, clues)


def _own(name: str) -> Clue:
    return Clue(NAME, "name", name)


def _texts(what: str, title: str, of: str, text: str) -> tuple[Clue, ...]:
    return tuple(clue for clue in (Clue(TITLE, what, title), Clue(TEXT, of, text)) if clue.text)


def _tags(tags: Iterable[str]) -> Iterator[Clue]:
    return (Clue(TAG, f"tag {tag}", tag) for tag in dict.fromkeys(tags))


def _team(of: Contract | DataProduct) -> Iterator[Clue]:
    return (Clue(OWNER, f"team member {m.username}", f"{m.username} {m.name}") for m in of.team)


def _people(declared: Declared, ids: Iterable[str]) -> Iterator[Clue]:
    for who in dict.fromkeys(ids):
        if who:
            person = declared.people.get(who)
            yield Clue(OWNER, f"owner {who}", f"{who.partition('@')[0]} {person.name if person else ''} {who}")
