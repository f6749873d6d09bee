"""A proxy between a test and an object store: it breaks what is asked to break.

It is a process of its own: who waits for an answer may hold this process's interpreter meanwhile.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Proxy:
    """The parent's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = self._said()["url"]

    def rule(self, method: str = "", path: str = "", fate: str = "", times: int = 1000) -> int:
        """How the next requests fare whose method is that and whose path matches; returns how many did before.

        `503` is answered without being passed on, `lost` is passed on and its answer thrown away, `slow` takes a
        second longer, `plain` loses its conditions on the way, `403` is answered as S3 answers to a wrong key, `few`
        makes S3 list two objects a page; `""` passes.
        """
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"method": method, "path": path, "fate": fate, "times": times}) + "\n")
        self._process.stdin.flush()
        done: int = self._said()["done"]
        return done

    def _said(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def between(endpoint: str, *, pages: bool = False) -> Iterator[Proxy]:
    """Stand in front of an HTTP server.

    Args:
        endpoint: its address.
        pages: azurite does not know `startFrom` of a listing, which Azure does: what comes before is taken out here.
    """
    command = [sys.executable, __file__, endpoint, *(["pages"] if pages else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Proxy(process)
    finally:
        process.kill()
        process.communicate()


class Rule:
    """What the child was told last."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {"fate": "", "method": "", "path": "", "times": 0}
        self.done = 0
        self.lock = threading.Lock()

    def fate(self, method: str, path: str) -> str:
        with self.lock:
            told = self.told
            if not told["fate"] or told["method"] not in ("", method) or not re.search(told["path"], path):
                return ""
            if self.done >= told["times"]:
                return ""
            self.done += 1
            fate: str = told["fate"]
            return fate


def main(endpoint: str, *, pages: bool) -> None:
    """The child: stands there until it is killed."""
    there, rule = urlsplit(endpoint), Rule()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if self.parse_request():
                self._pass()

        def _pass(self) -> None:
            body = self._body()
            fate = rule.fate(self.command, self.path)
            if fate == "503":
                self._answer(503, [], b"<Error><Code>SlowDown</Code></Error>")
                return
            if fate == "403":
                self._answer(403, [], b"<Error><Code>InvalidAccessKeyId</Code></Error>")
                return
            if fate == "few" and "list-type=2" in self.path:
                self.path += "&max-keys=2"
            if fate == "slow":
                time.sleep(1)
            if fate == "plain":
                del self.headers["If-None-Match"]
            status, headers, content = _forward(there, self.command, self.path, self.headers, body)
            if fate == "lost":
                self.close_connection = True
                self.connection.close()
                return
            if pages and b"<EnumerationResults" in content[:400]:
                content = _from(self.path, content)
            self._answer(status, headers, content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            length = str(len(content))
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}{there.path}"}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        with rule.lock:
            done, rule.told, rule.done = rule.done, json.loads(line), 0
        sys.stdout.write(json.dumps({"done": done}) + "\n")
        sys.stdout.flush()


def _forward(there: Any, method: str, path: str, headers: Any, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in HOP:
                connection.putheader(name, value)
        if body or "Content-Length" in headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def _from(path: str, content: bytes) -> bytes:
    start = parse_qs(urlsplit(path).query).get("startFrom", [""])[0]

    def kept(blob: re.Match[bytes]) -> bytes:
        return blob[0] if blob[1].decode() >= start else b""

    return re.sub(rb"<Blob><Name>(.*?)</Name>.*?</Blob>", kept, content, flags=re.DOTALL)


if __name__ == "__main__":
    main(sys.argv[1], pages="pages" in sys.argv)
