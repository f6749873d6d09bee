"""The kind `ResponseToFileExtractor`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.connectors.rest.decoders.flowing import Decoder
    from weft.connectors.rest.rows.page import Page


class ResponseToFileExtractor(Kind):
    """The answer is a file of records: of a CSV download every line is one."""

    def page(self, decoder: Decoder, body: bytes, names: Mapping[str, Any]) -> Page:
        """The records of an answer."""
        del names
        return decoder.page(body)

    def pages(self, decoder: Decoder, stream: IO[bytes], names: Mapping[str, Any]) -> Iterator[Page]:
        """The records of a download."""
        del names
        yield from decoder.pages(stream)

    def path(self, names: Mapping[str, Any]) -> tuple[str, ...]:
        """Where they lie: the answer is nothing else."""
        del names
        return ()
