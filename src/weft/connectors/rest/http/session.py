"""What an authenticator may reach: the source's configuration with its secrets, tokens, the clock, token endpoints."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct, field

from weft.connectors.rest.expressions import NOW
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.connectors.rest.expressions import Template
    from weft.connectors.rest.http.guard import Guard
    from weft.connectors.rest.http.message import Answer, Request
    from weft.seams import Reach

_MARGIN = 60.0
"""Seconds before its end from which on a token is not used: a request takes its time, and clocks differ."""
_SHORT = 6
"""Characters: what is shorter is no secret, and taking it out of a message would only spoil it."""


class Token(Struct, frozen=True):
    """What a server gave for credentials."""

    value: str
    until: datetime | None = None
    """Until when it is used; None = that is not told, and a refusal tells."""

    __repr__ = object.__repr__  # it holds a secret

    def fresh(self, now: datetime) -> bool:
        """Whether it will still do."""
        return bool(self.value) and (self.until is None or now < self.until)


def usable(now: datetime, seconds: float) -> datetime:
    """Until when a token is used that lasts for so long."""
    return now + timedelta(seconds=seconds - min(_MARGIN, seconds / 4))


class Tokens(Struct):
    """Tokens of one source, shared by all its streams; they stay in memory."""

    known: dict[str, Token] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    __repr__ = object.__repr__  # they hold secrets


class Source(Struct, frozen=True):
    """What the documents say of a source."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """Its configuration; a secret is a text with the attribute `reference`."""
    base: str = ""
    """Base URL."""
    build: Callable[[Any], Request] | None = None
    """Makes a request of the fields that a manifest describes it by."""


class Session:
    """The credentials' side of a source.

    Args:
        reach: vault and clock.
        source: what the documents say of it.
        guard: of the hosts.
        send: how a request goes out without credentials; any answer below 500 but 429 comes back.
        tokens: shared by all streams of the source.
    """

    def __init__(
        self,
        reach: Reach,
        source: Source,
        guard: Guard,
        send: Callable[[Request], Answer],
        tokens: Tokens,
    ) -> None:
        self.vault, self.clock, self.send = reach.vault, reach.clock, send
        self.config, self._source = source.config, source
        self._names = {"config": source.config, NOW: reach.clock.now}
        self._guard, self._tokens = guard, tokens
        self._secrets: set[str] = set()
        for secret in _secrets(source.config):
            self.hide(secret)

    def text(self, template: Template | None) -> str:
        """A field's text, which may be a secret: it is for a request, not to be shown or kept."""
        return "" if template is None else template.text(self._names).rstrip("\r\n")

    def value(self, field: Any, **names: Any) -> Any:
        """A field's value: of objects and lists, of each text in it."""
        if isinstance(field, Mapping):
            return {str(self.value(key, **names)): self.value(one, **names) for key, one in field.items()}
        if isinstance(field, list | tuple):
            return [self.value(one, **names) for one in field]
        return field.render({**self._names, **names}) if hasattr(field, "render") else field

    def reference(self, template: Template | None) -> str:
        """The secret:// reference that a field leads to; empty when it leads to none."""
        value = None if template is None else template.render(self._names)
        return str(getattr(value, "reference", ""))

    def endpoint(self, template: Template) -> str:
        """A field's address, whose host may be asked if the manifest writes it out.

        One that comes from the configuration must be named by the connector: who may edit a source is not who may
        read its secrets.
        """
        url = self.text(template)
        before, expression, _ = str(template.source).partition("{{")
        if not expression or "/" in before.partition("://")[2]:
            self._guard.allow(url)
        return url

    def below(self, path: str) -> str:
        """An address below the base URL; a whole one stays as it is."""
        return path if "://" in path else f"{self._source.base.rstrip('/')}/{path.lstrip('/')}"

    def built(self, requester: Any) -> Request:
        """The request that a manifest describes, with its own credentials if it has some."""
        if self._source.build is None:
            raise Invalid("a login that a manifest describes goes with a manifest only")
        request = self._source.build(requester)
        return request if requester.auth is None else requester.auth.apply(request, self)

    def hide(self, secret: str) -> str:
        """The same, from now on taken out of every message."""
        if len(secret) >= _SHORT:
            self._secrets |= {secret, quote(secret, safe="")}
        return secret

    def clean(self, text: str) -> str:
        """A message without secrets."""
        for secret in sorted(self._secrets.copy(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def token(self, key: str, make: Callable[[], Token], seen: str = "") -> str:
        """A token that lasts; asked for once, also by several threads.

        Args:
            key: which token; holds no secret.
            make: asks for a new one.
            seen: the one that was refused.
        """
        with self._tokens.lock:
            known = self._tokens.known.get(key)
            if known is None or known.value == seen or not known.fresh(self.clock.now()):
                known = self._tokens.known[key] = make()
            return self.hide(known.value)

    def renewed(self, key: str, make: Callable[[], Token], answer: Answer) -> bool:
        """Whether there is another token than the one that an answer refused."""
        seen = answer.sent.token
        return bool(seen) and self.token(key, make, seen) != seen


def _secrets(config: Any) -> Iterator[str]:
    if isinstance(config, Mapping):
        for value in config.values():
            yield from _secrets(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _secrets(value)
    elif getattr(config, "reference", ""):
        yield str(config)
