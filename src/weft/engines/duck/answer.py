"""The rows of an answer, as a worker streams them; limits are counted here."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Self

from weft.engines.duck import protocol
from weft.engines.duck.complaint import class_of, complain
from weft.errors import Broken, Invalid, Unavailable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    import pyarrow as pa

    from weft.engines.duck.feed import Behind, Feed
    from weft.engines.duck.process import Process
    from weft.errors import WeftError
    from weft.model import Limits, Question
    from weft.seams import Answer

GRACE, GRACE_DONE = 1.0, 10.0
"""Seconds that a worker has to let go of a question that was given up, or answered, before it is killed."""
_SLACK = 1_000_000


class Again(Exception):
    """A stream was to be read twice, or a kept file is gone; nothing was handed out yet."""


class Unbound(Invalid):
    """The statement does not fit the columns that it was given; with all of them the message may say more."""


class WorkerAnswer:
    """Fulfils `seams.Answer`.

    Args:
        process: the worker that answers.
        sock: where the answer comes.
        question: its statement and limits.
        behind: what stands behind its names.
    """

    def __init__(self, process: Process, sock: socket.socket, question: Question, behind: Sequence[Behind]) -> None:
        self._process = process
        self._busy = process.busy
        self._sock = sock
        self._question = question
        self._behind = tuple(behind)
        self._feeds = tuple(b.feed for b in behind if b.feed)
        self._left = question.limits.bytes
        self._rows = 0
        self._open = True
        self._done = False
        self._first: pa.RecordBatch | None = None
        self._schema: pa.Schema | None = None

    def begin(self) -> None:
        """Wait for the schema and the first rows, so that errors come before anything is handed out."""
        import pyarrow as pa

        try:
            kind, content = self._frame()
            self._schema = pa.ipc.read_schema(pa.py_buffer(content)) if kind == protocol.SCHEMA else pa.schema([])
            self._first = self._next()
        except BaseException:
            self.close()
            raise

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches as they come; see `seams.Answer`."""
        return self._read()

    def close(self) -> None:
        """Stop; the worker is free again, or is killed when it does not let go."""
        if not self._open:
            return
        self._open = False
        self._sock.close()
        if self._busy:
            self._busy.ending = time.monotonic() + (GRACE_DONE if self._done else GRACE)
        for feed in self._feeds:
            feed.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        """An answer that nobody closed must not keep its worker."""
        if getattr(self, "_open", False):
            self.close()

    def _read(self) -> Iterator[pa.RecordBatch]:
        try:
            batch, self._first = self._first, None
            while batch is not None:
                yield batch
                batch = self._next()
        finally:
            self.close()

    def _next(self) -> pa.RecordBatch | None:
        """The next batch; none at the end."""
        import pyarrow as pa

        kind, content = self._frame()
        if kind == protocol.DONE:
            self._done = True
            _check(self._feeds)
            return None
        if kind != protocol.BATCH:
            raise Broken("The engine gave something else than rows.")
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            batch = reader.read_next_batch()
        batch.validate()
        limits = self._question.limits
        self._rows += batch.num_rows
        self._left -= batch.nbytes
        if self._rows > limits.rows:
            raise _passed("rows", limits)
        if self._left < 0:
            raise _passed("bytes", limits)
        return batch

    def _frame(self) -> tuple[bytes, bytearray]:
        """Wait for one frame; errors that it tells are raised."""
        if not self._open:
            raise Unavailable("The answer is closed.")
        busy, now = self._busy, time.monotonic()
        if busy and busy.idle_since is not None:
            busy.idle += now - busy.idle_since
            busy.idle_since = None
        try:
            kind, content = protocol.receive_frame(self._sock, self._left + _SLACK)
        except protocol.Closed:
            raise _died(self._process, self._question.limits) from None
        except OverflowError:
            raise _passed("bytes", self._question.limits) from None
        if busy:
            busy.idle_since = time.monotonic()
        if kind == protocol.ERROR:
            raise self._error(json.loads(bytes(content)))
        return kind, content

    def _error(self, told: dict[str, str]) -> Exception:
        _check(self._feeds)
        if told["kind"] == "Invalid":
            return Invalid(told["text"], hint=told.get("hint", ""))
        if class_of(told["kind"], told["text"]) == "OutOfMemory":
            return _passed("memory", self._question.limits)
        if ours := _ours(told, self._behind):
            return ours if self._rows or isinstance(ours, Broken) else Again()
        error = complain(told["kind"], told["text"], self._question.sql, binding=told["phase"] == "bind")
        if told["phase"] == "bind" and isinstance(error, Invalid):
            return Unbound(error.message, hint=error.hint)
        return error if told["phase"] != "setup" else _not_opened()


