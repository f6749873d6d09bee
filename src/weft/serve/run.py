"""Serves a mesh until it is told to stop."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import uvicorn

from weft.errors import Unavailable
from weft.serve.app import application
from weft.serve.follow import follow
from weft.web import WORK, WORKS, must_be_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weft.seams import World

GRACE_SECONDS = 5
"""How long answers that have begun may take after the server was told to stop."""
EAGER = (700, 10, 10)
"""How often garbage is looked for, as Python does by itself: where nothing ends, it piles up."""


class Served:
    """A bound address, so that it can be told before the first request."""

    def __init__(self, host: str, port: int) -> None:
        must_be_loopback(host)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it; else the body of an answer waits 40 ms for the receipt of its headers.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.bind((host.strip("[]"), port))
        except OSError as error:
            self.socket.close()
            if error.errno != errno.EADDRINUSE:
                raise
            raise Unavailable(
                f"port {port} is taken by another program", hint="Name another: --port 4601; --port 0 takes a free one."
            ) from None
        self.host, self.port = host, self.socket.getsockname()[1]

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{f'[{self.host}]' if self.host == '::1' else self.host}:{self.port}/"


def serve(world: World, served: Served, looking_as: str = "", ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM; answers that have begun are finished.

    Args:
        world: the open mesh; still open afterwards.
        served: where to listen.
        looking_as: id of whom a reader looks as who has not picked anybody.
        ready: called when requests are answered from now on.
    """
    config = uvicorn.Config(
        application(world, looking_as),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    atexit.register(_leave)
    served.socket.listen(config.backlog)
    ready()
    gc.set_threshold(*EAGER)
    with _stopped_by_uvicorn(), _following(world):
        uvicorn.Server(config).run([served.socket])
        for thread in _works():
            thread.join(GRACE_SECONDS / WORKS)


def _leave() -> None:
    """At the end of the process, with the world closed: do not wait for a work; what a run left is mended by the next.

    Its thread cannot be stopped while the engine computes, and an interpreter that ends under it would abort.
    """
    if _works():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _works() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name == WORK]


@contextmanager
def _stopped_by_uvicorn() -> Iterator[None]:
    """It raises the signal that stopped it once more at its end: that one means nothing, we are stopping already."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _following(world: World) -> Iterator[None]:
    """A thread that keeps the projections near the journal's head."""
    stop = Event()
    thread = Thread(target=follow, args=(world, stop), name="follow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(GRACE_SECONDS)
