"""Rules put into the text of a contract: everything else stays as its author wrote it, comments included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Invalid
from weft.spec.text import Node, decode, find, parse
from weft.spec.write import flow, rule_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.model import Rule

    Path = tuple[str | int, ...]


def insert_rules(content: bytes, rules: Mapping[Path, Sequence[Rule]]) -> bytes:
    """The contract with more rules.

    Args:
        content: an ODCS document.
        rules: by path of the table (`schema`, 0) or property (`schema`, 0, `properties`, 2) that they are to stand on.

    Raises:
        Invalid: the text is laid out in a way that cannot be added to.
    """
    root, text = parse(content), decode(content)
    places = [_place(root, path, [_written(rule) for rule in some], text) for path, some in rules.items() if some]
    for offset, added in sorted(places, reverse=True):
        text = text[:offset] + added + text[offset:]
    return text.encode()


def _written(rule: Rule) -> str:
    return flow(rule_fields(rule))


def _place(root: Node, path: Path, items: list[str], text: str) -> tuple[int, str]:
    """Where to put what."""
    node = find(root, path)
    if node is None or not isinstance(node.value, dict):
        raise Invalid(f"the contract has nothing at {'.'.join(map(str, path))}")
    inner = node.items.get("quality")
    if inner is not None:
        return _more(inner, items, text)
    begin = _offset(text, node.line, node.column)
    if text[begin] == "{":
        return begin + 1, f"quality: [{', '.join(items)}], "
    line, column = node.keys["name"]
    if _offset(text, line, column) < begin:
        raise Invalid(f"the layout at line {node.line} cannot be added to", hint="Add the rules by hand.")
    # `name` is one line, so what comes behind it is the next key.
    margin = " " * (column - 1)
    body = "".join(f"{margin}  - {item}\n" for item in items)
    return _after(text, line), f"{margin}quality:\n{body}"


def _more(inner: Node, items: list[str], text: str) -> tuple[int, str]:
    begin = _offset(text, inner.line, inner.column)
    if text[begin : begin + 1] == "[":
        behind = ", " if inner.value else ""
        return begin + 1, ", ".join(items) + behind
    if not isinstance(inner.value, list) or text[begin : begin + 1] != "-":
        raise Invalid(f"'quality' at line {inner.line} is no list that can be added to", hint="Add the rules by hand.")
    margin = " " * (inner.column - 1)
    first = _offset(text, inner.line, 1)
    return first, "".join(f"{margin}- {item}\n" for item in items)


def _offset(text: str, line: int, column: int) -> int:
    rows = text.split("\n")[: line - 1]
    return sum(len(row) + 1 for row in rows) + column - 1


def _after(text: str, line: int) -> int:
    """The begin of the line behind that one."""
    end = text.find("\n", _offset(text, line, 1))
    return len(text) if end < 0 else end + 1
