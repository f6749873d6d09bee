"""Until people log in, only this machine may ask."""

from __future__ import annotations

from weft.errors import Invalid

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What a browser on this machine calls it."""


def must_be_loopback(host: str) -> None:
    """Refuse to listen where other machines could ask.

    Raises:
        Invalid: the address is not one of this machine alone, and why that is refused.
    """
    if host not in {*NAMES, "::1"}:
        raise Invalid(
            f"'{host}' may be reached from other machines, and nobody logs in yet: whoever asks could name anybody",
            hint=f"Listen on {', '.join(NAMES)}; elsewhere use a tunnel that asks for a login, as ssh -L.",
        )
