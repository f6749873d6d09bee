"""JQL as far as readers need it: clauses over fields, AND, OR, NOT, and an order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft_vendors.atlassian.wire import bad

if TYPE_CHECKING:
    from weft_vendors.core.lagging import Seen

_TOKEN = re.compile(
    r"""\s*(?:("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(!=|>=|<=|!~|[=<>~(),])|(cf\[\d+\]|[^\s=<>!~(),"']+))"""
)
MAX_ORDER = 7
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."

Predicate = Callable[["Seen"], bool]


@dataclass(frozen=True)
class Token:
    """A word, a quoted text, or an operator."""

    text: str
    quoted: bool = False

    def word(self, *names: str) -> bool:
        """Is it one of these key words?"""
        return not self.quoted and self.text.lower() in names


@dataclass(frozen=True)
class Clause:
    """`field operator value(s)`."""

    field: Token
    operator: str
    values: tuple[Token, ...]


@dataclass(frozen=True)
class Query:
    """A parsed text."""

    where: Predicate
    order: tuple[tuple[Token, bool], ...]
    """Field, and whether it descends."""


def parse(text: str, clause: Callable[[Clause], Predicate]) -> Query:
    """The query; `clause` makes a predicate of each clause.

    Raises:
        Refused: 400, as Jira words it.
    """
    reader = _Reader(_tokens(text), clause)
    if not reader.tokens or reader.at_order():
        raise bad(UNBOUNDED)
    where = reader.any()
    order = reader.order()
    if reader.tokens:
        raise _expected("an operator or the end of the query", reader.tokens[0])
    return Query(where, order)


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise bad(f"Error in the JQL Query: The quoted string '{text[at:].strip()[:20]}' has not been completed.")
        quoted, operator, word = match.groups()
        found.append(Token(re.sub(r"\\(.)", r"\1", quoted[1:-1]), quoted=True) if quoted else Token(operator or word))
        at = match.end()
    return found


def _expected(what: str, token: Token | None) -> Exception:
    got = f"but got '{token.text}'" if token else "before the end of the query"
    return bad(f"Error in the JQL Query: Expecting {what} {got}.")


class _Reader:
    def __init__(self, tokens: list[Token], clause: Callable[[Clause], Predicate]) -> None:
        self.tokens, self._clause = tokens, clause

    def any(self) -> Predicate:
        parts = [self._all()]
        while self._take("or", "||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda seen: any(part(seen) for part in parts)

    def order(self) -> tuple[tuple[Token, bool], ...]:
        if not self.at_order():
            return ()
        del self.tokens[:2]
        found: list[tuple[Token, bool]] = []
        while True:
            field = self._next("a field name")
            down = self._take("desc") or (self._take("asc") and False)
            found.append((field, bool(down)))
            if not self._take(","):
                break
        if len(found) > MAX_ORDER:
            raise bad(f"The maximum number of fields to order by is {MAX_ORDER}.")
        return tuple(found)

    def at_order(self) -> bool:
        return len(self.tokens) > 1 and self.tokens[0].word("order") and self.tokens[1].word("by")

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._take("and", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda seen: all(part(seen) for part in parts)

    def _one(self) -> Predicate:
        if self._take("not", "!"):
            inner = self._one()
            return lambda seen: not inner(seen)
        if self._take("("):
            inside = self.any()
            if not self._take(")"):
                raise _expected("')'", self.tokens[0] if self.tokens else None)
            return inside
        field = self._next("a field name")
        return self._clause(Clause(field, self._operator(), self._values()))

    def _operator(self) -> str:
        first = self._next("an operator")
        if first.word("is"):
            return "is not" if self._take("not") else "is"
        if first.word("not") and self._take("in"):
            return "not in"
        if not first.word("=", "!=", ">", ">=", "<", "<=", "~", "!~", "in"):
            raise _expected(
                "either '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'in', 'not in', 'is' or 'is not'", first
            )
        return first.text.lower()

    def _values(self) -> tuple[Token, ...]:
        if not self._take("("):
            value = self._next("a value")
            if self._take("("):  # a function without arguments
                if not self._take(")"):
                    raise _expected("')'", self.tokens[0] if self.tokens else None)
                return (Token(value.text + "()"),)
            return (value,)
        found = [self._next("a value")]
        while self._take(","):
            found.append(self._next("a value"))
        if not self._take(")"):
            raise _expected("',' or ')'", self.tokens[0] if self.tokens else None)
        return tuple(found)

    def _take(self, *words: str) -> bool:
        if self.tokens and self.tokens[0].word(*words):
            del self.tokens[0]
            return True
        return False

    def _next(self, what: str) -> Token:
        if not self.tokens or self.tokens[0].word("and", "or", "(", ")", ","):
            raise _expected(what, self.tokens[0] if self.tokens else None)
        return self.tokens.pop(0)


def compare(operator: str, have: Any, want: Any) -> bool:
    """A comparison of two values of one sort; none never fits."""
    if have is None:
        return False
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: have == want,
        ">": lambda: have > want,
        ">=": lambda: have >= want,
        "<": lambda: have < want,
        "<=": lambda: have <= want,
    }
    return bool(tests[operator]())
