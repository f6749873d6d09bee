"""A source that is open: its system can be asked, its streams are known."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from msgspec import Struct, field
from pydantic import ValidationError

from weft.connectors.rest.asking import Setup, opened
from weft.connectors.rest.auth.no_auth import NoAuth
from weft.connectors.rest.decoders.json_decoder import JsonDecoder
from weft.connectors.rest.errors.default_error_handler import DefaultErrorHandler
from weft.connectors.rest.expressions import NOW
from weft.connectors.rest.http.guard import origin
from weft.connectors.rest.http.pace import Pace
from weft.connectors.rest.manifest.config import REFERENCE
from weft.connectors.rest.paging.no_pagination import NoPagination
from weft.connectors.rest.reading.hooks import Hooked, Hooks
from weft.connectors.rest.reading.pages import Listing, pages
from weft.connectors.rest.reading.request import build
from weft.connectors.rest.secret import Secret
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.connectors.rest.asking import Fetch
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.http.network import Network
    from weft.connectors.rest.manifest.connector import Manifest
    from weft.connectors.rest.manifest.dynamic import DynamicStream
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.paging.base import Paging
    from weft.connectors.rest.reading.request import Put
    from weft.seams import Reach


class Account(Protocol):
    """A source of a system that a manifest describes."""

    @property
    def manifest(self) -> Manifest:
        """How to speak to the system."""

    @property
    def home(self) -> Path | None:
        """Folder of hooks.py; none: in the mesh's folder."""

    def config(self) -> dict[str, Any]:
        """Its configuration."""

    def network(self) -> Network:
        """How the system is reached."""


