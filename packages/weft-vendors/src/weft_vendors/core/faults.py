"""Faults, seeded and switched on per path and request count.

On the wire, for every system (`WIRE`):

| kind | what the client sees |
|---|---|
| `429`, `500` ... `504` | that status, worded as the system does; `value`: Retry-After, any text or `"date"` (of now) |
| `stall` | headers and half of the body, then nothing for `value` seconds, then a reset |
| `reset` | half of the body, then a TCP reset |
| `truncate` | half of the body, then an orderly end, though Content-Length promises the rest |
| `long`, `short` | a Content-Length of 10 more or less than the body has |
| `cut` | half of the body, and a Content-Length that fits the half (a cut gzip stays a cut gzip) |
| `html` | status 200 and a web page |
| `error` | status 200 and a JSON object that tells of an error |
| `bom` | the body behind a byte order mark |
| `nan` | the first number of the body is NaN |

Other kinds are a simulator's own: its handlers ask `take` whether one is due.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from email.utils import format_datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from weft_vendors.core.vendor import Vendor

BODIES = ("stall", "reset", "truncate", "long", "short", "cut", "html", "error", "bom", "nan")
STATUSES = ("429", "500", "502", "503", "504")
WIRE = (*STATUSES, *BODIES)


@dataclass
class Fault:
    """One planned fault; it counts down as requests come by."""

    kind: str
    path: str = "*"
    """Pattern of the paths it meets, query string included (`*` = anything)."""
    after: int = 0
    """How many such requests go by unharmed first."""
    times: int = 1
    """How many it meets."""
    share: float = 1.0
    """Probability that it meets one."""
    value: str = ""


class Faults:
    """What is to go wrong."""

    def __init__(self, seed: int = 0) -> None:
        self.planned: list[Fault] = []
        self.happened: list[tuple[str, str]] = []
        """(kind, path) of those that happened, in order."""
        self._random = Random(f"faults:{seed}")  # noqa: S311 - the same faults for the same seed
        self._lock = Lock()

    def plan(self, kind: str, path: str = "*", **options: Any) -> Fault:
        """Plans a fault; options are the other fields of `Fault`."""
        fault = Fault(kind, path, **options)
        with self._lock:
            self.planned.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong from here on."""
        with self._lock:
            self.planned.clear()

    def take(self, kinds: str | Sequence[str], path: str) -> Fault | None:
        """The fault of one of these kinds that this request meets, if any."""
        wanted = (kinds,) if isinstance(kinds, str) else kinds
        with self._lock:
            for fault in self.planned:
                if fault.kind in wanted and fault.times > 0 and fnmatchcase(path, fault.path) and self._due(fault):
                    self.happened.append((fault.kind, path))
                    return fault
        return None

    def _due(self, fault: Fault) -> bool:
        if fault.after > 0:
            fault.after -= 1
            return False
        if self._random.random() >= fault.share:
            return False
        fault.times -= 1
        return True

    def around(self, app: ASGIApp, vendor: Vendor) -> ASGIApp:
        """The application, with what is planned going wrong."""

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "") + ("?" + scope["query_string"].decode() if scope.get("query_string") else "")
            fault = self.take(WIRE, path) if scope["type"] == "http" else None
            if fault is None:
                await app(scope, receive, send)
            elif fault.kind.isdigit():
                await _refuse(fault, vendor)(scope, receive, send)
            else:
                await _mangle(fault, app, scope, receive, send)

        return faulty


def _refuse(fault: Fault, vendor: Vendor) -> ASGIApp:
    response = vendor.failure(int(fault.kind))
    if fault.value:
        date = format_datetime(vendor.clock.now(), usegmt=True)
        response.headers["Retry-After"] = date if fault.value == "date" else fault.value
    return response


async def _mangle(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Lets the application answer and sends something else."""
    start: Message = {}
    body = bytearray()

    async def hold(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        body.extend(message.get("body", b""))

    await app(scope, receive, hold)
    status, headers = start["status"], [h for h in start["headers"] if h[0].lower() != b"content-length"]
    whole = bytes(body)
    if fault.kind in {"html", "error"}:
        html = fault.kind == "html"
        kind = b"text/html; charset=utf-8" if html else b"application/json"
        status, headers = 200, [(b"content-type", kind)]
        whole = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"
        if not html:
            whole = b'{"error":{"code":"INTERNAL","message":"something went wrong, try again"},"status":"error"}'
    elif fault.kind == "bom":
        whole = b"\xef\xbb\xbf" + whole
    elif fault.kind == "nan":
        whole = re.sub(rb"([:,\[]\s*)-?\d+(\.\d+)?(?=\s*[,}\]])", rb"\1NaN", whole, count=1)
    half = whole[: len(whole) // 2]
    sent = half if fault.kind in {"stall", "reset", "truncate", "cut"} else whole
    told = {"long": len(whole) + 10, "short": max(len(whole) - 10, 0), "cut": len(half)}.get(fault.kind, len(whole))
    await _raw(fault, send, receive, _head(status, headers, told) + sent)


def _head(status: int, headers: list[tuple[bytes, bytes]], length: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join([*lines, b"content-length: %d" % length, b"connection: close", b"", b""])


async def _unless_gone(receive: Receive, seconds: float) -> None:
    """Waits, but not for longer than the client does."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(receive(), seconds)


async def _raw(fault: Fault, send: Send, receive: Receive, data: bytes) -> None:
    """Writes to the connection itself: no server would send what a fault wants sent."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    transport.write(data)
    if fault.kind == "stall":
        await _unless_gone(receive, float(fault.value or 30))
    if transport.is_closing():
        return
    if fault.kind in {"stall", "reset"}:
        await asyncio.sleep(0.01)  # what was written leaves before the reset overtakes it
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
