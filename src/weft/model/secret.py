"""A secret of the mesh's own vault: what may be told of it, and how it is stored. The secret itself is in neither."""

from weft.model.noun import Noun


class Secret(Noun):
    """What may be told of a secret."""

    name: str
    """What follows `secret://vault/`."""
    version: int
    """From 1; grows with every change, also over a removal."""
    at: str
    """When this version was stored, UTC, ISO 8601."""
    by: str
    """Who stored it."""
    readable: bool = True
    """Whether the master key that seals it is at hand."""

    @property
    def reference(self) -> str:
        """How documents name it."""
        return f"secret://vault/{self.name}"


class Sealed(Noun):
    """A secret as it is stored: an envelope."""

    name: str
    version: int
    at: str
    by: str
    master: str
    """Which master key wraps the data key: a digest of it."""
    wrapped: bytes
    """The data key, encrypted with the master key."""
    sealed: bytes
    """The secret, encrypted with the data key."""


class Rewrapped(Noun):
    """What a change of the master key came to."""

    master: str
    """Digest of the master key that wraps every data key now."""
    changed: int
    """Data keys that were wrapped anew."""
    lost: tuple[str, ...] = ()
    """Names of secrets whose master key is not at hand: they stay as they are."""
