"""The text of a template as plain text and tokens."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

LONG = 20_000
"""Characters of a template that holds expressions."""

_TOKEN = re.compile(
    r"""(?P<number>\d+\.\d+(?:[eE][-+]?\d+)?|\d+)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<sign>//|==|!=|<=|>=|[-+*/%~<>()\[\]{}.,:|=])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_SPACE = re.compile(r"\s*")
_DEPTH = {"{": 1, "}": -1}


class Mistake(ValueError):
    """An expression that cannot be understood; its text says what was found and what is allowed."""


class Token(NamedTuple):
    """A word of an expression."""

    sort: str
    """number, name, text, sign, end."""
    value: str
    at: int
    """Where it stands in the template."""


def pieces(template: str) -> list[str | list[Token]]:
    """Plain texts and the tokens of each expression, in their order.

    Raises:
        Mistake: a statement, an expression without end, a character that stands for nothing.
    """
    if "{%" in template:
        raise Mistake(
            f"'{{%' at character {template.index('{%') + 1} begins a statement, allowed are expressions: {{{{ ... }}}}"
        )
    found: list[str | list[Token]] = []
    at = 0
    while (start := template.find("{{", at)) >= 0:
        if len(template) > LONG:
            raise Mistake(f"a text with expressions has {len(template):,} characters, allowed are {LONG:,}")
        if start > at:
            found.append(template[at:start])
        tokens, at = _tokens(template, start)
        found.append(tokens)
    if at < len(template) or not found:
        found.append(template[at:])
    return found


def _tokens(template: str, start: int) -> tuple[list[Token], int]:
    """The tokens of the expression that begins there, and where it ends."""
    at = start + 2 + template.startswith("-", start + 2)
    tokens: list[Token] = []
    depth = 0
    while True:
        at = _SPACE.match(template, at).end()  # type: ignore[union-attr]  # matches the empty text
        if depth == 0 and (end := _end(template, at)):
            tokens.append(Token("end", "}}", at))
            return tokens, end
        match = _TOKEN.match(template, at)
        if match is None:
            raise Mistake(_stuck(template, start, at))
        sort = str(match.lastgroup)
        tokens.append(Token(sort, match[0], at))
        if sort == "sign":
            depth += _DEPTH.get(match[0], 0)
        at = match.end()


def _end(template: str, at: int) -> int:
    for mark in ("}}", "-}}"):
        if template.startswith(mark, at):
            return at + len(mark)
    return 0


def _stuck(template: str, start: int, at: int) -> str:
    if at >= len(template):
        return f"the expression that begins at character {start + 1} has no end: '}}}}' is missing"
    letter = template[at]
    if letter in "'\"":
        return f"the text that begins at character {at + 1} has no end: {letter} is missing"
    return f"'{letter}' at character {at + 1} has no meaning in an expression"


def unquoted(token: Token) -> str:
    """The text that a quoted one stands for.

    Raises:
        Mistake: an escape that is none.
    """
    try:
        return str(ast.literal_eval(token.value.replace("\n", "\\n")))
    except (SyntaxError, ValueError):
        raise Mistake(f"the text at character {token.at + 1} has an escape that is none") from None
