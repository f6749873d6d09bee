"""Asking web servers: again when that may help, after redirects, and with credentials to the one they are meant for."""

from __future__ import annotations

import http.client
import random
import ssl
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from weft.connectors import waits
from weft.connectors.dial import dial
from weft.connectors.files.archive import CHUNK
from weft.connectors.files.remote import told
from weft.connectors.origin import origin
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    T = TypeVar("T")

_SECONDS = 30.0
"""Without a byte."""
_TRIES = 5
_PAUSE = 0.5
"""Seconds before the second try; doubled for each further one, with up to as much again by chance."""
_LONGEST = 60.0
"""Seconds that a server may ask to wait for."""
_REDIRECTS = 5
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_MOVED = {301, 302, 303, 307, 308}
_GONE = {404, 410}
_NO_METHOD = {405, 501}
_GOOD = 200


class Lost(Exception):
    """An answer did not come, or not whole: try again."""


class Unsupported(Unavailable):
    """The server does not know this method."""


class Client:
    """Connections to web servers, kept open.

    Args:
        home: scheme, host and port that the credentials are meant for.
        credentials: the header `Authorization`; empty = none.
        private: whether addresses of private networks are allowed.
    """

    def __init__(self, home: str, credentials: str, *, private: bool) -> None:
        self._origin, self._credentials, self._private = origin(home), credentials, private
        self._open: dict[tuple[str, str, int], http.client.HTTPConnection] = {}

    def close(self) -> None:
        """Close all connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def ask(
        self,
        method: str,
        url: str,
        take: Callable[[http.client.HTTPResponse], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Ask, and give what `take` makes of a good answer; it may be called again when it raises `Lost`.

        Raises:
            FileNotFoundError: there is no such page.
            Denied: the user may not.
            Invalid: the credentials are wrong, or the address is one of a private network.
            Unavailable: it did not answer well for so many tries.
        """
        shown = url.partition("?")[0]
        for attempt in range(_TRIES):
            pause = _PAUSE * 2**attempt * (1 + random.random())  # noqa: S311 - no secret
            try:
                with self._answer(method, url, headers or {}) as answer:
                    if answer.status not in _AGAIN:
                        _judge(answer.status, shown)
                        return take(answer)
                    why = f"it answers {answer.status}"
                    pause = max(pause, waits.span(answer.getheader("Retry-After", ""), datetime.now(UTC)) or 0.0)
            except Lost as error:
                why = str(error)
            if attempt + 1 == _TRIES or pause > _LONGEST:
                break
            time.sleep(pause)
        raise told.unreachable(shown, why)

    @contextmanager
    def _answer(self, method: str, url: str, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
        for _ in range(_REDIRECTS + 1):
            place = origin(url)
            connection = self._connection(place)
            answer = None
            own = {"Authorization": self._credentials} if self._credentials and place == self._origin else {}
            try:
                answer = _sent(connection, method, url, {**headers, **own})
                if method == "HEAD":
                    answer.read()
                if answer.status in _MOVED and (to := answer.getheader("Location", "")):
                    url = _next(url, to)
                    continue
                yield answer
                return
            finally:
                if answer is None or not answer.isclosed() or answer.will_close:  # what was not read is in the way
                    connection.close()
                    self._open.pop(place, None)
        raise Unavailable(f"{url.partition('?')[0]} leads from one address to the next without end")

    def _connection(self, place: tuple[str, str, int]) -> http.client.HTTPConnection:
        if place not in self._open:
            self._open[place] = _Connection(place, private=self._private)
        return self._open[place]


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at."""

    def __init__(self, place: tuple[str, str, int], *, private: bool) -> None:
        scheme, host, port = place
        super().__init__(host, port, timeout=_SECONDS)
        self.default_port = 443 if scheme == "https" else 80
        self._private = private
        self._tls = ssl.create_default_context() if scheme == "https" else None

    def connect(self) -> None:
        self.sock = dial(self.host, self.port, private=self._private)
        self.sock.settimeout(_SECONDS)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def _sent(
    connection: http.client.HTTPConnection, method: str, url: str, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, headers={"Accept-Encoding": "identity", "User-Agent": "weft", **headers})
        return connection.getresponse()
    except ssl.SSLCertVerificationError:
        raise Unavailable(
            f"{url.partition('?')[0]} shows a certificate that is not trusted",
            hint="If a certificate authority of your own made it, name its file in SSL_CERT_FILE.",
        ) from None
    except TimeoutError:
        raise Lost("it does not answer in time") from None
    except (OSError, http.client.HTTPException):
        raise Lost("the connection is lost or refused") from None


def chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The content, in chunks of 1 MB; all of it.

    Raises:
        Lost: it stops before its end.
    """
    wanted, count = answer.length, 0
    try:
        while chunk := answer.read(CHUNK):
            count += len(chunk)
            yield chunk
    except TimeoutError:
        raise Lost("it stops in the middle") from None
    except (OSError, http.client.HTTPException):
        raise Lost("the connection is lost") from None
    if wanted is not None and count != wanted:
        raise Lost(f"{count} of {wanted} bytes came")


def _judge(status: int, shown: str) -> None:
    if status in _GONE:
        raise FileNotFoundError(shown)
    if status == http.HTTPStatus.UNAUTHORIZED:
        raise told.unknown(shown)
    if status == http.HTTPStatus.FORBIDDEN:
        raise told.refused(shown)
    if status in _NO_METHOD:
        raise Unsupported(f"{shown} cannot be asked this way: it answers {status}")
    if not _GOOD <= status < _GOOD + 100:
        raise told.unreachable(shown, f"it answers {status}")


def _next(url: str, to: str) -> str:
    """Where a redirect leads; never to a place without TLS from one with it."""
    found = urljoin(url, to)
    try:
        good = origin(found).scheme in ("https", origin(url).scheme)
    except Invalid:
        good = False
    if not good:
        scheme = urlsplit(found).scheme[:10]
        raise Unavailable(f"{url.partition('?')[0]} leads to an address that is not followed ('{scheme}')")
    return found
