"""The kind `ZipfileDecoder`."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING, Annotated, Any

from pydantic import Field

from weft.connectors.rest.decoders.flowing import Text
from weft.connectors.rest.decoders.packed import UNPACKED, members, unpacked
from weft.connectors.rest.parts import Part
from weft.connectors.rest.rows.page import Page
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


class ZipfileDecoder(Kind):
    """The answer is a zip archive; all its members are read, one after the other."""

    decoder: Annotated[Any, Part("decoders")] = Field("JsonDecoder", validate_default=True)
    """How a member is written."""
    unpacked_limit: int = Field(UNPACKED, ge=1)
    """MB that all members together may unpack to."""

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """All records of all members."""
        return Page.joined(self.pages(BytesIO(body), path))

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """As the inner decoder cuts them."""
        for name in members(stream, self.unpacked_limit):
            member: Any = Text(unpacked(stream, name, self.unpacked_limit))
            yield from self.decoder.pages(member, path)
