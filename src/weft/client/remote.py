"""A mesh that is served elsewhere, asked over its HTTP API."""

from __future__ import annotations

import contextlib
import json
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

from weft import errors
from weft.errors import Broken, Invalid, Unavailable
from weft.flow.ask import Asked
from weft.flow.formats import PROBLEM, TOLD
from weft.model import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    import pyarrow as pa

    from weft.errors import WeftError
    from weft.flow.views.viewer import Viewer

PREFIX = "/api/v1"
ARROW = "application/vnd.apache.arrow.stream"
_TAIL = 64_000
_CLASSES = {name: getattr(errors, name) for name in ("Unknown", "Denied", "Broken", "Unavailable", "Conflict", "Fault")}


class _Reply(NamedTuple):
    """An answer and the connection that it comes by."""

    connection: HTTPConnection
    response: HTTPResponse

    def close(self) -> None:
        """Let both go."""
        self.response.close()
        self.connection.close()


class Remote:
    """Speaks to one server; each request has a connection of its own, so threads may share it."""

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(
                f"'{url}' is no address of a mesh", hint='It looks like weft.connect("http://127.0.0.1:4600").'
            )
        self._secure, self._seconds = parts.scheme == "https", seconds
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._place = parts.netloc
        self._below = parts.path.rstrip("/") + PREFIX

    def get(self, viewer: Viewer, *names: str, **given: Any) -> bytes:
        """The JSON of a view: `get(viewer, "products", "sales.pipeline")`.

        Raises:
            WeftError: as the view does, or the server does not answer (Unavailable).
        """
        asked = urlencode({k: v for k, v in given.items() if v not in ("", None)}, doseq=True)
        return self._whole(self._send("GET", f"{_path(names)}?{asked}", viewer))

    def post(self, viewer: Viewer, *names: str) -> bytes:
        """The JSON of what came of a change without a body.

        Raises:
            WeftError: as the deed does, or the server does not answer (Unavailable).
        """
        return self._whole(self._send("POST", _path(names), viewer))

    def _whole(self, reply: _Reply) -> bytes:
        with contextlib.closing(reply):
            try:
                return reply.response.read()
            except (OSError, HTTPException) as error:
                raise self._silent(error) from None

    def ask(self, viewer: Viewer, sql: str) -> Asked:
        """One SELECT; the rows come as they are read."""
        body = json.dumps({"sql": sql, "purpose": viewer.purpose}).encode()
        reply = self._send("POST", "/ask", viewer, body)
        answer = RemoteAnswer(reply)
        told = json.loads((answer.metadata or {}).get(TOLD, b"{}"))
        decisions = tuple(Decision.model_validate(one) for one in told.get("decisions", ()))
        return Asked(reply.response.headers.get("Weft-Ask", ""), answer, decisions, tuple(told.get("notes", ())))

    def _send(self, method: str, path: str, viewer: Viewer, body: bytes | None = None) -> _Reply:
        kind = HTTPSConnection if self._secure else HTTPConnection
        connection = kind(self._place, timeout=self._seconds)
        try:
            connection.request(method, self._below + path, body, _headers(viewer, body))
            reply = _Reply(connection, connection.getresponse())
        except (OSError, HTTPException) as error:
            connection.close()
            raise self._silent(error) from None
        if reply.response.status >= 300:  # noqa: PLR2004 - what is not an answer
            with contextlib.closing(reply):
                raise _problem(reply.response.read(), f"{self.address} answered {reply.response.status}")
        return reply

    def _silent(self, error: Exception) -> Unavailable:
        why = getattr(error, "strerror", None) or type(error).__name__
        return Unavailable(f"nobody answers at {self.address}: {why}", hint="`weft serve DIR` serves a mesh.")


class RemoteAnswer:
    """Rows as they arrive; fulfils `seams.Answer`."""

    def __init__(self, reply: _Reply) -> None:
        import pyarrow as pa

        self._body = _Body(reply)
        try:
            self._reader = pa.ipc.open_stream(self._body)
        except (pa.ArrowInvalid, OSError):
            raise self._body.broken() from None
        self.metadata: Mapping[bytes, bytes] | None = self._reader.schema.metadata
        kept = {k: v for k, v in (self.metadata or {}).items() if k != TOLD}
        self._schema = self._reader.schema.with_metadata(kept) if kept else self._reader.schema.remove_metadata()

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the rows."""
        return self._schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches as they come.

        Raises:
            WeftError: what the server said when it could not go on.
        """
        import pyarrow as pa

        while True:
            try:
                batch = self._reader.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowInvalid, OSError):
                raise self._body.broken() from None
            yield batch.replace_schema_metadata(self._schema.metadata)

    def close(self) -> None:
        """Stop; the server computes nothing more."""
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Body:
    """The bytes of an answer for Arrow; remembers the last ones, where the server says what went wrong."""

    def __init__(self, reply: _Reply) -> None:
        self._reply, self._tail, self.closed = reply, b"", False

    def read(self, size: int = -1) -> bytes:
        """As of a file; a connection that breaks off is an end."""
        parts: list[bytes] = []
        left = size
        while left:
            try:
                part = self._reply.response.read(min(left, 1 << 20) if left > 0 else None)
            except HTTPException as error:
                part = getattr(error, "partial", b"")
            except OSError:
                part = b""
            if not part:
                break
            parts.append(part)
            left -= len(part) if left > 0 else 0
        found = b"".join(parts)
        self._tail = (self._tail + found[-_TAIL:])[-_TAIL:]
        return found

    def broken(self) -> WeftError:
        """Why the answer ended before its end."""
        self.read()
        said = self._tail.rpartition(PROBLEM)[2] if PROBLEM in self._tail else b""
        self.close()
        return _problem(said, "the answer broke off before its end")

    def close(self) -> None:
        """Let the connection go."""
        self.closed = True
        self._reply.close()


def _path(names: tuple[str, ...]) -> str:
    return "".join(f"/{quote(name, safe='')}" for name in names)


def _headers(viewer: Viewer, body: bytes | None) -> dict[str, str | bytes]:
    """Who asks, and for what; names may hold any letter."""
    headers: dict[str, str | bytes] = {"Weft-As": viewer.actor.encode(), "Connection": "close"}
    if viewer.purpose:
        headers["Weft-For"] = viewer.purpose.encode()
    if body is not None:
        headers |= {"Content-Type": "application/json", "Accept": ARROW}
    return headers


def _problem(body: bytes, otherwise: str) -> WeftError:
    """The error that a problem document tells, as it was raised there."""
    try:
        told = json.loads(body)
        kind, message, hint = told["class"], told["detail"], told["hint"]
    except (ValueError, KeyError, TypeError):
        return Broken(otherwise, hint="Try again; if it stays so, look at the server's log.")
    if kind in _CLASSES:
        error: WeftError = _CLASSES[kind](message, hint=hint)
        return error
    return Invalid(message, hint=hint, problems=told.get("problems", ()))
