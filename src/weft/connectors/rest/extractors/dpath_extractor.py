"""The kind `DpathExtractor`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

from weft.connectors.rest.expressions import Template
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.connectors.rest.decoders.flowing import Decoder
    from weft.connectors.rest.rows.page import Page


def _keys(value: Any) -> Any:
    return [part for part in value.split(".") if part] if isinstance(value, str) else value


class DpathExtractor(Kind):
    """The records lie at a path: a list is the records, an object is one."""

    field_path: Annotated[tuple[Template, ...], BeforeValidator(_keys)] = ()
    """Keys, `*` = all values of a list or object; empty = the answer itself."""

    def page(self, decoder: Decoder, body: bytes, names: Mapping[str, Any]) -> Page:
        """The records of an answer."""
        return decoder.page(body, self.path(names))

    def pages(self, decoder: Decoder, stream: IO[bytes], names: Mapping[str, Any]) -> Iterator[Page]:
        """The records of a download."""
        yield from decoder.pages(stream, self.path(names))

    def path(self, names: Mapping[str, Any]) -> tuple[str, ...]:
        """Where they lie."""
        return tuple(key.text(names) for key in self.field_path)
