"""Servers on threads."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack, contextmanager
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft_vendors.core.vendor import Vendor


@contextmanager
def serving(*vendors: Vendor, port: int = 0, certificate: tuple[Path, Path] | None = None) -> Iterator[dict[str, str]]:
    """Serves each simulator on 127.0.0.1 while the context is open; yields their base addresses by name.

    Args:
        vendors: what to serve.
        port: of the first, the next takes the next one; 0 = any that is free.
        certificate: PEM files of certificate and key: HTTPS instead of HTTP.
    """
    with ExitStack() as stack:
        yield {
            vendor.name: stack.enter_context(_served(vendor, port and port + n, certificate))
            for n, vendor in enumerate(vendors)
        }


class _Server(uvicorn.Server):
    """Ends within milliseconds when it is told to."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110 - it is set from another thread
            await asyncio.sleep(0.01)


@contextmanager
def _served(vendor: Vendor, port: int, certificate: tuple[Path, Path] | None) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # else each body waits 40 ms for its headers' receipt
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    vendor.url = url
    files = {"ssl_certfile": certificate[0], "ssl_keyfile": str(certificate[1])} if certificate else {}
    quiet = {"log_config": None, "access_log": False, "lifespan": "off", "date_header": False, "server_header": False}
    server = _Server(uvicorn.Config(vendor.app, **quiet, **files))  # type: ignore[arg-type]
    thread = Thread(target=server.run, args=([listener],), name=f"{vendor.name}-simulator", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            listener.close()
            raise OSError(f"the simulator of {vendor.name} did not start")
        sleep(0.002)
    try:
        yield url
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()
