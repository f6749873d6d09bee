"""Folders elsewhere for tests: S3, Azure, SFTP and a web server, each of them real, each of which can fail."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import json
import os
import socket
import ssl
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import pytest

import objects
from proxy import between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proxy import Proxy

USER, PASSWORD = "reader", "password-canary-4711"


@dataclass
class Folder:
    """A folder elsewhere: tests put files there, weft reads them."""

    url: str
    """Of the folder."""
    config: dict[str, Any]
    """How a source reaches it, besides `path`; secrets are secret://env/FOLDER_..."""
    secrets: dict[str, str]
    put: Callable[[str, bytes], None]
    delete: Callable[[str], None]
    fail: Callable[[str], None]
    """How reading fails from now on: `cut`, `denied`, or `` for not at all."""


@contextmanager
def bucket(scheme: str, running: objects.Objects, proxy: Proxy, prefix: str) -> Iterator[Folder]:
    """A prefix of a bucket."""
    import obstore
    from obstore.store import from_url

    keys = {key: value for key, value in running.options.items() if not key.endswith(("allow_http", "conditional_put"))}
    store = from_url(running.url(prefix), config=keys, client_options={"allow_http": True})
    secrets = {"KEY": objects.KEY, "SECRET": objects.SECRET} if scheme == "s3" else {"SECRET": objects.ACCOUNT_KEY}
    said = {"region": "us-east-1", "accessKey": "secret://env/FOLDER_KEY", "secretKey": "secret://env/FOLDER_SECRET"}
    if scheme == "az":
        said = {"account": objects.ACCOUNT, "accountKey": "secret://env/FOLDER_SECRET"}

    pages = "few" if scheme == "s3" else ""  # of Azure the signature covers how many a page holds

    def fail(fate: str) -> None:
        proxy.rule("GET", r"\.csv" if fate == "cut" else "", {"cut": "lost", "denied": "403", "": pages}[fate])

    fail("")

    def put(name: str, content: bytes) -> None:
        if "//" not in name:
            obstore.put(store, name, content)
            return
        url = f"{running.endpoint}/{objects.BUCKET}/{prefix}/{name}"  # the client itself puts no such names
        told = {"Content-Type": "text/csv"}
        urllib.request.urlopen(urllib.request.Request(url, data=content, method="PUT", headers=told)).close()

    yield Folder(
        url=running.url(prefix),
        config={"storageOptions": {"endpoint": proxy.url, **said}, "privateNetwork": True},
        secrets=secrets,
        put=put,
        delete=lambda name: obstore.delete(store, name),
        fail=fail,
    )
    fail("")


def local(root: Path) -> tuple[Callable[[str, bytes], None], Callable[[str], None]]:
    """Put and delete in a folder that a server here shows."""
    clock = iter(range(1_700_000_000, 1_800_000_000, 2))

    def put(name: str, content: bytes) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        at = next(clock)  # seconds that differ, however fast a test is
        os.utime(path, (at, at))

    return put, lambda name: (root / name).unlink()


