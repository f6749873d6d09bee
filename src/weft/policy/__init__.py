"""What may this actor see, and why: one decision for every way to the data."""

from weft.policy.access import ends
from weft.policy.actor import actor
from weft.policy.check import Locate, check
from weft.policy.decide import Context, decide
from weft.policy.examples import misfits, moment
from weft.policy.govern import govern, purpose_key
from weft.policy.masks import combine
from weft.policy.obligation import Obligation, PolicyKind, Seen, Subject
from weft.policy.rules import KINDS, label

__all__ = [
    "KINDS",
    "Context",
    "Locate",
    "Obligation",
    "PolicyKind",
    "Seen",
    "Subject",
    "actor",
    "check",
    "combine",
    "decide",
    "ends",
    "govern",
    "label",
    "misfits",
    "moment",
    "purpose_key",
]
