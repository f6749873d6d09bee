"""`$ref`: what a document points to inside of itself. Other documents are brought in before, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

from weft.errors import WeftError

if TYPE_CHECKING:
    from collections.abc import Callable

_HOPS = 30
_FILES = "x-files"
_MANY = 2_000
"""Other documents that one may bring in."""


class Refs:
    """Follows references within one document.

    Args:
        root: the document.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.lost: dict[str, str] = {}
        """Why a reference could not be followed, by its text."""

    def follow(self, value: Any) -> dict[str, Any]:
        """The mapping that a value is or points to; {} where there is none."""
        for _ in range(_HOPS):
            if not isinstance(value, dict):
                return {}
            target = value.get("$ref")
            if not isinstance(target, str):
                return value
            value = self._find(target)
        return {}

    def why(self, value: Any) -> str:
        """Why a value with a reference leads to nothing; empty when it leads somewhere."""
        target = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(target, str) or self.follow(value):
            return ""
        return self.lost.get(target, f"its $ref '{target}' leads in a circle")

    def _find(self, target: str) -> Any:
        if not target.startswith("#"):
            self.lost[target] = f"its $ref '{target}' leads out of the document and is not followed"
            return None
        value: Any = self.root
        for part in target[1:].lstrip("/").split("/") if len(target) > 1 else ():
            step = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            elif isinstance(value, dict) and step in value:
                value = value[step]
            else:
                self.lost[target] = f"its $ref '{target}' leads to nothing"
                return None
        return value


class Bundle:
    """A document with those that its references lead to brought in, so that all of them lead inside.

    Args:
        root: the document; it is not changed.
        base: address of the document; references are relative to it.
        load: reads and parses the document of an address.
    """

    def __init__(self, root: dict[str, Any], base: str, load: Callable[[str], Any]) -> None:
        self._base = base
        self._seen = {base}
        self._waiting: list[str] = []
        self.lost: dict[str, str] = {}
        """Why a document could not be brought in, by its address."""
        files: dict[str, Any] = {}
        self.document = {**self._moved(root, base), _FILES: files}
        while self._waiting:
            address = self._waiting.pop()
            try:
                files[address] = self._moved(load(address), address)
            except WeftError as error:
                self.lost[address] = error.message

    def _moved(self, value: Any, here: str) -> Any:
        if isinstance(value, list):
            return [self._moved(part, here) for part in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._point(part, here) if key == "$ref" and isinstance(part, str) else self._moved(part, here)
            for key, part in value.items()
        }

    def _point(self, target: str, here: str) -> str:
        address, _, inner = target.partition("#")
        there = urljoin(here, address) if address else here
        if there == self._base:
            return f"#{inner}"
        if there not in self._seen and len(self._seen) < _MANY:
            self._seen.add(there)
            self._waiting.append(there)
        escaped = there.replace("~", "~0").replace("/", "~1").replace("%", "%25")
        return f"#/{_FILES}/{escaped}{inner}"
