"""The policies of a mesh, built once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import WeftError
from weft.kinds import Kinds

if TYPE_CHECKING:
    from weft.model import Declared, Policy
    from weft.policy.obligation import PolicyKind

KINDS = Kinds("weft.policy.kinds", "weft.policy.kinds")
"""The known policy types."""


class Ruling(Struct, frozen=True):
    """One policy, ready to be asked."""

    policy: Policy
    kind: PolicyKind | None
    """None when it could not be built; it then refuses what it could be about."""
    error: str = ""

    @property
    def label(self) -> str:
        """Its name, with its domain if it has one."""
        return label(self.policy)


def label(policy: Policy) -> str:
    """How decisions name a policy: its name, with its domain if it has one."""
    return f"{policy.domain}/{policy.name}" if policy.domain else policy.name


def rulings(declared: Declared, domain: str) -> tuple[Ruling, ...]:
    """Global policies and those of that domain, in an order that does not depend on the documents' order."""
    return tuple(r for r in _rulings(_Same(declared)) if r.policy.domain in ("", domain))


class _Same:
    """Wraps a value so that it is equal to itself only: a key for a cache of what cannot be hashed."""

    def __init__(self, value: Declared) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


@lru_cache(maxsize=32)
def _rulings(declared: _Same) -> tuple[Ruling, ...]:
    found = [_ruling(policy) for policy in declared.value.policies]
    return tuple(sorted(found, key=lambda r: (r.policy.domain, r.policy.name, repr(r.policy.parameters))))


def _ruling(policy: Policy) -> Ruling:
    try:
        return Ruling(policy, KINDS.build(policy.type, policy.parameters))
    except WeftError as error:
        return Ruling(policy, None, error.message)
