"""What can go wrong with a folder elsewhere, told alike for all of them; never what a server says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weft.connectors.files.found import Away, Found
from weft.errors import Denied, Invalid, Unavailable

if TYPE_CHECKING:
    from pathlib import Path


def unreachable(shown: str, why: str) -> Unavailable:
    """It does not answer as it should."""
    return Unavailable(
        f"{shown} cannot be read: {why}", hint="What was read before stays. Run again; the next run goes on from there."
    )


def refused(shown: str) -> Denied:
    """The user of the source is known and may not."""
    return Denied(
        f"{shown} may not be read by the user of this source",
        hint="Ask whoever owns it for the right to list and to read there.",
    )


def unknown(shown: str) -> Invalid:
    """The credentials are wrong."""
    return Invalid(
        f"{shown} does not accept the credentials of this source",
        hint="Look at the user and at what its secret:// references lead to.",
    )


def changed(shown: str) -> Unavailable:
    """It is not any more what was listed."""
    return Unavailable(
        f"{shown} changed while it was read", hint="Nothing of it was taken. Run again: the next run reads it anew."
    )


def vanished(shown: str) -> Unavailable:
    """It was listed and is not there."""
    return Unavailable(f"{shown} vanished while it was read", hint="Run again.")


def hidden(key: str) -> bool:
    """Whether a file, or a folder above it, begins with a dot."""
    return any(part.startswith(".") for part in key.split("/"))


def found(where: tuple[str, str, Path], size: int, modified: str, away: Away) -> Found:
    """A file of a folder elsewhere.

    Args:
        where: the folder as it is shown, the file's key, the folder that it will be brought to.
        size: its bytes; -1 when that is not told.
        modified: changes with the content: an entity tag, or a time.
        away: how it is brought.
    """
    shown, key, scratch = where
    # A cursor's parts are set apart by colons, and an entity tag may hold anything.
    stamp = hashlib.sha256(modified.encode()).hexdigest()[:16] if modified else ""
    name = hashlib.sha256(f"{shown}/{key}\0{stamp}".encode()).hexdigest()[:24]
    return Found(key, scratch / f"{name}.part", f"{shown}/{key}", size, stamp, away=away)
