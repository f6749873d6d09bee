"""A login that a person is to allow in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Consent:
    """What is known between the question and its answer; it lives as long as the login takes."""

    address: str
    """Where the person allows it."""
    reference: str
    """Which secret will be kept: secret://vault/NAME."""
    redirect: str
    """Address that the browser is sent back to."""
    state: str = field(repr=False)
    """Ties the answer to this question."""
    verifier: str = field(repr=False)
    """Proves that who asks for the token is who began (RFC 7636)."""
