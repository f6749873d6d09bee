"""What may this actor see, and why: one decision for every way to the data."""

from weft.policy.actor import actor
from weft.policy.check import check
from weft.policy.decide import Context, decide
from weft.policy.govern import govern, purpose_key
from weft.policy.masks import combine
from weft.policy.obligation import Obligation, PolicyKind, Seen, Subject
from weft.policy.rules import KINDS

__all__ = [
    "KINDS",
    "Context",
    "Obligation",
    "PolicyKind",
    "Seen",
    "Subject",
    "actor",
    "check",
    "combine",
    "decide",
    "govern",
    "purpose_key",
]
