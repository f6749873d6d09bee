"""What words mean: a domain's own, or everybody's."""

from pydantic import Field

from weft.model.noun import Noun
from weft.model.problem import Position

TERM = "glossary:"
"""How a definition in a contract begins that is a term: `glossary:churn`, `glossary:sales/churn`."""


class Term(Noun):
    """A word of the business."""

    name: str
    """Lower case words with hyphens: `won-revenue`."""
    title: str = ""
    """The word as people write it; empty = the name."""
    definition: str = Field(min_length=1)
    synonyms: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    """Related terms, as a contract names them but without `glossary:`."""


class Glossary(Noun):
    """Terms that somebody answers for."""

    name: str
    domain: str = ""
    """Empty = everybody's; set by the folder that it lies in."""
    description: str = ""
    owner: str = ""
    terms: tuple[Term, ...] = ()
    position: Position | None = None
