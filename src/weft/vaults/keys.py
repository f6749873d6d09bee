"""Master keys of the vault: from a file that only its owner reads, or from the environment."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Broken, Invalid
from weft.vaults.envelope import SIZE, Master

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VARIABLE, BEFORE = "WEFT_VAULT_KEY", "WEFT_VAULT_KEY_BEFORE"
_OTHERS = 0o077


class Keys(Struct, frozen=True):
    """The master keys that are at hand. They are read each time: another process may have taken a new one."""

    path: Path
    """The file: base64, one key a line, the newest first; several only while a change is under way."""

    def all(self) -> tuple[Master, ...]:
        """The one that wraps first (where there is one), then those that may have wrapped before.

        Raises:
            Invalid: a variable holds no key.
            Broken: the file may be read by others, or holds no key.
        """
        return (*_variable(VARIABLE), *self._kept(), *_variable(BEFORE))

    def current(self) -> Master:
        """The key that wraps; made where there is none. For a writer of the registry: they come one after the other."""
        for key in (*_variable(VARIABLE), *self._kept()):
            return key
        return self.add()

    @property
    def named(self) -> bool:
        """Whether the environment gives the key."""
        return bool(os.environ.get(VARIABLE))

    def add(self) -> Master:
        """Make a key and put it first in the file; those that are there stay."""
        fresh = Master(os.urandom(SIZE))
        self._write((fresh, *self._kept()))
        return fresh

    def keep(self, digests: Iterable[str]) -> None:
        """Forget keys of the file that are not among these."""
        wanted = set(digests)
        kept = self._kept()
        if left := [key for key in kept if key.digest in wanted]:
            self._write(left)
        elif kept:
            self.path.unlink()

    def _kept(self) -> tuple[Master, ...]:
        try:
            mode, text = self.path.stat().st_mode, self.path.read_bytes()
        except FileNotFoundError:
            return ()
        if mode & _OTHERS:
            raise Broken(
                f"the vault's master key may be read by others: {self.path.name} has the mode {mode & 0o777:04o}, "
                "allowed is 0600",
                hint=f"chmod 600 {self.path}  and then, since others may have seen it, weft secret rotate",
            )
        keys = [_decoded(line) for line in text.split()]
        if not keys or None in keys:
            raise Broken(
                f"{self.path.name} holds no master key",
                hint="Put it back from where you keep it; without it the stored secrets cannot be opened.",
            )
        return tuple(key for key in keys if key)

    def _write(self, keys: Iterable[Master]) -> None:
        """Whole or not at all, and on the disk before anything is wrapped with it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = self.path.with_name(f"{self.path.name}.tmp")
        half.unlink(missing_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.writelines(base64.b64encode(key.key) + b"\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _variable(name: str) -> tuple[Master, ...]:
    if not os.environ.get(name):
        return ()
    found = _decoded(os.environ[name].encode())
    if found is None:
        raise Invalid(
            f"the environment variable {name} holds no master key",
            hint=f"It takes {SIZE} bytes: openssl rand -base64 32",
        )
    return (found,)


def _decoded(text: bytes) -> Master | None:
    try:
        key = base64.b64decode(text.strip().translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except binascii.Error:
        return None
    return Master(key) if len(key) == SIZE else None
