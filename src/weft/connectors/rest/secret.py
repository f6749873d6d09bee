"""A secret of a source's configuration, once it is resolved."""

from __future__ import annotations


class Secret(str):
    """The secret as text; shown it hides itself, and it knows its reference, so that it can be renewed."""

    __slots__ = ("reference",)
    reference: str

    @classmethod
    def of(cls, value: str, reference: str) -> Secret:
        """The secret behind a `secret://` reference."""
        made = cls(value)
        made.reference = reference
        return made

    def __repr__(self) -> str:
        return "Secret(***)"
