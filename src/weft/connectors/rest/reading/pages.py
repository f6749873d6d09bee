"""One list, page by page, until it ends; what never ends is found out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from weft.connectors.rest.cursors.base import value_at
from weft.connectors.rest.expressions import Later
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.paging.base import Seen
from weft.connectors.rest.reading import elsewhere
from weft.connectors.rest.reading.headers import Headers
from weft.connectors.rest.reading.joints import Joint, Met
from weft.connectors.rest.reading.request import build
from weft.connectors.rest.reading.response import response
from weft.connectors.rest.rows.page import Page
from weft.errors import Broken, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.asking import Fetch
    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.paging.base import Paging
    from weft.connectors.rest.reading.request import Put

EMPTY = 1_000
"""Empty pages in a row that an unfinished list may have."""
AGAIN = 20
"""Times that a list without order is read for what it left out: of ten pages, each in an order of its own, one time
gives two records of three, and ten times leave one of 37,000 out."""
SAME = 3
"""Times that the same page may come in a row."""
_ALL = 2**53
"""More pages than any list has."""


class Listing(Struct, frozen=True):
    """What is asked, and how its answers are read."""

    fetch: Fetch
    asked: Any
    """A requester."""
    paging: Paging
    decoder: Any
    extractor: Any
    base: str
    puts: tuple[Put, ...] = ()
    """Request options of the slice with their values."""


class Got(Struct, frozen=True):
    """A page that came."""

    page: Page
    names: Names
    """What expressions may speak of after it."""
    token: Any
    """Its own token, to ask for it again; none for the first."""
    more: Any
    """The next page's token; none = it was the last."""


class _Guard(Struct):
    """What was seen of one list."""

    asked: str = ""
    """For messages."""
    any: bool = False
    """Whether records of it were taken."""
    tokens: set[str] = field(default_factory=set)
    empty: int = 0
    same: int = 0
    last: bytes = b""

    def page(self, answer: Answer, count: int) -> bool:
        """Whether the page is another than the one before.

        Raises:
            Broken: the list does not end.
        """
        again = count > 0 and answer.body == self.last
        self.same, self.last = (self.same + 1 if again else 1), answer.body
        self.empty, self.any = (0 if count else self.empty + 1), self.any or count > 0
        if self.same > SAME or self.empty > EMPTY:
            what = f"the same page comes {self.same} times" if again else f"{self.empty} empty pages come in a row"
            raise Broken(
                f"{self.asked}: {what}: the list has no end",
                hint="The system may ignore what asks for the next page: look at 'pagination' of the stream.",
            )
        return not again

    def token(self, token: Any) -> None:
        """Note a token.

        Raises:
            Broken: it was there before.
        """
        key = repr(token)
        if key in self.tokens:
            raise Broken(
                f"{self.asked}: a page names as its next one a page that was read already: the list has no end",
                hint="Look at 'pagination' of the stream; or the system is broken.",
            )
        self.tokens.add(key)


def pages(listing: Listing, names: Names, token: Any = None) -> Iterator[Got]:
    """The pages of a list.

    Args:
        listing: what is asked.
        names: what its expressions may speak of.
        token: of the page to begin with; none: the first.

    Raises:
        Broken: it does not end, or an answer cannot be read.
        WeftError: the system does not answer.
    """
    if listing.paging.distinct:
        yield from _apart(listing, names)
    else:
        yield from _listed(listing, names, token)


def _apart(listing: Listing, names: Names) -> Iterator[Got]:
    """The pages of a list that has no certain order: a record that comes twice tells that another one was left out.

    Then all is read again, and what came is put together, until there are as many records as the pages have places. A
    number that changes means that records came or went: it is begun anew.

    Raises:
        Unavailable: that took too many times.
    """
    paging, held, before = listing.paging, set[Any](), -1
    for _ in range(AGAIN):
        now, places = set[Any](), 0
        for got in _listed(listing, names, None):
            now.update(repr(value_at(record, paging.distinct)) for record in got.page.dicts())
            places += got.page.count
            # Nobody who goes on with a later page knows what the ones before had.
            yield got if got.more is None else replace(got, more=paging.back(got.more, _ALL, 1))
        held, before = (held | now if places == before else now), places
        if len(held) >= places:
            return
    raise Unavailable(
        f"a record comes twice in a list that has no certain order, {AGAIN} times that it was read: another one is "
        "left out",
        hint="Run again, at a time when less changes. If it happens each time, more records changed at once than one "
        "page takes: read them another way, or let the stream begin later.",
    )


