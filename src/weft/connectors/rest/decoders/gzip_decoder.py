"""The kind `GzipDecoder`."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING, Annotated, Any

from pydantic import Field

from weft.connectors.rest.decoders.flowing import Text, pieces
from weft.connectors.rest.decoders.packed import UNPACKED, unpacked
from weft.connectors.rest.parts import Part
from weft.connectors.rest.rows.page import Page
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"\x1f\x8b"


class GzipDecoder(Kind):
    """The answer is compressed by gzip; where the transport has unpacked it already it is taken as it is."""

    decoder: Annotated[Any, Part("decoders")] = Field("JsonDecoder", validate_default=True)
    """How the unpacked answer is written."""
    unpacked_limit: int = Field(UNPACKED, ge=1)
    """MB that it may unpack to."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """All records."""
        return Page.joined(self.pages(BytesIO(body), path))

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """As the inner decoder cuts them."""
        first = stream.read(len(_MAGIC))
        whole: Any = Text(pieces(stream), first)
        yield from self.decoder.pages(
            Text(unpacked(whole, "", self.unpacked_limit)) if first == _MAGIC else whole, path
        )
