"""One list, page by page, until it ends; what never ends is found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weft.connectors.rest.expressions import Later
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.paging.base import Seen
from weft.connectors.rest.partitions.substream_partition_router import field as value_at
from weft.connectors.rest.reading.headers import Headers
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
SAME = 3
"""Times that the same page may come in a row."""


@dataclass(frozen=True)
class Listing:
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


@dataclass(frozen=True)
class Got:
    """A page that came."""

    page: Page
    names: Names
    """What expressions may speak of after it."""
    token: Any
    """Its own token, to ask for it again; none for the first."""
    more: Any
    """The next page's token; none = it was the last."""


@dataclass
class _Guard:
    """What was seen of one list."""

    tokens: set[str] = field(default_factory=set)
    records: set[Any] = field(default_factory=set)
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
        self.empty = 0 if count else self.empty + 1
        if self.same > SAME or self.empty > EMPTY:
            what = f"the same page comes {self.same} times" if again else f"{self.empty} empty pages come in a row"
            raise Broken(
                f"{what}: the list has no end",
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
                "a page names as its next one a page that was read already: the list has no end",
                hint="Look at 'pagination' of the stream; or the system is broken.",
            )
        self.tokens.add(key)

    def apart(self, page: Page, path: tuple[str, ...]) -> None:
        """Note the records of a list whose pages have no certain order.

        Raises:
            Unavailable: one came before.
        """
        for record in page.dicts() if path else ():
            value = value_at(record, path)
            if value in self.records:
                raise Unavailable(
                    "a record comes twice in a list that has no certain order: another one was left out",
                    hint="Run again. If it happens each time, more records changed at once than one page takes: read "
                    "them another way, or let the stream begin later.",
                )
            self.records.add(value)


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
    guard, paging = _Guard(), listing.paging
    token = paging.begin(names) if token is None else token
    while True:
        answer, page, after = _one(listing, names, token)
        if answer.ignored:
            return
        fresh = guard.page(answer, page.count)
        guard.apart(page, paging.distinct)
        more = paging.after(Seen(page.count, after), token)
        if more is not None:
            guard.token(more)
        if fresh:
            yield Got(page, after, token, more)
        if more is None:
            return
        token = more


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
