"""What can be found, as the search keeps it."""

from __future__ import annotations

from weft.model.noun import Noun


class Findable(Noun):
    """A thing that documents declare, with the words that lead to it."""

    kind: str
    """table, product, domain, source, term, metric or board."""
    name: str
    """`domain.product.table`, `domain.product`, `domain`, ..."""
    title: str = ""
    description: str = ""
    signature: str = ""
    """Changes when anything changes that its words are made of."""
    words: dict[str, tuple[float, str]] = {}
    """By word, lower case: what it weighs at its best place, and where that is (`column amount`, `tag pii`)."""

    @property
    def key(self) -> str:
        """Unique among all: kind and name."""
        return f"{self.kind} {self.name}"
