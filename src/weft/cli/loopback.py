"""Waits on this machine for a browser that is sent back (RFC 8252, 7.3)."""

from __future__ import annotations

import ipaddress
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

_DONE = b"<!doctype html><title>weft</title><p>weft has the answer. This window may be closed."
_LARGEST = 8192


class Loopback:
    """Listens at an address of this machine, from when it is made.

    Args:
        redirect: `http://127.0.0.1:PORT/` or `http://localhost:PORT/path`.

    Raises:
        Invalid: it is not one of this machine.
        Unavailable: the port is taken.
    """

    def __init__(self, redirect: str) -> None:
        host, port, self._path = _here(redirect)
        self._answered: dict[str, str] = {}
        try:
            self._server = HTTPServer((host, port), self._handler())
        except OSError:
            raise Unavailable(
                f"port {port} of this machine is taken", hint="Name another address by --redirect."
            ) from None

    def wait(self, seconds: float, now: Callable[[], float] = time.monotonic) -> dict[str, str]:
        """The parameters that the browser comes back with; then nobody listens any more.

        Raises:
            Unavailable: it did not come back in time.
        """
        until = now() + seconds
        with closing(self):
            while not self._answered:
                self._server.timeout = until - now()
                if self._server.timeout <= 0:
                    raise Unavailable("nobody came back from the browser in time", hint="Begin the login again.")
                self._server.handle_request()
        return self._answered

    def close(self) -> None:
        """Listen no more."""
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answered, path = self._answered, self._path

        class Handler(BaseHTTPRequestHandler):
            timeout = 5.0

            def do_GET(self) -> None:
                url = urlsplit(self.path[:_LARGEST])
                found = dict(parse_qsl(url.query))
                good = url.path == path and "state" in found
                self.send_response(200 if good else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_DONE) if good else 0))
                self.send_header("Connection", "close")
                self.end_headers()
                if good:
                    self.wfile.write(_DONE)
                    answered.update(found)

            def log_message(self, *_: Any) -> None:
                """The address holds a code: it is not told."""

        return Handler


def _here(redirect: str) -> tuple[str, int, str]:
    try:
        url = urlsplit(redirect)
        host, port = url.hostname or "", url.port
        local = host == "localhost" or ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        local, port = False, None
    if not local or url.scheme != "http" or not port:
        raise Invalid(
            f"'{redirect}' is no address of this machine that a browser can be sent back to",
            hint="Write http://127.0.0.1:PORT/ or http://localhost:PORT/, as it is registered with the system.",
        )
    return "127.0.0.1" if host == "localhost" else host, port, url.path or "/"
