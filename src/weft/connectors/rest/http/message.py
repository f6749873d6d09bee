"""What is asked and what is answered."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
GOOD = range(200, 300)
"""Statuses of success."""


class Headers(Mapping[str, str]):
    """Header fields; their names are alike in any case. Of several of one name the values are joined by `, `."""

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in fields.items() if isinstance(fields, Mapping) else fields:
            key = name.lower()
            known = f"{self._fields[key][1]}, " if key in self._fields else ""
            self._fields[key] = (name, known + value)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def get(self, name: str, default: Any = None) -> Any:
        """A field's value; without raising where there is none, since most that are asked for are not there."""
        found = self._fields.get(name.lower())
        return default if found is None else found[1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)


class Request(Struct, frozen=True):
    """One request; never shown whole, since parameters, headers and body may hold secrets."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    """Added to those that the URL has."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool | None = None
    """Whether it may be sent twice; None = as the method says (RFC 9110, 9.2.2)."""
    token: str = ""
    """The token that it was signed with, so that of two refused ones only the first renews it."""

    @property
    def again(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.method.upper() in _REPEATABLE if self.repeatable is None else self.repeatable

    @property
    def whole_url(self) -> str:
        """The URL with the parameters."""
        if not self.params:
            return self.url
        base, hash_, fragment = self.url.partition("#")
        glue = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
        return f"{base}{glue}{urlencode(self.params, quote_via=quote)}{hash_}{fragment}"

    @property
    def path(self) -> str:
        """For messages: without the query."""
        return urlsplit(self.url).path or "/"

    def headed(self, name: str, value: str) -> Request:
        """With this header in place of any of that name."""
        others = {key: text for key, text in self.headers.items() if key.lower() != name.lower()}
        return replace(self, headers={**others, name: value})

    def carrying(self, token: str) -> Request:
        """With the token that it was signed with."""
        return replace(self, token=token)

    def signed(self, header: str, value: str, token: str) -> Request:
        """With a token in a header."""
        return self.headed(header, value).carrying(token)

    def asked(self, name: str, value: str) -> Request:
        """With this parameter in place of any of that name."""
        return replace(self, params=(*(pair for pair in self.params if pair[0] != name), (name, value)))

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


class Answer(Struct, frozen=True, dict=True):
    """What came back; `body` is empty where it went to a file."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    sent: Request
    """As it went out."""
    ignored: bool = False
    """The error handler says to go on as if there were nothing."""
    reset: bool = False
    """The error handler says to begin the pages again."""

    @property
    def good(self) -> bool:
        """Whether the status is one of success."""
        return self.status in GOOD

    @cached_property
    def json(self) -> Any:
        """The body as a JSON value; None when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return self._lenient()

    def _lenient(self) -> Any:
        """Some systems write a mark of the order of bytes, or NaN."""
        try:
            return json.loads(self.body.removeprefix(BOM_UTF8))
        except (ValueError, RecursionError):
            return None

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"
