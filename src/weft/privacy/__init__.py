"""Likely personal data in a sample, with evidence."""

from weft.privacy.detect import detect
from weft.privacy.evidence import Evidence

__all__ = ["Evidence", "detect"]
