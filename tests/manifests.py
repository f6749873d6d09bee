"""A source made of a manifest, read from a server whose answers a test writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from web import Told
from weft.connectors.rest.load import connector

if TYPE_CHECKING:
    from collections.abc import Callable

    from web import Asked
    from weft.model import Batch


def source(site: Any, streams: str | dict[str, Any], **said: Any) -> Any:
    """A source of a manifest with these streams (YAML), at the site."""
    given = yaml.safe_load(streams) if isinstance(streams, str) else streams
    config = said.pop("values", {})
    manifest = {"name": "shop", "baseUrl": site.url, "streams": given, **said}
    return connector(manifest)(privateNetwork=True, **config)


def answers(routes: dict[str, Any] | Callable[[Asked], Any]) -> Callable[[Asked], Told]:
    """JSON by path, or by a function of what is asked; a Told as it is."""

    def answer(asked: Asked) -> Told:
        found = routes(asked) if callable(routes) else routes[asked.path]
        found = found(asked) if callable(found) else found
        return found if isinstance(found, Told) else Told(body=json.dumps(found).encode())

    return answer


class Reader:
    """Reads a stream again and again, as a run does: each time from the last batch's cursor."""

    def __init__(self, of: Any, reach: Any, stream: str, key: str = "id", **settings: Any) -> None:
        self.of, self.reach, self.stream, self.key = of, reach, stream, key
        self.settings = of.stream_schema().model_validate(settings)
        self.cursor: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        """As a table without a key holds them."""
        self.table: dict[Any, dict[str, Any]] = {}
        """As a keyed table holds them."""
        self.modes: list[str] = []

    def read(self, window: Any = None, batches: int | None = None) -> list[dict[str, Any]]:
        """Read, and take at most so many batches: then the process dies."""
        new: list[dict[str, Any]] = []
        self.modes = []
        reading = self.of.read(self.reach, self.stream, self.settings, self.cursor, window)
        for number, batch in enumerate(reading, 1):
            new += self.take(batch, moves=window is None)
            if number == batches:
                reading.close()
                break
        return new

    def take(self, batch: Batch, *, moves: bool = True) -> list[dict[str, Any]]:
        rows = batch.scan.reader.read_all().to_pylist()
        self.modes.append(batch.mode)
        if batch.mode == "replace":
            self.table.clear()
            self.rows.clear()
        if batch.mode == "delete":
            for row in rows:
                self.table.pop(str(row[self.key]), None)
        elif batch.mode == "keys":
            held = {str(row[self.key]) for row in rows}
            self.table = {key: row for key, row in self.table.items() if key in held}
        else:
            self.table |= {str(row.get(self.key)): row for row in rows}
            self.rows += rows
        if moves:
            self.cursor = json.loads(json.dumps(batch.cursor))
        return rows if batch.mode in ("append", "replace") else []
