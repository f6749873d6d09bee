"""Two contracts, or one and what is applied of it, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from weft import contracts, spec
from weft.errors import Invalid
from weft.flow import base

if TYPE_CHECKING:
    from weft.contracts import Difference
    from weft.model import Contract
    from weft.seams import World


class Diff(Struct, frozen=True):
    """What differs between two contracts."""

    old: Contract
    new: Contract
    found: tuple[Difference, ...]

    @property
    def bump(self) -> str:
        """Which part of the version the differences raise: major, minor, patch; empty = none."""
        return contracts.bump(self.found)

    @property
    def refused(self) -> bool:
        """Whether it breaks consumers without a new major version."""
        return self.bump == "major" and self.new.major <= self.old.major


def diff(old: Contract, new: Contract) -> Diff:
    """Compare two contracts."""
    return Diff(old, new, contracts.differences(old, new))


def applied(world: World, contract: Contract) -> Contract:
    """The contract of that id as it is applied: of the same major version, else of the newest below it.

    Raises:
        Invalid: none is applied.
    """
    known = base.declared(world)
    same = [c for c in known.contracts.values() if c.id == contract.id and c.major <= contract.major]
    if not same:
        raise Invalid(f"no contract with the id '{contract.id}' is applied", hint="Name two files: weft diff A B")
    return max(same, key=lambda c: c.major)


def read(path: str, content: bytes) -> Contract:
    """A contract's file.

    Raises:
        Invalid: it is none, or has errors.
    """
    return spec.read_contract(path, content)