class Opened(Struct, frozen=True, dict=True):
    """A source, its secrets resolved."""

    connector: Account
    reach: Reach
    fetch: Fetch
    config: dict[str, Any]
    base: str
    pace: Pace
    properties: dict[Any, list[str]] = field(default_factory=dict)
    """Names of properties that the system told in this read, by what was asked."""
    lists: dict[int, dict[str, Stream]] = field(default_factory=dict)
    """Streams of each list that was asked for."""

    __repr__ = object.__repr__  # its configuration holds secrets

    @property
    def manifest(self) -> Manifest:
        """How to speak to the system."""
        return self.connector.manifest

    def names(self, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """What expressions may always speak of."""
        return {"config": self.config, "parameters": parameters or {}, NOW: self.reach.clock.now}

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.pace.sleep(seconds)

    def file(self) -> Path:
        """A file of its own in the read's temporary folder."""
        return self.reach.scratch / f"download-{uuid4().hex}"

    def hooks(self, stream: Stream) -> Hooks:
        """The hooks of a stream."""
        return _hooks(self.connector, self.reach, getattr(stream, "hooks", ()))

    @cached_property
    def dynamic(self) -> dict[str, Stream]:
        """Streams that the system or the configuration lists; the first of a name counts."""
        found: dict[str, Stream] = {}
        for place in range(len(self.manifest.dynamic_streams)):
            found = {**self._streams(place), **found}
        return found

    def stream(self, name: str) -> Stream:
        """The stream of that name; of the lists of streams no more are asked for than it takes to find it.

        Raises:
            Invalid: there is none; lists those that there are. Or the configuration gives a name that is taken.
        """
        for place, listed in enumerate(self.manifest.dynamic_streams):
            if listed.stream_config is not None:
                self._streams(place)
        lists = (self._streams(place) for place in range(len(self.manifest.dynamic_streams)))
        found = self.manifest.streams.get(name) or next((one[name] for one in lists if name in one), None)
        if found is None:
            known = sorted({*self.manifest.streams, *self.dynamic})
            shown = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
            raise Invalid(f"'{self.manifest.name}' has no stream '{name}'", hint=f"There are {shown or 'none'}.")
        return found

    def listing(self, name: str, asked: Any, names: Names, puts: tuple[Put, ...] = (), **other: Any) -> Listing:
        """A request of a stream, ready to be asked for page by page.

        Args:
            name: of the stream, for messages.
            asked: a stream, or another requester.
            names: what expressions may speak of.
            puts: request options with their values.
            other: paging, decoder, extractor, where not the stream's own; `of`, the stream that another request is for.
        """
        fetch = self.fetch.of(name, asked.errors, self._auth(asked, other.get("of", asked)))
        paging: Paging = other.get("paging") or getattr(asked, "pagination", None) or NoPagination()
        decoder = other.get("decoder") or getattr(asked, "decoder", None) or JsonDecoder()
        extractor = other.get("extractor") or getattr(asked, "records", None)
        return Listing(fetch, asked, paging, decoder, extractor, self.base, puts)

    def _auth(self, asked: Any, of: Any) -> Any:
        """Who asks, where it is not as everywhere; the hook is asked as well."""
        own = asked.auth or of.auth
        if not (own or "authenticate" in getattr(of, "hooks", ())):
            return None
        hook = self.hooks(of).get("authenticate")
        return own if hook is None else Hooked(inner=own or self.manifest.auth or NoAuth(), hook=hook)

    def _streams(self, place: int) -> dict[str, Stream]:
        """What one list of streams names."""
        if place not in self.lists:
            found: dict[str, Stream] = {}
            listed = self.manifest.dynamic_streams[place]
            for name, stream in self._listed(listed):
                if listed.stream_config is not None and (name in found or name in self.manifest.streams):
                    whose = "itself twice" if name in found else f"as '{self.manifest.name}' names one of its own"
                    raise Invalid(
                        f"the source's configuration names the stream '{name}' {whose}",
                        hint=f"Give it another name in '{'.'.join(listed.stream_config.configs_pointer)}'.",
                    )
                found.setdefault(name, stream)
            self.lists[place] = found
        return self.lists[place]

    def _listed(self, dynamic: DynamicStream) -> Iterator[tuple[str, Stream]]:
        for found in self._found(dynamic):
            names = {**self.names(found), "components_values": found, "record": found}
            if dynamic.condition is not None and not dynamic.condition.render(names):
                continue
            try:
                yield dynamic.name.text(names), dynamic.stream(found, self.config)
            except ValidationError as error:
                raise Invalid(
                    f"a dynamic stream of '{self.manifest.name}' does not fit: {error.errors()[0]['msg']}",
                    hint="Mend 'template' or 'componentsMapping' of the manifest.",
                ) from None

    def _found(self, dynamic: DynamicStream) -> Iterator[dict[str, Any]]:
        if dynamic.requester is not None:
            names = self.names(dynamic.requester.parameters)
            for got in pages(self.listing("(list of streams)", dynamic.requester, names), names):
                yield from got.page.dicts()
            return
        value: Any = self.config
        for step in dynamic.stream_config.configs_pointer if dynamic.stream_config else ():
            value = value.get(step) if isinstance(value, dict) else None
        yield from (item if isinstance(item, dict) else {"value": item} for item in value or ())


_SHOWN = 50


@contextmanager
def open_source(connector: Account, reach: Reach) -> Iterator[Opened]:
    """Open a source.

    Raises:
        Invalid: a secret is no reference, an expression of the manifest cannot be computed.
        Unavailable: a secret is not there.
    """
    config = _resolved(connector.config(), reach)
    manifest, names = connector.manifest, {"config": config, NOW: reach.clock.now}
    base = manifest.base_url.text(names) if manifest.base_url else ""
    auth = manifest.auth or NoAuth()
    hook = _hooks(connector, reach).get("authenticate")
    setup = Setup(
        system=manifest.name,
        hosts=_hosts(manifest, names, base),
        config=config,
        network=connector.network(),
        auth=auth if hook is None else Hooked(inner=auth, hook=hook),
        errors=manifest.errors or DefaultErrorHandler(),
        budget=manifest.limits.budget,
        seats=manifest.limits.max_concurrency,
        base=base,
        build=lambda requester: build(requester, names, base),
    )
    pace = Pace.of(reach.clock)
    with opened(reach, setup, pace) as fetch:
        yield Opened(connector, reach, fetch, config, base, pace)


def _hosts(manifest: Manifest, names: Names, base: str) -> tuple[str, ...]:
    """Hosts that the manifest names: of its base, of addresses that it writes out, and in `hosts`."""
    found = [host.text(names) for host in manifest.hosts]
    addresses = [base] if base else []
    addresses += [str(s.url.source) for s in manifest.streams.values() if s.url is not None and s.url.constant]
    found += [origin(address).place for address in addresses]
    return tuple(dict.fromkeys(host for host in found if host))


def _hooks(connector: Account, reach: Reach, more: tuple[str, ...] = ()) -> Hooks:
    manifest = connector.manifest
    folder = connector.home or reach.folder / "connectors" / manifest.name
    return Hooks(manifest.name, folder, (*manifest.hooks, *more))


def _resolved(value: Any, reach: Reach) -> Any:
    if isinstance(value, str) and value.startswith(REFERENCE):
        return Secret.of(reach.vault.get(value), value)
    if isinstance(value, dict):
        return {key: _resolved(item, reach) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(item, reach) for item in value]
    return value
