"""Worker processes kept ready, and one watch over all of them."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from weft.engines.duck import protocol
from weft.engines.duck.answer import WorkerAnswer
from weft.engines.duck.process import Process
from weft.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from weft.engines.duck.feed import Behind
    from weft.model import Question

TICK = 0.05
"""Seconds between two looks at the limits."""
QUEUE = 5.0
"""Seconds to wait at least for a worker that is free."""
START = 15.0
"""Seconds to wait at least, as long as no worker has started yet."""
_FAILURES = 3


class Pool:
    """Starts one worker with the first question, the others with the second. Safe for threads.

    Args:
        workers: how many.
        scratch: private folder; each worker gets one of its own below for what it spills.
    """

    def __init__(self, workers: int, scratch: Path) -> None:
        self._workers = workers
        self._scratch = scratch
        self._ready: queue.Queue[Process] = queue.Queue()
        self._alive: dict[int, Process] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._asked = False
        self._closed = threading.Event()
        self._served = threading.Event()
        self._failures = 0
        self._work = threading.Event()
        self._threads: list[threading.Thread] = []
        self._owner = os.getpid()

    def warm(self) -> None:
        """Start the workers that are not there yet; returns at once."""
        self._start(self._workers)

    def ask(self, question: Question, behind: Sequence[Behind]) -> WorkerAnswer:
        """Have a worker answer; returns when the first rows or an error are there.

        Raises:
            Invalid: the statement does not fit the tables, or failed on its first rows.
            Unavailable: all workers are busy for too long, a limit is passed, the workers do not start.
        """
        if self._closed.is_set():
            raise Unavailable("The engine is closed.")
        self._start(self._workers if self._asked else 1)  # who asks once, as the command line does, needs but one
        self._asked = True
        wait = max(question.limits.seconds, QUEUE if self._served.is_set() else START)
        while True:
            process = self._take(wait)
            answer = self._hand_over(process, question, behind)
            if answer is not None:
                answer.begin()
                return answer

    def close(self) -> None:
        """End all workers."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.close)
        with self._lock:
            self._closed.set()
            alive = list(self._alive.values())
        self._work.set()
        for process in alive:
            process.kill("closed")
        for thread in self._threads:
            thread.join(5.0)

    def _start(self, workers: int) -> None:
        """Have that many kept."""
        with self._lock:
            if not self._threads and not self._closed.is_set():
                atexit.register(self.close)
                self._spawn("watch", self._watch)
            while len(self._threads) <= workers and not self._closed.is_set():
                self._spawn("worker", self._keep)

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"weft-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _take(self, seconds: float) -> Process:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._closed.is_set():
                raise Unavailable("The engine is closed.")
            if self._failures >= _FAILURES:
                raise Unavailable("The worker processes that answer questions do not start.", hint="See `weft doctor`.")
            with contextlib.suppress(queue.Empty):
                return self._ready.get(timeout=min(left, 0.5))
        raise Unavailable(
            f"All {self._workers} workers were busy for {seconds:g} seconds.",
            hint="Ask again later, or raise `engine.workers` in mesh.yaml.",
        )

    def _hand_over(self, process: Process, question: Question, behind: Sequence[Behind]) -> WorkerAnswer | None:
        """The answer to come; none when the worker died meanwhile."""
        feeds = [b.feed for b in behind if b.feed]
        ours, theirs = socket.socketpair()
        pairs = [socket.socketpair() for _ in feeds]
        descriptors = [theirs.fileno(), *(there.fileno() for _, there in pairs)]
        try:
            process.order(_order(question, behind), descriptors, question.limits)
        except protocol.Closed:
            for sock in (ours, *(here for here, _ in pairs)):
                sock.close()
            return None
        finally:
            for sock in (theirs, *(there for _, there in pairs)):
                sock.close()
        self._work.set()
        for feed, (here, _) in zip(feeds, pairs, strict=True):
            feed.start(here)
        return WorkerAnswer(process, ours, question, behind)

    def _keep(self) -> None:
        """Keep one worker alive: the life of one thread."""
        while not self._closed.is_set():
            number = next(self._numbers)
            try:
                process = Process(self._scratch / f"worker-{os.getpid()}-{number}")
            except (OSError, Unavailable):
                self._failures += 1
                time.sleep(0.2)
                continue
            with self._lock:
                self._alive[number] = process
            if self._closed.is_set():
                process.kill("closed")
            served = self._serve(process)
            process.bury()
            with self._lock:
                del self._alive[number]
            self._failures = 0 if served else self._failures + 1

    def _serve(self, process: Process) -> bool:
        """Offer the worker for one question after the other until it is gone; returns whether it ever was ready."""
        served = False
        while process.ready():
            served = True
            self._served.set()
            self._ready.put(process)
        return served

    def _watch(self) -> None:
        """Look at the limits while anybody works."""
        while not self._closed.is_set():
            self._work.wait()
            self._work.clear()  # before looking: who begins later sets it again
            while busy := self._busy():
                time.sleep(TICK)
                for process in busy:
                    process.watch(time.monotonic())

    def _busy(self) -> list[Process]:
        with self._lock:
            return [process for process in self._alive.values() if process.busy]


def _order(question: Question, behind: Sequence[Behind]) -> dict[str, Any]:
    number = itertools.count()
    views = [[b.name, b.sql or f"SELECT * FROM {protocol.STREAM}{next(number)}"] for b in behind]
    limits = question.limits
    return {
        "sql": question.sql,
        "views": views,
        "paths": [path for b in behind for path in b.paths],
        "memory": limits.memory,
        "threads": limits.threads,
        "seconds": limits.seconds,
    }
