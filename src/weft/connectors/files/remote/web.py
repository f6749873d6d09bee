"""Files of a web server: one, a list of them, or the folder that a directory page lists."""

from __future__ import annotations

import http.client
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from weft.connectors.files.found import Away, Found, depth, pattern
from weft.connectors.files.remote import told
from weft.connectors.files.remote.client import Unsupported, chunks
from weft.connectors.files.remote.index import names
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from weft.connectors.files.remote.client import Client
    from weft.connectors.files.remote.url import Url

_PAGE = 50_000_000
"""Bytes of a directory page."""
_DEEP = 20
"""Folders in each other: a link that leads back would never end."""


class Web:
    """A `Place`.

    Args:
        urls: of one server. Keys are relative to the folder of a single one, and to the server when there are several.
        client: asks.
        scratch: private temporary folder.
    """

    def __init__(self, urls: Sequence[Url], client: Client, scratch: Path) -> None:
        self._urls, self._client, self._scratch = urls, client, scratch
        self.pattern = ""  # a file is asked for only when it is meant

    def files(self) -> Iterator[Found]:
        """The files of all URLs.

        Raises:
            FileNotFoundError: there is nothing at any of them.
        """
        missing = 0
        for url in self._urls:
            folder = url.path.rpartition("/")[0]
            base = "" if len(self._urls) > 1 else folder
            try:
                if url.path.endswith("/") or not url.path:
                    yield from self._below(url, base, (folder, ""))
                else:
                    yield self._found(url, base, url.path)
            except FileNotFoundError:
                missing += 1
        if missing == len(self._urls):
            raise FileNotFoundError(self._urls[0].shown)

    def _below(self, url: Url, base: str, place: tuple[str, str]) -> Iterator[Found]:
        """Files of a folder (as it is written in the URL) that lies `inner` below what the document says."""
        folder, inner = place
        matcher = pattern(url.pattern or "**")
        page = f"{url.origin}/{folder}/" if folder else f"{url.origin}/"
        for name in self._client.ask("GET", page, partial(_names, page)):
            if told.hidden(name):
                continue
            path = f"{folder}/{quote(name.rstrip('/'))}".lstrip("/")
            if name.endswith("/"):
                deep = (inner + name).count("/")
                if deep > _DEEP:
                    raise Unavailable(f"{page} lies more than {_DEEP} folders deep", hint="Name a folder below it.")
                if deep <= depth(url.pattern):
                    yield from self._below(url, base, (path, inner + name))
            elif matcher.fullmatch(inner + name):
                yield self._found(url, base, path)

    def _found(self, url: Url, base: str, path: str) -> Found:
        address = f"{url.origin}/{path}" + (f"?{url.query}" if url.query else "")
        size, stamp = self._identity(address)
        key = unquote(path[len(base) :].lstrip("/"))
        shown = f"{url.origin}/{unquote(base)}".rstrip("/")
        away = Away(
            partial(self._fetch, address, f"{shown}/{key}", (size, stamp)),
            partial(self._part, address, f"{shown}/{key}", (size, stamp)),
        )
        return told.found((shown, key, self._scratch), size, stamp, away)

    def _fetch(self, address: str, shown: str, listed: tuple[int, str], into: Path) -> None:
        def take(answer: http.client.HTTPResponse) -> None:
            _same(_told(answer), listed, shown)
            if answer.getheader("Content-Encoding", "identity") != "identity" and not shown.lower().endswith(".gz"):
                raise told.unreachable(shown, "it comes packed, though that was not asked for")
            with into.open("wb") as file:
                file.writelines(chunks(answer))

        try:
            self._client.ask("GET", address, take)
            _same(self._identity(address), listed, shown)
        except FileNotFoundError:
            raise told.vanished(shown) from None

    def _part(self, address: str, shown: str, listed: tuple[int, str], start: int, count: int) -> bytes:
        def take(answer: http.client.HTTPResponse) -> bytes:
            # A server that knows no ranges gives everything: what comes before is passed over.
            partly = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            size, stamp = _told(answer)
            _same((-1 if partly else size, stamp), listed, shown)
            return _cut(answer, 0 if partly else start, count)

        try:
            headers = {"Range": f"bytes={start}-{start + count - 1}"}
            return self._client.ask("GET", address, take, headers)
        except FileNotFoundError:
            raise told.vanished(shown) from None

    def _identity(self, address: str) -> tuple[int, str]:
        try:
            return self._client.ask("HEAD", address, _told)
        except Unsupported:
            return self._client.ask("GET", address, _told)


def _told(answer: http.client.HTTPResponse) -> tuple[int, str]:
    """Size and entity tag, else time; -1 and empty where they are not told."""
    size = answer.getheader("Content-Length", "")
    stamp = answer.getheader("ETag") or answer.getheader("Last-Modified") or ""
    return int(size) if size.isdigit() else -1, stamp


def _same(now: tuple[int, str], listed: tuple[int, str], shown: str) -> None:
    """Compare as far as both tell."""
    if (-1 not in (now[0], listed[0]) and now[0] != listed[0]) or (now[1] and listed[1] and now[1] != listed[1]):
        raise told.changed(shown)


def _cut(answer: http.client.HTTPResponse, ahead: int, count: int) -> bytes:
    """So many bytes after those ahead; the rest is not read."""
    found = bytearray()
    for chunk in chunks(answer):
        found += chunk[ahead:]
        ahead = max(0, ahead - len(chunk))
        if len(found) >= count:
            break
    return bytes(found[:count])


def _names(url: str, answer: http.client.HTTPResponse) -> tuple[str, ...]:
    page = _cut(answer, 0, _PAGE)
    return names(page, url, answer.getheader("Content-Type", ""))
