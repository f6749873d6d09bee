"""Reads documents and samples from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from weft.connectors.openapi.document import LARGE, parse
from weft.connectors.openapi.refs import Bundle
from weft.errors import Invalid


@dataclass(frozen=True)
class Told:
    """A document and where it was."""

    value: Any
    origin: str
    """Its address; a file's as file:// URL."""


def read(place: str, *, follow: bool = False) -> Told:
    """The parsed document at a place.

    Args:
        place: path of a file.
        follow: whether documents are brought in that its references lead to: those in the file's folder.

    Raises:
        Invalid: there is none, or it cannot be read.
    """
    path = Path(place)
    content = _file(path)
    value = parse(content, path.name)
    origin = path.resolve().as_uri()
    if follow and isinstance(value, dict):
        folder = path.resolve().parent
        value = Bundle(value, origin, lambda a: parse(_beside(a, folder), a.rpartition("/")[2])).document
    return Told(value, origin)


def _file(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGE:
            raise Invalid(f"'{path}' has {path.stat().st_size:,} bytes, read are at most {LARGE:,}")
        return path.read_bytes()
    except OSError as error:
        raise Invalid(
            f"'{path}' cannot be read: {error.strerror}", hint="Name a file, or a URL with https://."
        ) from None


def _beside(address: str, folder: Path) -> bytes:
    """A document that a reference leads to; never one outside of the folder."""
    parts = urlsplit(address)
    path = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or not path.is_relative_to(folder):
        raise Invalid(
            f"'{address}' is not in the document's folder", hint="Bring the documents together in one folder."
        )
    return _file(path)
