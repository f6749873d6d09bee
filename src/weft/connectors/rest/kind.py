"""A connector that a manifest describes, as a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from weft.connectors.rest.http.network import Network
from weft.connectors.rest.settings import RestStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weft.connectors.rest.manifest.connector import Manifest
    from weft.connectors.rest.reading.glimpses import Choose
    from weft.model import Batch, Consent, StreamInfo
    from weft.seams import Allowance, Glimpse, Reach, Window


class Rest(Network):
    """Base of the kinds that manifests make: their fields are the configuration of a source."""

    manifest: ClassVar[Manifest]
    home: ClassVar[Path | None] = None
    """Folder of its hooks.py; none: in the mesh's folder."""

    def config(self) -> dict[str, Any]:
        """The configuration by the names that the manifest gives; what is not set is left out."""
        own = {f.alias: getattr(self, name) for name, f in type(self).model_fields.items() if name not in _NETWORK}
        return {str(name): value for name, value in own.items() if value is not None}

    def network(self) -> Network:
        """How its system is reached."""
        return Network(**{name: getattr(self, name) for name in _NETWORK})

    @property
    def streams_at_once(self) -> int:
        """Streams that may be read at once."""
        return self.manifest.limits.concurrency

    @property
    def known_streams(self) -> tuple[str, ...]:
        """Names of its streams; empty where the system or the configuration lists them."""
        return () if self.manifest.dynamic_streams else tuple(self.manifest.streams)

    def stream_schema(self) -> type[RestStream]:
        """Settings of one stream."""
        return RestStream

    def test(self, reach: Reach) -> None:
        """Read one page of the streams that the manifest names for it.

        Raises:
            WeftError: what stands in the way.
        """
        from weft.connectors.rest.reading.look import test

        test(self, reach)

    def discover(self, reach: Reach, streams: Mapping[str, Any]) -> tuple[StreamInfo, ...]:
        """All streams with their columns, keys and descriptions."""
        from weft.connectors.rest.reading.look import discover

        return discover(self, reach, streams)

    def look(
        self, reach: Reach, streams: Mapping[str, Any], choose: Choose, allowance: Allowance
    ) -> tuple[tuple[StreamInfo, ...], dict[str, Glimpse]]:
        """All streams, and a page of some of them, within an allowance; see `seams.Glimpsing`."""
        from weft.connectors.rest.reading.glimpses import look

        return look(self, reach, streams, choose, allowance)

    def read(
        self, reach: Reach, stream: str, settings: Any, cursor: Mapping[str, Any], window: Window | None = None
    ) -> Iterator[Batch]:
        """Batches from where the cursor stands.

        Raises:
            WeftError: what stands in the way.
        """
        from weft.connectors.rest.reading.read import read

        return read(self, reach, (stream, settings), (cursor, window))

    def begin(self, reach: Reach, redirect: str) -> Consent:
        """Where a person allows it; see `seams.Consenting`.

        Raises:
            Invalid: nobody logs in with a browser.
        """
        from weft.connectors.rest.reading.login import begin

        return begin(self, reach, redirect)

    def finish(self, reach: Reach, asked: Consent, answered: Mapping[str, str]) -> str:
        """What the vault shall keep; see `seams.Consenting`.

        Raises:
            WeftError: what stands in the way.
        """
        from weft.connectors.rest.reading.login import finish

        return finish(self, reach, asked, answered)

    def sample(
        self, reach: Reach, stream: str, settings: Any, _cursor: Mapping[str, Any], _window: Window | None = None
    ) -> Iterator[Batch]:
        """The first page alone, as a batch.

        Raises:
            WeftError: what stands in the way.
        """
        from weft.connectors.rest.reading.look import sample

        return sample(self, reach, stream, settings)


_NETWORK = frozenset(Network.model_fields)
