"""An asynchronous job: made, asked after, downloaded, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from weft.connectors.rest.cursors.base import value_at
from weft.connectors.rest.http.lost import TooSlow
from weft.connectors.rest.paging.base import Seen
from weft.connectors.rest.reading.headers import Headers
from weft.connectors.rest.reading.pages import Got
from weft.connectors.rest.reading.request import build
from weft.connectors.rest.reading.response import understood
from weft.connectors.rest.spans import span
from weft.errors import Broken, Invalid, Unavailable, WeftError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.stream import Stream
    from weft.connectors.rest.reading.chunks import Variant
    from weft.connectors.rest.reading.opened import Opened
    from weft.connectors.rest.reading.request import Put
    from weft.connectors.rest.retrievers.async_retriever import AsyncRetriever

TRIES = 3
"""Times that a job which failed is made."""
_GROWTH, _LONGEST = 1.5, 10
"""A wait between two polls is so many times the one before, and at most so many times the first."""


class Job:
    """One job of one slice.

    Args:
        opened: the source.
        name: of the stream.
        stream: the stream.
        names: what expressions may speak of.
    """

    def __init__(self, opened: Opened, name: str, stream: Stream, names: Names) -> None:
        self.opened, self.name, self.stream = opened, name, stream
        self.names: dict[str, Any] = dict(names)
        self.retriever: AsyncRetriever = stream.retriever

    def ask(self, requester: Any, puts: tuple[Put, ...] = ()) -> Any:
        """Ask for one of the job's answers, as JSON; kept headers are those of this answer."""
        path = requester.path or requester.url
        if path is not None and any(computed and not text for computed, text in path.pieces(self.names)):
            raise Broken(
                f"the answer that made the job of the stream '{self.name}' does not name it",
                hint="Look at what the system answers (weft source test), and at the paths of the retriever.",
            )
        listing = self.opened.listing(self.name, requester, self.names, of=self.stream)
        answer = listing.fetch.send(build(requester, self.names, self.opened.base, puts), understood)
        self.names["headers"] = Headers(answer.headers)
        return answer.json

    def done(self, puts: tuple[Put, ...]) -> bool:
        """Make the job and wait for it; false when there is nothing to be had.

        Raises:
            Broken: it failed, or its state is unknown.
            Unavailable: it took too long.
        """
        for last in (False,) * (TRIES - 1) + (True,):
            self.names["creation_response"] = self.ask(self.retriever.creation_requester, puts)
            state = self._awaited()
            if state in ("completed", "skipped"):
                return state == "completed"
            if state == "timeout":
                raise self._too_slow()
            if last:
                raise Broken(
                    f"the job of the stream '{self.name}' failed {TRIES} times",
                    hint="The system says why where it lists its jobs.",
                )
        return False

    def downloads(self) -> Iterator[Got]:
        """The pages of its result."""
        for target in self._targets():
            self.names["download_target"] = target
            yield from self._download()

    def away(self, requester: Any) -> None:
        """Abort or delete it; what stands in the way of that is no harm."""
        if requester is not None and "creation_response" in self.names:
            try:
                self.ask(requester)
            except WeftError:
                return

    def _awaited(self) -> str:
        first = (self.opened.reach.clock.now() + span(self.retriever.poll_interval)) - self.opened.reach.clock.now()
        wait, longest = first.total_seconds(), first.total_seconds() * _LONGEST
        clock = self.opened.reach.clock
        end = clock.now() + span(self.retriever.polling_job_timeout)
        while True:
            state = self._state()
            if state != "running":
                return state
            if clock.now() > end:
                self.away(self.retriever.abort_requester)
                return "timeout"
            self.opened.pause(wait)
            wait = min(wait * _GROWTH, longest)

    def _state(self) -> str:
        answer = self.ask(self.retriever.polling_requester)
        self.names["polling_response"] = answer
        said = str(value_at(answer, self.retriever.status_extractor))
        mapping = self.retriever.status_mapping
        for state in ("running", "completed", "failed", "timeout", "skipped"):
            if said in getattr(mapping, state):
                return state
        known = ", ".join(w for s in ("running", "completed", "failed") for w in getattr(mapping, s))
        raise Broken(
            f"the job of the stream '{self.name}' is in a state that is not known: '{said[:40]}', known are {known}",
            hint="Mend 'statusMapping' or 'statusExtractor' of the manifest.",
        )

    def _targets(self) -> list[Any]:
        path = self.retriever.download_target_extractor
        if not path:
            return [None]
        found = value_at(self.names["polling_response"], path)
        return found if isinstance(found, list) else [] if found is None else [found]

    def _download(self) -> Iterator[Got]:
        retriever = self.retriever
        paging, requester = retriever.download_paginator, retriever.download_requester
        decoder = retriever.download_decoder or self.stream.decoder
        extractor = retriever.download_extractor or self.stream.records
        listing = self.opened.listing(self.name, requester, self.names, paging=paging, decoder=decoder, of=self.stream)
        token, seen = paging.begin(self.names), set()
        while True:
            told = {**self.names, "next_page_token": None if token is None else {"next_page_token": token}}
            puts = [(paging.page_token_option, token)] if paging.page_token_option is not None else []
            if paging.page_size_option is not None:
                puts.append((paging.page_size_option, paging.size(told)))
            path = self.opened.file()
            try:
                answer = listing.fetch.download(build(requester, told, self.opened.base, puts), path)
                if answer.ignored:
                    return
                count, last = 0, None
                with path.open("rb") as body:
                    for page in extractor.pages(decoder, body, told):
                        count, last = count + page.count, page.last
                        yield Got(page, told, token, "more")
            finally:
                path.unlink(missing_ok=True)
            after = {**told, "headers": Headers(answer.headers), "last_record": last, "last_page_size": count}
            self._counted(after)
            token = paging.after(Seen(count, after), token)
            if token is None:
                return
            if repr(token) in seen:
                raise Broken(f"the download of the stream '{self.name}' has no end: a page names one that was read")
            seen.add(repr(token))

    def _counted(self, after: Names) -> None:
        said = None if self.retriever.download_count is None else self.retriever.download_count.text(after)
        if said and said != str(after["last_page_size"]):
            raise Unavailable(
                f"the result of the job of the stream '{self.name}' says that it holds {said[:20]} records, and "
                f"{after['last_page_size']} came",
                hint="It was cut off on its way. What was committed stays. Run again later: it goes on from there.",
            )

    def _too_slow(self) -> TooSlow:
        return TooSlow(
            f"the job of the stream '{self.name}' took longer than {self.retriever.polling_job_timeout}",
            hint="Ask for less at once: a shorter 'step' of the cursor; or allow more by 'pollingJobTimeout'.",
        )


def pages(
    opened: Opened, name: str, stream: Stream, variants: tuple[Variant, ...], puts: tuple[Put, ...]
) -> Iterator[Got]:
    """The records of one slice, by a job; the last page has no next one.

    Raises:
        Invalid: its properties do not go into one request.
    """
    if len(variants) > 1:
        raise Invalid(
            f"the properties of the stream '{name}' do not go into one job",
            hint="Leave 'propertyChunking' out: a job names all of them.",
        )
    job = Job(opened, name, stream, variants[0].names)
    puts = (*puts, *variants[0].puts)
    try:
        if not job.done(puts):
            return
        held: Got | None = None
        for got in job.downloads():
            if held is not None:
                yield held
            held = got
        if held is not None:
            yield replace(held, more=None)
    finally:
        job.away(job.retriever.delete_requester)
