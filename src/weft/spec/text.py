"""YAML read safely, with the position of every value.

Scalars follow the core schema of YAML 1.2: `yes`, `no`, `on`, `off` and dates stay text, and so does a number with
leading zeros, since nothing may be lost. Refused are tags, duplicate keys, several documents in one file, aliases
that expand to more than `EXPANDED` values, nesting beyond `DEEP` and files beyond `LARGE` bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from weft.errors import Invalid
from weft.kinds import spelling
from weft.model import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE = 1_000_000
"""Bytes of a file."""
DEEP = 100
"""Levels of nesting."""
EXPANDED = 10_000
"""Values that all aliases of a file may stand for together."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]*\.[0-9]+|[0-9]+\.?)(?:[eE][-+]?[0-9]+)?\Z")
_OTHER = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_MERGE = "<<\0"  # a key that no text can hold
_LONG = 300  # digits; Python refuses to read endless ones


class Unreadable(Exception):
    """A text that is not the YAML that weft reads; line and column count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Node(Struct):
    """A value with the place of it and of its keys (lines and columns from 1)."""

    value: Any
    line: int
    column: int
    items: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    raw: str | None = None
    """A plain scalar as it was written."""
    size: int = 1


class _Open(Struct):
    """A list or mapping that is being read."""

    node: Node
    anchor: str | None
    key: str | None = None


def resolve_plain(text: str) -> Any:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > _LONG:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text) and not re.match(r"[-+]?0[0-9]", text):
        return float(text)
    return int(text, 0) if _OTHER.match(text) else text


class _Builder:
    """Builds nodes from the events of libyaml, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._pending: set[str] = set()
        self._expanded = 0
        self._documents = 0
        self._actions = {
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "SequenceStartEvent": self._start,
            "MappingStartEvent": self._start,
            "SequenceEndEvent": self._end,
            "MappingEndEvent": self._end,
            "DocumentStartEvent": self._document,
        }

    def take(self, event: Any) -> None:
        action = self._actions.get(type(event).__name__)
        if action is not None:
            action(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _refuse("a second document starts here, one file holds one document", event)

    def _scalar(self, event: Any) -> None:
        if event.tag is not None:
            raise _refuse(f"the tag '{_short(event.tag)}' is not allowed, tags are not read", event)
        top = self._open[-1] if self._open else None
        text: str = event.value
        if top is not None and top.key is None and top.node.value.__class__ is dict:
            self._key(top, text, event)
            return
        plain = event.implicit[0]
        mark = event.start_mark
        value = resolve_plain(text) if plain else text
        self._add(Node(value, mark.line + 1, mark.column + 1, raw=text if plain else None), event.anchor)

    def _key(self, top: _Open, text: str, event: Any) -> None:
        mark = event.start_mark
        if text == "<<" and event.implicit[0]:
            text = _MERGE
        if text in top.node.keys:
            line = top.node.keys[text][0]
            raise _refuse(f"the key '{_short(text)}' stands twice, first in line {line}", event)
        top.key = text
        top.node.keys[text] = (mark.line + 1, mark.column + 1)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:
            inside = event.anchor in self._pending
            what = "stands inside of what it names" if inside else "names no anchor before it"
            raise _refuse(f"the alias '*{_short(event.anchor)}' {what}", event)
        self._expanded += node.size
        if self._expanded > EXPANDED:
            raise _refuse(f"aliases stand for more than {EXPANDED:,} values, allowed are at most so many", event)
        self._no_key(event)
        self._add(node, None)

    def _start(self, event: Any) -> None:
        if event.tag is not None:
            raise _refuse(f"the tag '{_short(event.tag)}' is not allowed, tags are not read", event)
        self._no_key(event)
        if len(self._open) >= DEEP:
            raise _refuse(f"values are nested deeper than {DEEP} levels", event)
        mark = event.start_mark
        value: Any = {} if type(event).__name__ == "MappingStartEvent" else []
        if event.anchor:
            self._pending.add(event.anchor)
        self._open.append(_Open(Node(value, mark.line + 1, mark.column + 1), event.anchor))

    def _end(self, _: Any) -> None:
        done = self._open.pop()
        node = done.node
        if node.value.__class__ is dict and _MERGE in node.value:
            _merge(node)
        node.size += sum(item.size for item in node.items.values())
        self._add(node, done.anchor)

    def _no_key(self, event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and top.key is None and top.node.value.__class__ is dict:
            raise _refuse("a key must be plain text", event)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._pending.discard(anchor)
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        parent = top.node
        if top.key is None:
            parent.items[len(parent.value)] = node
            parent.value.append(node.value)
        else:
            parent.items[top.key] = node
            parent.value[top.key] = node.value
            top.key = None


def _merge(node: Node) -> None:
    merged = node.items.pop(_MERGE)
    node.value.pop(_MERGE)
    line, column = node.keys.pop(_MERGE)
    parts = list(merged.items.values()) if merged.value.__class__ is list else [merged]
    for part in parts:
        if part.value.__class__ is not dict:
            raise Unreadable("'<<' merges mappings only", line, column)
        for key, item in part.items.items():
            if key not in node.items:
                node.items[key] = item
                node.value[key] = item.value
                node.keys[str(key)] = part.keys[str(key)]


@lru_cache(maxsize=2048)
def parse(content: bytes) -> Node:
    """Read one YAML document.

    Args:
        content: the bytes of the file, UTF-8 with or without byte-order mark.

    Returns:
        The root node; an empty text gives the value None. It is shared: do not change it.

    Raises:
        Unreadable: with what was found and where.
    """
    text = decode(content)
    import yaml  # needs some milliseconds

    loader = yaml.CSafeLoader(text)
    builder = _Builder()
    try:
        while loader.check_event():
            builder.take(loader.get_event())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable(f"this is not YAML: {_short(what, 160)}", line, column) from None
    except yaml.reader.ReaderError as error:
        line, column = place(text, error.position)
        code = error.character if isinstance(error.character, int) else ord(error.character)
        raise Unreadable(f"the character U+{code:04X} is not allowed in YAML", line, column) from None
    finally:
        loader.dispose()
    return builder.root or Node(None, 1, 1)


def load(content: bytes, file: str) -> Any:
    """The value of a YAML text that is no document of a mesh.

    Raises:
        Invalid: it cannot be read; says where.
    """
    try:
        return parse(content).value
    except Unreadable as error:
        raise Invalid(f"{file}:{error.line}:{error.column}: {error.message}") from None


def decode(content: bytes) -> str:
    """The text of a file, without byte-order mark.

    Raises:
        Unreadable: too large, or not UTF-8.
    """
    if len(content) > LARGE:
        raise Unreadable(f"the file has {len(content):,} bytes, allowed are {LARGE:,}", 1, 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = place(before, len(before))
        raise Unreadable(f"the byte 0x{content[error.start]:02x} is not UTF-8, files are UTF-8", line, column) from None


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def position(node: Node, path: Sequence[str | int], file: str) -> Position:
    """Where the value of a path stands: its key in a mapping, the value itself in a list.

    A path that leads to nothing gives the place of the nearest value above. Keys are found in any spelling.
    """
    line, column = node.line, node.column
    for step in path:
        key = _step(node, step)
        if key is None:
            continue  # pydantic puts names of union members into its paths
        child = node.items[key]
        line, column = node.keys[key] if isinstance(key, str) else (child.line, child.column)
        node = child
    return Position(file=file, line=line, column=column)


def find(node: Node, path: Sequence[str | int]) -> Node | None:
    """The node at a path, or none."""
    for step in path:
        inner = node.items.get(step)
        if inner is None:
            return None
        node = inner
    return node


def _step(node: Node, step: str | int) -> str | int | None:
    if step in node.items:
        return step
    if isinstance(step, int):
        return None
    return next((k for k in node.items if isinstance(k, str) and spelling(k) == spelling(step)), None)


def _short(text: str, length: int = 40) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _refuse(message: str, event: Any) -> Unreadable:
    return Unreadable(message, event.start_mark.line + 1, event.start_mark.column + 1)
