"""The part of a mesh around some products: one of them is asked, shown or planned without the others being read.

Who names whom is kept as a projection of the documents, written in the transaction that applies them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft import spec
from weft.spec import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.model import Document
    from weft.seams import Unit

_NAMES = "names.1"
_COMMON = ("mesh.yaml", "mesh.yml", "policies", "people", "glossary", "connectors")
_TABLE = "=table:"
_DEPTH = 3
"""Parts of a product's folder: domains/<domain>/<product>."""


def known(unit: Unit) -> bool:
    """Whether it is known who names whom in the documents of now; else they are all to be read."""
    return 0 < unit.documents.revision() == unit.projections.bookmark(_NAMES)


def note(unit: Unit, before: int, changed: Iterable[Document], gone: Iterable[str]) -> None:
    """Note down who names whom, in the transaction that has applied the changes.

    Args:
        unit: that transaction.
        before: revision of the documents before them.
        changed: documents that were added or changed.
        gone: paths that were retired.
    """
    if unit.projections.bookmark(_NAMES) != before:
        unit.projections.drop(_NAMES)
        changed, gone = unit.documents.all(), ()
    rows: dict[str, Any] = {}
    documents = {document.path: document for document in changed}
    old = unit.projections.some(_NAMES, [f"|{path}" for path in (*documents, *gone)])
    for key, names in old.items():
        rows |= {f"{name}{key}": None for name in names or ()} | {key: None}
    for path, document in documents.items():
        names = [*(f">{name}" for name in spec.mentions(document)), *(f"={name}" for name in spec.offers(document))]
        rows |= {f"{name}|{path}": 1 for name in names} | {f"|{path}": names}
    unit.projections.put(_NAMES, rows, unit.documents.revision())


def around(unit: Unit, products: Iterable[str], fresh: Iterable[Document] = ()) -> tuple[Document, ...]:
    """Applied documents that these products need: their own, of what they name and so on, and everybody's.

    Metrics and boards are nobody's need.

    Args:
        unit: a transaction in which `known` holds.
        products: `domain.product`.
        fresh: documents besides; what they name is needed too.
    """
    found = {d.path: d for d in unit.documents.below((*_COMMON, *_paths(unit, "=domain")))}
    wanted = {*products, *_named(unit, (*fresh, *found.values()))}
    done: set[str] = set()
    while wanted:
        more = unit.documents.below(_folders(wanted, done))
        done |= wanted
        found |= {d.path: d for d in more}
        wanted = _named(unit, more) - done
    return tuple(found[path] for path in sorted(found))


def naming(unit: Unit, documents: Iterable[Document]) -> tuple[Document, ...]:
    """Documents that name the products in whose folders those lie, or contracts among those."""
    names = {f">{name}" for d in documents for name in spec.offers(d) if name.startswith("contract:")}
    names |= {f">product:{name}" for d in documents if (name := product(d.path))}
    return unit.documents.below(path for name in sorted(names) for path in _paths(unit, name))


def lost(unit: Unit, products: Iterable[str]) -> tuple[set[str], tuple[str, ...]]:
    """Of products that are not there: those that say that they were called so, and the names of all tables."""
    found = {product(path) for name in products for path in _paths(unit, f">product:{name}")} - {""}
    return found, tuple(key.split("|")[0].removeprefix(_TABLE) for key, _ in unit.projections.rows(_NAMES, _TABLE))


def product(path: str) -> str:
    """`domain.product` in whose folder a document lies, or empty."""
    start, *rest = path.split("/")
    return ".".join(rest[:2]) if start == "domains" and len(rest) >= _DEPTH and rest[1] not in RESERVED else ""


def _named(unit: Unit, documents: Iterable[Document]) -> set[str]:
    names = {name for document in documents for name in spec.mentions(document)}
    found = {name.removeprefix("product:") for name in names if name.startswith("product:")}
    for name in names:
        if name.startswith("contract:"):
            found |= {product(path) for path in _paths(unit, f"={name}")}
    return found


def _paths(unit: Unit, name: str) -> list[str]:
    return [key.rpartition("|")[2] for key, _ in unit.projections.rows(_NAMES, f"{name}|")]


def _folders(wanted: set[str], done: set[str]) -> list[str]:
    domains = {name.partition(".")[0] for name in wanted} - {name.partition(".")[0] for name in done}
    found = [f"domains/{domain}/{folder}" for domain in sorted(domains) for folder in sorted(RESERVED)]
    return found + [f"domains/{name.replace('.', '/', 1)}" for name in sorted(wanted)]