class Over:
    """An answer over another one: the same rows. What a class adds to the end stands in its `close`."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._answer.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches as they come."""
        try:
            yield from self._answer
        finally:
            self.close()

    def close(self) -> None:
        """Stop; frees the worker."""
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(feeds: Sequence[Feed]) -> None:
    """A stream that broke off looks to the worker like one that ended.

    Raises:
        Broken: rows are missing.
    """
    for feed in feeds:
        if feed.error is not None:
            raise complain_of_feed(feed.error) from None


def _ours(told: dict[str, str], behind: Sequence[Behind]) -> Broken | Unavailable | None:
    """The error, when not the statement but what stands behind its names is at fault."""
    if told["phase"] == "run" and "already been consumed" in told["text"] and any(b.feed for b in behind):
        return Unavailable("A masked table was read twice.", hint="Ask again.")
    damaged = next((b for b in behind if any(path in told["text"] for path in b.paths)), None)
    if damaged is None:
        return None
    if damaged.kept:
        return Unavailable("A kept file went away.", hint="Ask again.")
    name = ".".join(damaged.name)
    return Broken(f"A file of '{name}' is missing or damaged.", hint="`weft doctor` says which, and what to do.")


def _not_opened() -> Unavailable:
    return Unavailable("The tables could not be opened for the question.", hint="Ask again; `weft doctor` tells more.")


def _died(process: Process, limits: Limits) -> WeftError:
    verdict, code = process.verdict, process.wait()
    if not verdict and code == -signal.SIGXCPU:
        verdict = "seconds"
    if verdict in _LIMITS:
        return _passed(verdict, limits)
    return Unavailable("The engine stopped with an error of its own.", hint="Ask again, or put it another way.")


def complain_of_feed(error: Exception) -> WeftError:
    """What may be told of an error on the trusted side: nothing of the SQL, which may hold keys."""
    told = complain(type(error).__name__, str(error), "")
    if isinstance(told, Unavailable) and "disk" in told.message:
        return told
    if class_of(type(error).__name__, str(error)) == "OutOfMemory":
        return Unavailable("Masking and filtering needed more memory than is allowed.", hint="Ask for fewer columns.")
    return Broken("The rows behind a masked table could not be computed.", hint="`weft doctor` tells more.")


_LIMITS = {
    "seconds": ("ran longer than {0.seconds:g} seconds", "Ask for less at once", "engine.seconds"),
    "memory": ("needed more than {0.memory:,} MB of memory", "Ask for less at once", "engine.memory"),
    "rows": ("has more than {0.rows:,} rows", "Add a LIMIT or aggregate", "engine.rows"),
    "bytes": ("has more than {0.bytes:,} bytes", "Ask for fewer columns or rows", "engine.bytes"),
    "unfetched": ("was not fetched in time", "Read the answer faster, or ask for less at once", "engine.seconds"),
}


def _passed(limit: str, limits: Limits) -> Unavailable:
    what, advice, setting = _LIMITS[limit]
    subject = "The answer" if limit in {"rows", "bytes", "unfetched"} else "The question"
    return Unavailable(
        f"{subject} {what.format(limits)} and was stopped.", hint=f"{advice}, or have `{setting}` raised in mesh.yaml."
    )
