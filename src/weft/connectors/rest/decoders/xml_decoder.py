"""The kind `XmlDecoder`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat  # DTDs are refused below, so that no entity can be declared

from weft.connectors.rest.decoders.flowing import whole
from weft.connectors.rest.rows import split
from weft.connectors.rest.rows.page import encode
from weft.errors import Broken
from weft.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.page import Page

_DEPTH = 100


class XmlDecoder(Kind):
    """The answer is XML: elements are objects, `@name` an attribute, `#text` text beside others; all values are text.

    An element of text alone is that text, an empty one is null, a repeated one is a list.
    """

    def page(self, body: bytes, path: tuple[str, ...] = ()) -> Page:
        """The elements that lie at a path, which starts with the document's element."""
        return split.page(encode(_parsed(body)), path)

    def pages(self, stream: IO[bytes], path: tuple[str, ...] = ()) -> Iterator[Page]:
        """One page."""
        yield self.page(whole(stream), path)


def _parsed(body: bytes) -> dict[str, Any]:
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = tree.refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        raise Broken(
            f"the answer is not complete XML: {expat.ErrorString(error.code)} in line {error.lineno}",
            hint="It may be cut off, or be something else than XML: look at what the system answers.",
        ) from None
    return tree.root


class _Tree:
    """Objects of the elements that are open, from the document inwards."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = [self.root]
        self._words: list[list[str]] = [[]]

    def start(self, _: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if len(self._open) > _DEPTH:
            raise Broken(f"the answer is nested deeper than {_DEPTH} elements")
        self._open.append({f"@{name}": value for name, value in attributes.items()})
        self._words.append([])

    def text(self, words: str) -> None:
        """Text of the innermost element."""
        self._words[-1].append(words)

    def end(self, name: str) -> None:
        """An element ends."""
        fields, words = self._open.pop(), "".join(self._words.pop()).strip()
        if fields and words:
            fields["#text"] = words
        value: Any = fields or words or None
        around = self._open[-1]
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]

    def refuse(self, *_: object) -> None:
        """A document type may define entities that grow without end, or name files."""
        raise Broken("the answer declares a document type, which is refused", hint="It is no plain XML.")
