"""XML: every element of one name is a row, streamed; no document type, no entities of its own, nothing fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.parsers import expat  # DTDs are refused below, so that no entity can be declared

from msgspec import Struct, field

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weft.connectors.files.reading import Reading

_CHUNK = 1 << 16
_DEPTH = 100
_RECORD = 10_000_000
"""Characters of one record."""
_COLUMNS = 5_000
_NAMED = 8


def rows(path: Path, reading: Reading, shown: str) -> Iterator[Sequence[str]]:
    """The names of all columns in the order of their first appearance, then every record.

    An attribute and a child element of the record are columns by their names (`@name` for an attribute where there is
    an element of that name too); what has children or attributes itself, and what is repeated, is JSON text. Text
    of the record itself is the column `text`. Prefixes of namespaces are taken off.

    Raises:
        Invalid: not well-formed (with the line), a document type, a record that is too large or too deep; no name of
            the records.
    """
    if not reading.records:
        raise Invalid(
            f"it is not said which element of {shown} is one row",
            hint=f"Set 'records' of the stream. {_offer(path, reading, shown)}",
        )
    # The names must be known before the first row is written: the file is parsed twice rather than kept.
    columns: dict[tuple[str, bool], None] = {}
    for record in _records(path, reading, shown):
        columns.update(dict.fromkeys(record))
        if len(columns) > _COLUMNS:
            raise Invalid(
                f"the records of {shown} have more than {_COLUMNS} columns",
                hint=f"Is '{reading.records}' one row of a table? Set 'records' to another element.",
            )
    if not columns:
        return
    yield [f"@{name}" if attribute and (name, False) in columns else name for name, attribute in columns]
    for record in _records(path, reading, shown):
        yield [record.get(column, "") for column in columns]


def _offer(path: Path, reading: Reading, shown: str) -> str:
    counts: dict[str, int] = {}

    def count(name: str, _: Any) -> None:
        counts[_local(name)] = counts.get(_local(name), 0) + 1

    parser = _parser(shown, reading)
    parser.StartElementHandler = count
    for _ in _fed(parser, path, shown):
        pass
    found = sorted(counts, key=lambda name: -counts[name])[:_NAMED]
    return "It holds " + ", ".join(f"{name} ({counts[name]})" for name in found) + "."


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser(shown: str, reading: Reading) -> expat.XMLParserType:
    given = reading.dialect.encoding.lower().replace("_", "-")
    parser = expat.ParserCreate(None if given in ("utf-8", "utf8") else given)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Invalid(
            f"{shown} declares a document type in line {parser.CurrentLineNumber}, which is refused: it may define "
            "entities that grow without end or name other files",
            hint="Take the DOCTYPE out, or export it without.",
        )

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _fed(parser: expat.XMLParserType, path: Path, shown: str) -> Iterator[None]:
    """Parse the file in pieces; yields after each."""
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keywords
                yield
            parser.Parse(b"", True)  # noqa: FBT003
            yield
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "not well-formed"
        raise Invalid(
            f"{shown} is not complete XML: {reason} in line {error.lineno}, column {error.offset + 1}",
            hint="It may be cut off: fetch it again from where it came, or set 'format' to what it is.",
        ) from None
    except LookupError:
        raise Invalid(f"{shown} is written in an unknown encoding", hint="Set 'encoding' of the stream.") from None
    except OSError as error:
        raise Unavailable(f"{shown} cannot be read: {error.strerror}") from None


def _records(path: Path, reading: Reading, shown: str) -> Iterator[dict[tuple[str, bool], str]]:
    """Records as text by (name, whether an attribute)."""
    reader = _Reader(reading.records, shown)
    parser = _parser(shown, reading)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    for _ in _fed(parser, path, shown):
        yield from reader.done
        reader.done.clear()


class _Element(Struct):
    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "".join(self.text).strip()

    def json(self) -> Any:
        """Text, or an object of attributes (`@name`), children and text (`#text`)."""
        if not self.children and not self.attributes:
            return self.words
        made: dict[str, Any] = {f"@{name}": value for name, value in self.attributes.items()}
        for name, group in _grouped(self.children).items():
            made[name] = group[0].json() if len(group) == 1 else [one.json() for one in group]
        if self.words:
            made["#text"] = self.words
        return made

    def cells(self) -> dict[tuple[str, bool], str]:
        """The record's columns."""
        made = {(name, True): value for name, value in self.attributes.items()}
        for name, group in _grouped(self.children).items():
            told = group[0].json() if len(group) == 1 else [one.json() for one in group]
            made[name, False] = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
        if self.words:
            made["text", True] = self.words
        return made


def _grouped(children: Sequence[_Element]) -> dict[str, list[_Element]]:
    groups: dict[str, list[_Element]] = {}
    for child in children:
        groups.setdefault(child.name, []).append(child)
    return groups


class _Reader:
    """Builds the records, one at a time; what lies outside of them is passed over."""

    def __init__(self, records: str, shown: str) -> None:
        self._records, self._shown = records, shown
        self._open: list[_Element] = []
        self._size = 0
        self.done: list[dict[tuple[str, bool], str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = _local(name)
        if not self._open and local != self._records:
            return
        plain = {_local(key): value for key, value in attributes.items() if not key.startswith("xmlns")}
        element = _Element(local, plain)
        if self._open:
            self._open[-1].children.append(element)
        self._open.append(element)
        self._grow(len(local) + sum(len(k) + len(v) for k, v in plain.items()))

    def end(self, _: str) -> None:
        """An element ends."""
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            self.done.append(element.cells())
            self._size = 0

    def text(self, words: str) -> None:
        """Text of the innermost element."""
        if self._open:
            self._open[-1].text.append(words)
            self._grow(len(words))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _RECORD or len(self._open) > _DEPTH:
            raise Invalid(
                f"a record of {self._shown} is larger than {_RECORD / 1e6:.0f} million characters or deeper than "
                f"{_DEPTH} elements",
                hint=f"Is '{self._records}' one row of a table? Set 'records' to another element.",
            )
