"""OpenLineage events to an endpoint or a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from weft.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from weft.seams import Outlet

KEY = "OPENLINEAGE_API_KEY"
"""The standard's variable of the bearer token."""


def outlet(place: str, folder: Path, seconds: float = 30.0) -> Outlet:
    """The outlet of a URL, or of a file.

    Args:
        place: http(s) URL; else a path, relative to the folder.
        folder: where relative paths start.
        seconds: how long an endpoint may take for one event.
    """
    if place.startswith(("http://", "https://")):
        return Endpoint(place, seconds)
    return Lines(folder / place)


class Lines(Struct, frozen=True):
    """A file with an event a line."""

    path: Path

    def put(self, event: str) -> None:
        """See `seams.Outlet`."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{event}\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unavailable(f"'{self.path.name}' cannot be written: {why}", hint="Look at the disk.") from None


class Endpoint(Struct, frozen=True):
    """What takes OpenLineage events by HTTP."""

    url: str
    seconds: float

    def put(self, event: str) -> None:
        """See `seams.Outlet`."""
        import http.client
        import urllib.error
        import urllib.request

        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url, event.encode(), headers)  # noqa: S310 - http and https only
        try:
            urllib.request.urlopen(request, timeout=self.seconds).close()  # noqa: S310 - the same
        except urllib.error.HTTPError as error:
            error.close()
            hint = "Look at its log, then export again."
            raise Unavailable(f"the endpoint answered {error.code}", hint=hint) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(getattr(error, "reason", error), "strerror", None) or type(error).__name__
            raise Unavailable(f"the endpoint cannot be reached: {why}", hint="Export again later.") from None
