"""A web server in this process, whose answers a test writes; with TLS by an authority of its own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Asked:
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Told:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    cut: int | None = None
    """So many bytes of the body go out, then the connection ends."""
    end: Callable[[socket.socket], object] | None = None
    """How it ends: by a reset, or only after a while."""


@dataclass
class Web:
    url: str
    port: int
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Told] = lambda _asked: Told()


@contextmanager
def web(context: ssl.SSLContext | None = None) -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            if context is not None:
                self.request.settimeout(5)
                plain = self.request
                try:
                    self.request = context.wrap_socket(plain, server_side=True)
                finally:
                    plain.close()
            super().setup()

        def finish(self) -> None:
            super().finish()
            if context is not None:
                self.request.close()

        def _one(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query)),
                {k.lower(): v for k, v in self.headers.items()},
                self.rfile.read(length),
            )
            site.asked.append(asked)
            told = site.answer(asked)
            self.send_response_only(told.status)
            for name, value in {"Content-Length": str(len(told.body)), **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body[: told.cut])
            if told.cut is not None:
                self.close_connection = True
                self.wfile.flush()
                if told.end is not None:
                    told.end(self.connection)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _one  # noqa: N815 - names of the library

        def log_message(self, *_args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    site = Web(f"http{'s' if context else ''}://127.0.0.1:{port}", port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def sent_to(address: str) -> str:
    """Where a page sends a browser."""
    at = urlsplit(address)
    connection = HTTPConnection(at.netloc)
    connection.request("GET", f"{at.path}?{at.query}")
    found = connection.getresponse().headers["Location"]
    connection.close()
    return found


@dataclass
class Authority:
    """A certificate authority, and what it made."""

    ca: Path
    """PEM."""
    server: ssl.SSLContext
    """For 127.0.0.1."""
    client: tuple[str, str]
    """PEM of certificate and key."""


def authority(folder: Path) -> Authority:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def pem(key: Any) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def made(name: str, signer: Any, issuer: Any, *, is_ca: bool = False) -> tuple[Any, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
        )
        return key, builder.sign(signer or key, hashes.SHA256())

    root_key, root = made("a test's authority", None, None, is_ca=True)
    server_key, server = made("server", root_key, root.subject)
    client_key, client = made("client", root_key, root.subject)
    ca, chain = folder / "ca.pem", folder / "server.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(server.public_bytes(serialization.Encoding.PEM) + pem(server_key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.load_verify_locations(ca)
    return Authority(ca, context, (client.public_bytes(serialization.Encoding.PEM).decode(), pem(client_key).decode()))


@dataclass
class Through:
    """A proxy in this process: what it was asked for, and who may ask."""

    url: str
    asked: list[str] = field(default_factory=list)
    login: str = ""


@contextmanager
def proxy(to: int) -> Iterator[Through]:
    """A proxy for HTTP and, by CONNECT, for anything; whatever it is asked for, it asks the port `to` here."""
    import base64
    import select
    import socket
    import urllib.request

    class Handler(BaseHTTPRequestHandler):
        def _let(self) -> bool:
            way.asked.append(f"{self.command} {self.path}")
            wanted = "Basic " + base64.b64encode(way.login.encode()).decode()
            if way.login and self.headers.get("Proxy-Authorization") != wanted:
                self.send_response_only(407)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return False
            return True

        def do_GET(self) -> None:
            if self._let():
                target = f"http://127.0.0.1:{to}{urlsplit(self.path).path}"
                body = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(target).read()
                self.send_response_only(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def do_CONNECT(self) -> None:
            if not self._let():
                return
            with socket.create_connection(("127.0.0.1", to)) as far:
                self.send_response_only(200)
                self.end_headers()
                ends = {self.connection: far, far: self.connection}
                while True:
                    for ready in select.select(list(ends), [], [])[0]:
                        data = ready.recv(65_536)
                        if not data:
                            return
                        ends[ready].sendall(data)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    way = Through(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield way
    finally:
        server.shutdown()
        server.server_close()
