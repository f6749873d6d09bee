"""What the hook `partitions` may look at and ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.rest.manifest.requester import Requester
from weft.connectors.rest.reading.request import build

if TYPE_CHECKING:
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.opened import Opened


class Context(Struct, frozen=True):
    """The source, and a way to ask its system."""

    opened: Opened
    stream: str
    """Name of the stream that is read."""
    names: Names
    of: Stream
    """The stream itself."""

    @property
    def config(self) -> dict[str, Any]:
        """The source's configuration, secrets resolved."""
        return self.opened.config

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the stream."""
        found: dict[str, Any] = self.names["parameters"]
        return found

    def ask(self, path: str, **said: Any) -> Any:
        """Ask the system, as the stream does: authenticated, limited, again where that helps.

        Args:
            path: from the base URL.
            said: further fields of a requester: method, params, headers, json, repeatable.

        Returns:
            The answer as a JSON value; none when it is no JSON.
        """
        requester = Requester.model_validate({"path": path, **said})
        listing = self.opened.listing(self.stream, requester, self.names, of=self.of)
        return listing.fetch.send(build(requester, self.names, self.opened.base)).json