@dataclass
class Fate:
    """What a server here does wrong."""

    told: str = ""
    path: str = ""
    """Only for requests that hold this."""
    times: int = 1000
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of every request."""

    def take(self, path: str) -> str:
        if not self.told or self.path not in path or self.times <= 0:
            return ""
        self.times -= 1
        return self.told

    def set(self, told: str, path: str = "", times: int = 1000) -> None:
        self.told, self.path, self.times = told, path, times
        self.seen.clear()


@contextmanager
def web(root: Path, certificate: Path | None = None) -> Iterator[tuple[Folder, Fate]]:
    """A web server with directory pages, entity tags, ranges and basic authentication; with TLS by a PEM file."""
    fate = Fate()
    right = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # noqa: PLR0911 - one line a way to fail
            path = unquote(urlsplit(self.path).path)
            fate.seen.append((self.command, self.path, dict(self.headers)))
            told = fate.take(self.path)
            if told.startswith("redirect "):
                return self._say(302, {"Location": told.partition(" ")[2]})
            if told == "later":
                return self._say(503, {"Retry-After": "0"})
            if told == "much later":
                return self._say(429, {"Retry-After": "3600"})
            if told == "no head" and self.command == "HEAD":
                return self._say(405, {})
            if told != "open" and self.headers.get("Authorization") != right:
                return self._say(401, {"WWW-Authenticate": "Basic"})
            if told == "denied":
                return self._say(403, {})
            there = root / path.lstrip("/")
            if there.is_dir():
                return self._index(there, path, told)
            if not there.is_file():
                return self._say(404, {})
            return self._file(there, told)

        do_HEAD = do_GET  # noqa: N815

        def _index(self, there: Path, path: str, told: str) -> None:
            entries = sorted(there.iterdir())
            if told == "json":
                listed = [{"name": e.name, "type": "directory" if e.is_dir() else "file"} for e in entries]
                return self._say(200, {"Content-Type": "application/json"}, json.dumps(listed).encode())
            links = [f'<a href="{quote(e.name)}{"/" if e.is_dir() else ""}">{html.escape(e.name)}</a>' for e in entries]
            more = ['<a href="?C=N;O=D">Name</a>', '<a href="../">up</a>', f'<a href="https://other.example{quote(path)}x.csv">x</a>',
                    f'<a href="{quote(path)}a%2F..%2Fb.csv">out</a>']  # fmt: skip
            page = f"<html><body><pre>{' '.join(more + links)}</pre></body></html>".encode()
            return self._say(200, {"Content-Type": "text/html; charset=utf-8"}, page)

        def _file(self, there: Path, told: str) -> None:
            content, status = there.read_bytes(), there.stat()
            if told == "changing" and self.command == "GET":
                there.write_bytes(content + b"\n")
            headers = {"ETag": f'"{status.st_mtime_ns:x}-{hashlib.md5(content).hexdigest()}"'}
            if told == "no tag":
                headers = {"Last-Modified": formatdate(status.st_mtime, usegmt=True)}
            start, end = 0, len(content)
            code = 200
            if (asked := self.headers.get("Range", "")) and told != "no range":
                first, last = asked.removeprefix("bytes=").split("-")
                start, end, code = int(first), int(last) + 1, 206
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
            return self._say(code, headers, content[start:end], cut=told == "cut")

        def _say(self, code: int, headers: dict[str, str], content: bytes = b"", *, cut: bool = False) -> None:
            self.send_response(code)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = self.close_connection or (cut and self.command != "HEAD")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    put, delete = local(root / "in")
    yield (
        Folder(
            url=f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}/in",
            config={"user": USER, "password": "secret://env/FOLDER_SECRET", "privateNetwork": True},
            secrets={"SECRET": PASSWORD},
            put=put,
            delete=delete,
            fail=lambda told: fate.set(told, ".csv" if told == "cut" else ""),
        ),
        fate,
    )
    server.shutdown()
    server.server_close()


@contextmanager
def sftp(root: Path) -> Iterator[Folder]:
    """An SFTP server over a real folder; knows a password and a key."""
    paramiko = pytest.importorskip("paramiko", reason="no SFTP: install the extra 'sftp'")
    fate = Fate()
    host = paramiko.ECDSAKey.generate()

    class Server(paramiko.ServerInterface):
        def check_auth_password(self, username: str, password: str) -> int:
            good = (username, password) == (USER, PASSWORD)
            return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

        def check_auth_publickey(self, username: str, key: Any) -> int:
            known = root / "authorized"
            good = known.exists() and key.get_base64() in known.read_text()
            return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return paramiko.OPEN_SUCCEEDED

        def get_allowed_auths(self, username: str) -> str:
            return "password,publickey"

    class Handle(paramiko.SFTPHandle):
        def stat(self) -> Any:
            return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

        def read(self, offset: int, length: int) -> Any:
            if fate.told == "cut":
                self.transport.sock.close()
            if fate.told == "changing":
                os.utime(self.path, (1, 1))
            return super().read(offset, length)

    class Files(paramiko.SFTPServerInterface):
        def __init__(self, server: Any, *_: Any) -> None:
            super().__init__(server)

        def session_started(self) -> None:
            self.transport = transports[-1]

        def _asked(self, path: str, make: Callable[[Path], Any]) -> Any:
            if fate.told == "denied":
                return paramiko.SFTP_PERMISSION_DENIED
            try:
                return make(root / path.lstrip("/"))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def list_folder(self, path: str) -> Any:
            return self._asked(
                path, lambda p: [paramiko.SFTPAttributes.from_stat(e.lstat(), e.name) for e in p.iterdir()]
            )

        def stat(self, path: str) -> Any:
            return self._asked(path, lambda p: paramiko.SFTPAttributes.from_stat(p.stat()))

        def lstat(self, path: str) -> Any:
            return self._asked(path, lambda p: paramiko.SFTPAttributes.from_stat(p.lstat()))

        def canonicalize(self, path: str) -> str:
            return "/" + str((root / path.lstrip("/")).resolve().relative_to(root.resolve())).removeprefix(".")

        def open(self, path: str, flags: int, attr: Any) -> Any:
            def made(there: Path) -> Any:
                handle = Handle(flags)
                handle.readfile, handle.path, handle.transport = there.open("rb"), there, self.transport
                return handle

            return self._asked(path, made)

    transports: list[Any] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(host)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
            transports.append(transport)
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):  # who does not like its key goes
                transport.start_server(server=Server())

    threading.Thread(target=serve, daemon=True).start()
    put, delete = local(root / "in")
    key = hashlib.sha256(host.asbytes()).digest()
    yield Folder(
        url=f"sftp://127.0.0.1:{listener.getsockname()[1]}/in",
        config={
            "user": USER,
            "password": "secret://env/FOLDER_SECRET",
            "hostKey": "SHA256:" + base64.b64encode(key).decode().rstrip("="),
            "privateNetwork": True,
        },
        secrets={"SECRET": PASSWORD},
        put=put,
        delete=delete,
        fail=fate.set,
    )
    listener.close()
    for transport in transports:
        transport.close()


@contextmanager
def opened(kind: str, root: Path) -> Iterator[Folder]:
    """A folder of one kind."""
    if kind in ("s3", "az"):
        made = objects.s3 if kind == "s3" else objects.azure
        with made() as running, between(running.endpoint) as proxy, bucket(kind, running, proxy, "in") as folder:
            yield folder
    elif kind == "sftp":
        with sftp(root) as folder:
            yield folder
    else:
        with web(root) as (folder, _):
            yield folder
