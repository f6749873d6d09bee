"""Header fields as expressions see them: in any case, and `link` as the links that it tells (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LINK = re.compile(r"<([^>]*)>\s*((?:;\s*[\w*!-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,]+)\s*)*)")
_PARAMETER = re.compile(r";\s*([\w*!-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))")


class Headers(Mapping[str, Any]):
    """A view of an answer's headers.

    Args:
        fields: they find a name in any case.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        return links(self._fields.get(name, "")) if name.lower() == "link" else self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return (name.lower() for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def links(text: str) -> dict[str, dict[str, str]]:
    """The links of a header by their relation: `{"next": {"url": ..., "rel": "next"}}`."""
    found: dict[str, dict[str, str]] = {}
    for match in _LINK.finditer(text):
        told = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(match[2])}
        for relation in told.get("rel", "").split():
            found.setdefault(relation, {"url": match[1], **told})
    return found
