"""A document as it was written."""

from __future__ import annotations

import hashlib
from functools import cached_property

from weft.model.noun import Noun


class Document(Noun):
    """The bytes of one file of a mesh, and what it is."""

    path: str
    """Relative to the mesh's folder, with forward slashes; unique among the applied documents."""
    kind: str
    """Mesh, Person, Team, ServiceAccount, Domain, Source, Policy, Grant, Glossary, Metric, Board, DataContract,
    DataProduct, Sql, Seed; empty when it cannot be told."""
    id: str
    """Unique in its kind: `sales`, `sales.crm`, the contract's id, `sales.pipeline.deals` for a Sql or a
    Seed."""
    content: bytes
    """The original bytes, exported again unchanged."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode()
