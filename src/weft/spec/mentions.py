"""What a document names outside of itself, and what it offers to others by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weft.model import Contract, DataProduct
from weft.spec.ports import STREAM
from weft.spec.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.model import Document

_OWN = ("Grant", "Policy", "Domain", "Metric", "ServiceAccount")
_TABLE = 3
"""Parts of a table's name."""
_NAMED = re.compile(r"(?<![\w.])([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)(?![\w])")


def mentions(document: Document) -> tuple[str, ...]:
    """Names by which a document leads to others: `contract:<id>`, `product:<domain>.<product>`.

    A text that only looks like the name of a product is named too: what follows names may find nothing there.
    """
    return tuple(dict.fromkeys(_mentions(document)))


def offers(document: Document) -> tuple[str, ...]:
    """Names under which others find it: `contract:<id>`, `table:<full name>`, `domain` for the document of a domain."""
    noun = read(document.path, document.content, placed=True).noun
    if isinstance(noun, Contract):
        tables = (f"table:{noun.domain}.{noun.product}.{table.name}" for table in noun.tables)
        return f"contract:{noun.id}", *tables
    return ("domain",) if document.kind == "Domain" else ()


def _mentions(document: Document) -> Iterator[str]:
    reading = read(document.path, document.content, placed=True)
    if reading.statement:
        yield from (_product(*named.parts[:2]) for named in reading.statement.named if len(named.parts) == _TABLE)
    elif isinstance(reading.noun, DataProduct):
        named_by = (port.contract_id for port in reading.noun.inputs)
        yield from (f"contract:{id_}" for id_ in named_by if not id_.startswith(STREAM))
    elif isinstance(reading.noun, Contract):
        rules = (str(rule.arguments) for table in reading.noun.tables for rule in table.rules)
        texts = (reading.noun.successor, *(name for table in reading.noun.tables for name in table.was), *rules)
        yield from (_product(*found) for text in texts for found in _NAMED.findall(text))
    elif document.kind in _OWN:
        yield from (_product(*found) for found in _NAMED.findall(document.content.decode("utf-8", "replace")))


def _product(domain: str, product: str) -> str:
    return f"product:{domain}.{product}".lower()
