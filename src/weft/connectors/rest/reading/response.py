"""An answer as expressions see it: the envelope at once, the records only when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from weft.connectors.rest.http.lost import Lost

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Answer
    from weft.connectors.rest.rows.page import Page


class Around(Mapping[str, Any]):
    """An object of the envelope that the records lie below."""

    def __init__(self, envelope: Mapping[str, Any], whole: Callable[[], Any], path: tuple[str, ...]) -> None:
        self._envelope, self._whole, self._path = envelope, whole, path

    def __getitem__(self, key: str) -> Any:
        value = self._envelope[key]
        if not self._path or key != self._path[0]:
            return value
        return view(value, lambda: self._inner(key), self._path[1:])

    def __iter__(self) -> Iterator[str]:
        return iter(self._envelope)

    def __len__(self) -> int:
        return len(self._envelope)

    def _inner(self, key: str) -> Any:
        whole = self._whole()
        return whole.get(key) if isinstance(whole, Mapping) else None


def view(envelope: Any, whole: Callable[[], Any], path: tuple[str, ...]) -> Any:
    """A value of the envelope; where the records themselves begin, the whole of it."""
    if path and isinstance(envelope, Mapping):
        return Around(envelope, whole, path)
    return whole()


def response(page: Page, path: tuple[str, ...]) -> Any:
    """The answer that a page came from.

    Args:
        page: the page.
        path: where its records lie.
    """
    if not path:
        return page.whole
    return view(page.response, lambda: page.whole, path)


def understood(answer: Answer) -> None:
    """See that an answer without records came whole.

    Raises:
        Lost: it is cut off, or no JSON at all.
    """
    if answer.body and answer.json is None:
        raise Lost("what comes is no whole JSON")
