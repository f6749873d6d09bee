"""Where two pages meet of a list whose records, or pages, are counted: it may shift while it is read.

When records go that were read already, all that follow move to the front: the next page begins too late, and what it
would have begun with is never seen. So where records are counted each page is asked for from the last record of the one
before on. When it begins with another one, and holds none of the page before, it is read from further back, until it
does: what is behind a record that was read is all there. Pages that are counted cannot overlap: there a total that has
changed is what tells. Rows that come twice have a key; without one nothing of this is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from weft.connectors.rest.cursors.base import value_at
from weft.connectors.rest.rows.page import Page
from weft.connectors.rest.rows.totals import total
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.paging.base import Paging

LEAST = 10
"""Records of a page that the next one overlaps: in smaller ones a record more would be many."""
TURNS = 20
"""Times in a row that a page is read from further back; then the list is taken as it comes."""
_TOKEN, _LAST = "weft.token", "weft.last"


class Met(NamedTuple):
    """A page that follows what was read."""

    answer: Answer
    page: Page
    after: Names
    token: Any
    """What it was asked for with."""
    over: int = 0
    """Records at its beginning that the page before had."""
    same: int = 0
    """Those of them that are still as they were."""


class Marks(Struct, frozen=True):
    """What tells records apart: their key, as far as the system gives it, else all of each.

    Args:
        key: paths of the key's fields.
    """

    key: tuple[tuple[str, ...], ...]

    def of(self, page: Page | None) -> set[Any]:
        """Of all records of a page."""
        found = zip(page.records, page.dicts(), strict=True) if page else ()
        return {self._one(raw, record) for raw, record in found}

    def first(self, page: Page) -> Any:
        """Of the first record; none on an empty page."""
        return self._one(page.records[0], page.first) if page.count else None

    def last(self, page: Page) -> Any:
        """Of the last record; none on an empty page."""
        return self._one(page.records[-1], page.last) if page.count else None

    def _one(self, raw: Any, record: Any) -> Any:
        key = tuple(_hashable(value_at(record, path)) for path in self.key)
        return key if any(part is not None for part in key) else (bytes(raw).decode(errors="replace"),)


class Joint(Struct):
    """The end of what was read.

    Args:
        paging: counts records or pages.
        marks: tell records apart.
    """

    paging: Paging
    marks: Marks
    page: Page | None = None
    """The page before; none when another run has read it."""
    last: Any = None
    """Mark of the last record; none: nothing was read."""
    between: bool = True
    """Whether the system lets pages begin anywhere."""
    turns: int = 0
    turned: bool = False
    """Whether the page was read from further back."""

    @staticmethod
    def of(paging: Paging, asked: Any) -> Joint | None:
        """For a list of records with a key; none where nothing is counted."""
        key = getattr(asked, "key", ())
        counts = paging.back(1, 1, 1) is not None
        return Joint(paging, Marks(tuple(tuple(part.split(".")) for part in key))) if key and counts else None

    def resumed(self, token: Any) -> Any:
        """The token of the page to go on with; with it may come what another run has read last."""
        if not isinstance(token, dict) or _TOKEN not in token:
            return token
        self.last = _hashable(token[_LAST])
        return token[_TOKEN]

    def marked(self, token: Any) -> Any:
        """A token with what was read last, for another run to go on with."""
        return None if token is None else {_TOKEN: token, _LAST: self.last}

    def ask(self, token: Any, one: Callable[[Any], tuple[Answer, Page, Names]]) -> Met:
        """The page behind what was read.

        Args:
            token: of the page that comes next, if nothing has shifted.
            one: asks for the page of a token.
        """
        self.turned = False
        met = self._meet(token, one)
        self.page = met.page
        self.last = self.marks.last(met.page) or self.last
        return met

    def _meet(self, token: Any, one: Callable[[Any], tuple[Answer, Page, Names]]) -> Met:
        start = self._start(token)
        try:
            met = Met(*one(start), start)
        except Invalid:
            if start == token:
                raise
            self.between = False
            return Met(*one(token), token)
        if start != token and self._rounded(met.page):
            self.between = False
            return Met(*one(token), token)
        if not self._sound(met, token):
            return self._further(met, one)
        self.turns = 0 if self.turns < TURNS else TURNS
        over = start != token and self.marks.first(met.page) == self.last
        same = over and self.page is not None and met.page.records[0] == self.page.records[-1]
        return met._replace(over=int(over), same=int(same))

    def _start(self, token: Any) -> Any:
        """Where the page is asked for from: the last record of the page before."""
        small = self.page is not None and self.page.count < LEAST
        joined = None if self.last is None or small or not self.between else self.paging.joined(token)
        return token if joined is None else joined

    def _rounded(self, page: Page) -> bool:
        """Whether the system gave the page before once more: it begins where it likes to."""
        return self.page is not None and page.count > 1 and self.marks.first(page) == self.marks.first(self.page)

    def _sound(self, met: Met, token: Any) -> bool:
        if self.last is None or met.answer.ignored or self.turns >= TURNS:
            return True
        if met.token == token:  # no overlap
            if self.page is None:  # another run has read it: what has shifted since no total tells
                return self._known(met.page)
            totals = total(self.page), total(met.page)
            return None in totals or totals[0] == totals[1] or self._known(met.page)
        return self.marks.first(met.page) == self.last or self._known(met.page)

    def _further(self, met: Met, one: Callable[[Any], tuple[Answer, Page, Names]]) -> Met:
        """Read from further back, until a record comes that was read, or from the beginning."""
        self.turns, self.turned = self.turns + 1, True
        begun, pages, size = met.token, 1, max(self.page.count if self.page else 0, met.page.count, LEAST)
        while (token := self.paging.back(begun, pages, size)) != met.token:
            met, pages = Met(*one(token), token), pages * 2
            if self._known(met.page):
                break
        return met

    def _known(self, page: Page) -> bool:
        """Whether it holds a record of the page before."""
        return not self.marks.of(page).isdisjoint({self.last, *self.marks.of(self.page)})


def _hashable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_hashable(one) for one in value)
    return value if value is None or isinstance(value, str | int | float) else repr(value)
