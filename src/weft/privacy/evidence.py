"""What speaks for a column holding personal data."""

from weft.model import Noun


class Evidence(Noun):
    """One kind of personal data that a column likely holds. Never holds a value."""

    tag: str
    """`pii.email` and the like."""
    detector: str
    """What was looked for, for people: e-mail addresses."""
    classification: str
    """Suggested for the column: confidential or restricted."""
    share: float
    """Values that fit, of those that are not empty, 0 to 1."""
    named: bool
    """Whether the column's name speaks for it."""
    score: float
    """0.6 times the share, and 0.3 when the name speaks for it (0.1 is left for lineage), 0 to 0.9."""
    text: str
    """One sentence."""
