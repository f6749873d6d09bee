"""How the trusted side and a worker speak: one socket pair for orders, one more for each question's answer.

Orders (trusted side -> worker) are a length and JSON; the descriptors of the answer's socket and of the streams that
stand behind names travel with the length (`SCM_RIGHTS`). The worker says `READY` on the same socket when it can take a
question.

An answer is a row of frames: one byte that tells its kind, eight bytes of length, the content. Each batch is an Arrow
IPC stream of its own, so that a frame can be measured before it is read, and dictionaries need no memory between
batches.
No pydantic in here: the worker's start counts.
"""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

READY = b"R"
SCHEMA, BATCH, DONE, ERROR = b"S", b"B", b"D", b"E"
STREAM = "_weft_stream_"
"""Name of the first stream and so on, inside the worker."""
MAX_ORDER = 64_000_000
MAX_DESCRIPTORS = 64
_LENGTH = struct.Struct(">I")
_FRAME = struct.Struct(">cQ")


class Closed(Exception):
    """The other side is gone."""


def send_order(sock: socket.socket, order: dict[str, Any], descriptors: list[int]) -> None:
    """Send one order; the descriptors arrive with it and stay open here."""
    content = json.dumps(order).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    try:
        sock.sendmsg([_LENGTH.pack(len(content))], rights)
        sock.sendall(content)
    except OSError as error:
        raise Closed from error


def receive_order(sock: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for one order. Nothing is read ahead, since a buffer would lose the descriptors."""
    first, descriptors, _, _ = socket.recv_fds(sock, _LENGTH.size, MAX_DESCRIPTORS)
    if not first:
        raise Closed
    head = first + (_exactly(sock, _LENGTH.size - len(first)) if len(first) < _LENGTH.size else b"")
    (length,) = _LENGTH.unpack(head)
    if length > MAX_ORDER:
        raise Closed
    order: dict[str, Any] = json.loads(bytes(_exactly(sock, length)))
    return order, list(descriptors)


def send_frame(sock: socket.socket, kind: bytes, content: Any) -> None:
    """Send one frame; `content` is bytes-like."""
    view = memoryview(content)
    try:
        sock.sendall(_FRAME.pack(kind, view.nbytes))
        sock.sendall(view)
    except OSError as error:
        raise Closed from error


def receive_frame(sock: socket.socket, limit: int) -> tuple[bytes, bytearray]:
    """Wait for one frame.

    Args:
        sock: the answer's socket.
        limit: bytes above which a frame is not read at all.

    Raises:
        Closed: the worker is gone, or what it says is no frame.
        OverflowError: the frame is larger than the limit.
    """
    kind, length = _FRAME.unpack(bytes(_exactly(sock, _FRAME.size)))
    if kind not in (SCHEMA, BATCH, DONE, ERROR):
        raise Closed
    if length > limit:
        raise OverflowError
    return kind, _exactly(sock, length)


def _exactly(sock: socket.socket, length: int) -> bytearray:
    content = bytearray(length)
    view, at = memoryview(content), 0
    while at < length:
        try:
            got = sock.recv_into(view[at:], min(length - at, 1 << 20))
        except OSError as error:
            raise Closed from error
        if not got:
            raise Closed
        at += got
    return content