def _listed(listing: Listing, names: Names, token: Any, anew: int = 0) -> Iterator[Got]:
    guard, paging = _Guard(any=token is not None), listing.paging
    joint = None if paging.distinct else Joint.of(paging, listing.asked)
    resumed = joint.resumed(token) if joint else token
    token = paging.begin(names) if token is None else resumed
    while True:
        met = joint.ask(token, partial(_one, listing, names)) if joint else Met(*_one(listing, names, token), token)
        if met.answer.ignored or met.answer.reset:
            yield from _anew(listing, names, met, (anew, guard.any)) if met.answer.reset else ()
            return
        if joint and joint.turned:
            guard.tokens.clear()  # it was read from further back
        guard.asked = listing.fetch.where.asked(met.answer.sent)
        if not (met.page.count or guard.any):
            elsewhere.refuse(guard.asked, met.page, listing.extractor.path(met.after))
        fresh = guard.page(met.answer, met.page.count)
        more = _after(paging, met)
        if more is not None:
            guard.token(more)
        if fresh:
            yield Got(met.page.behind(met.same), met.after, met.token, joint.marked(more) if joint else more)
        if more is None:
            return
        token = more


def _anew(listing: Listing, names: Names, met: Met, before: tuple[int, bool]) -> Iterator[Got]:
    """The list from its first page on, as an answer wants it.

    Args:
        listing: what is asked.
        names: what its expressions may speak of.
        met: the answer.
        before: how often it was begun again already, and whether records of it were taken.

    Raises:
        Unavailable: it is wanted again and again; or what was taken would be there twice.
    """
    times, taken = before
    asked = f"{listing.fetch.where.asked(met.answer.sent)} answers {met.answer.status}: its pages are to be begun again"
    if times >= SAME:
        raise Unavailable(f"{asked}, {times + 1} times", hint="Ask for fewer records at once, or run again later.")
    if taken and not getattr(listing.asked, "key", ()):
        raise Unavailable(
            f"{asked}, and nothing tells the records that were read already",
            hint="Give the stream a 'key', or read everything again: `weft run --full-refresh`.",
        )
    yield from _listed(listing, names, None, times + 1)


def _after(paging: Paging, met: Met) -> Any:
    """The next token. What the page before had as well is no record of this one where an empty page is the end."""
    over = met.over if paging.size(met.after) is None else 0
    return paging.after(Seen(met.page.count - over, met.after), met.token + over if over else met.token)


def _one(listing: Listing, names: Names, token: Any) -> tuple[Answer, Page, Names]:
    told = {**names, "next_page_token": None if token is None else {"next_page_token": token}}
    paging, found = listing.paging, []
    puts = [*listing.puts]
    if paging.page_token_option is not None:
        puts.append((paging.page_token_option, token))
    if paging.page_size_option is not None:
        puts.append((paging.page_size_option, paging.size(told)))
    request = build(listing.asked, told, listing.base, puts)

    def check(answer: Answer) -> None:
        try:
            found.append(listing.extractor.page(listing.decoder, answer.body, told))
        except Unavailable as error:  # cut off: it is asked again
            raise Lost(error.message, hint=error.hint) from None

    answer = listing.fetch.send(request, check)
    path = listing.extractor.path(told)
    page = found[-1] if found else Page([])
    after = {
        **told,
        "response": Later(lambda: response(page, path)),
        "headers": Headers(answer.headers),
        "last_record": Later(lambda: page.last),
        "last_page_size": page.count,
    }
    return answer, page, after
