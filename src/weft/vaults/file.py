"""Secrets from files: `secret://file/PATH`, as container platforms mount them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 65_536


class File:
    """Files below the mesh's folder, or anywhere by an absolute path (`secret://file//run/secrets/x`).

    Args:
        folder: the mesh's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, path: str) -> str | None:
        """The file's text without newlines at its end; none when there is no such file of at most 64 KiB of text.

        Raises:
            Invalid: it lies in the mesh's own state, where its keys are.
        """
        file = self._folder / path
        try:
            if file.resolve().is_relative_to((self._folder / ".weft").resolve()):
                raise Invalid("files below .weft are for weft alone", hint="Keep secrets of sources elsewhere.")
            if not file.is_file() or file.stat().st_size > _LARGEST:
                return None
            return file.read_text(encoding="utf-8-sig").rstrip("\r\n") or None
        except (OSError, UnicodeDecodeError):
            return None

    def place(self, path: str) -> str:
        """What is looked for, for messages."""
        return f"a readable text file {path}"
