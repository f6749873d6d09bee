"""The mesh's own key material, below .weft/keys, mode 0600."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from weft.errors import Broken

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 32


def mask_key(path: Path) -> bytes:
    """The key of hashed columns; made on first use. Whoever has it can test guesses against hashes.

    Raises:
        Broken: the file does not hold a key.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != SIZE:
        raise Broken(
            f"{path.name} holds {len(key)} bytes, a key has {SIZE}",
            hint="Put it back from a backup; a new key would change every hashed column.",
        )
    return key


def _make(path: Path) -> None:
    """Written whole beside, then linked: two processes that start together get the same key."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(SIZE))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
