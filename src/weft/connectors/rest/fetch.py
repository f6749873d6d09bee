"""The one place of the REST connectors that opens sockets: kept connections to addresses that were looked at."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import tempfile
import threading
import urllib.request
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3 import exceptions as wrong

from weft.connectors import dial
from weft.connectors.rest.http.lost import Lost
from weft.connectors.rest.http.message import Headers
from weft.connectors.rest.http.unpack import CODINGS, Packed, unpacked
from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weft.connectors.rest.http.authenticator import Certificate
    from weft.connectors.rest.http.guard import Origin
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.network import Network

_CHUNK = 262_144
"""Bytes."""
_AT_ONCE = 16_000_000
"""Bytes of a body that is read by one call, which takes a quarter of the CPU of pieces."""
_AGENT = f"weft/{version('weft')}"

# What the library logs tells addresses with their parameters, which may hold secrets.
logging.getLogger("urllib3.connectionpool").disabled = True


class Raw:
    """An answer whose body is not read yet."""

    def __init__(self, response: Any, to: Origin) -> None:
        self._response, self._to = response, to
        self.status: int = response.status
        self.headers: Mapping[str, str] = Headers(response.headers.items())

    def chunks(self) -> Iterator[bytes]:
        """The body without its content coding; all of it.

        Raises:
            Lost: it stops before its end, or is damaged.
        """
        try:
            with _lost(self._to):
                yield from unpacked(self._coded(), self.headers.get("Content-Encoding", ""))
        except Packed as error:
            raise Lost(str(error)) from None

    def _coded(self) -> Iterator[bytes]:
        length = self.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) <= _AT_ONCE:
            yield self._response.read(decode_content=False)
        else:
            yield from self._response.stream(_CHUNK, decode_content=False)


class Wire:
    """Connections of one source.

    Args:
        network: which way leads there.
        folder: paths of files start here.
        proxy: user and password of the proxy, once they are resolved.
        certificate: what is shown in TLS.
        seats: connections that are kept to one host.
    """

    def __init__(
        self,
        network: Network,
        folder: Path,
        proxy: tuple[str, str] = ("", ""),
        certificate: Callable[[], Certificate | None] = lambda: None,
        seats: int = 10,
    ) -> None:
        self._network, self._folder, self._proxy_login = network, folder, proxy
        self._certificate, self._seats = certificate, seats
        self._pools: dict[tuple[str, bool], Any] = {}
        self._ways: dict[Origin, Any] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        for pools in self._pools.values():
            pools.clear()

    @contextmanager
    def ask(self, request: Request, to: Origin) -> Iterator[Raw]:
        """Send one request and give its answer, wherever it leads.

        Raises:
            Lost: it did not come.
            Invalid: the address is one of a private network.
        """
        response = None
        try:
            with _lost(to):
                response = self._pool(to).urlopen(
                    request.method,
                    request.whole_url,
                    body=request.body,
                    headers={"Accept-Encoding": CODINGS, "User-Agent": _AGENT, **request.headers},
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                )
            yield Raw(response, to)
        finally:
            if response is not None:
                response.close()  # what was read to its end is back in the pool already; the rest is in the way

    def _pool(self, to: Origin) -> Any:
        """The connections that lead there: directly, or by a proxy."""
        with self._lock:
            if to not in self._ways:
                proxy = self._proxy(to)
                key = (proxy, to.scheme == "https")
                if key not in self._pools:
                    self._pools[key] = self._made(*key)
                self._ways[to] = self._pools[key]
            return self._ways[to]

    def _proxy(self, to: Origin) -> str:
        """The proxy that leads there; empty = none.

        What it will resolve is looked at here as well, as far as this machine knows the name.
        """
        proxy = self._network.proxy
        if not proxy and not urllib.request.proxy_bypass(to.host):
            proxy = urllib.request.getproxies().get(to.scheme, "")
        if proxy:
            with suppress(OSError):
                dial.addresses(to.host, to.port, private=self._network.private_network)
        return proxy

    def _made(self, proxy: str, secure: bool) -> Any:  # noqa: FBT001 - half of a key
        timeout = urllib3.Timeout(connect=self._network.connect_timeout, read=self._network.read_timeout)
        tls = self._tls() if secure or proxy.startswith("https") else None
        own: dict[str, Any] = {"maxsize": self._seats, "timeout": timeout, "ssl_context": tls}
        # A proxy of the environment is the word of whoever runs this machine; one of a source is its owner's.
        private = self._network.private_network or (bool(proxy) and not self._network.proxy)
        if proxy:
            login = ":".join(self._proxy_login) if self._proxy_login[0] else urllib3.util.parse_url(proxy).auth
            headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
            pools: Any = urllib3.ProxyManager(proxy, proxy_headers=headers, **own)
        else:
            pools = urllib3.PoolManager(**own)
        pools.pool_classes_by_scheme = _pinned(private=private)
        return pools

    def _tls(self) -> ssl.SSLContext:
        name = self._network.ca_file
        file = self._folder / name if name else None
        try:
            stamp = file.stat().st_mtime_ns if file else 0
            return _trusting(file, stamp, self._certificate(), os.environ.get("SSL_CERT_FILE", ""))
        except OSError:  # errors of TLS are among them
            raise Invalid(
                f"'{name}' holds no certificate authorities that can be read",
                hint="'caFile' is a PEM file, relative to the mesh's folder.",
            ) from None


@lru_cache(maxsize=16)
def _trusting(ca: Path | None, _stamp: int, certificate: Certificate | None, _environment: str) -> ssl.SSLContext:
    """Whom a connection trusts, and what it shows; made once, since reading all authorities takes its time."""
    context = ssl.create_default_context()
    if ca is not None:
        context.load_verify_locations(ca)
    if certificate is not None:
        _show(context, certificate)
    return context


def _show(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Load a certificate; OpenSSL reads it from a file only."""
    handle, name = tempfile.mkstemp()  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{certificate.chain}\n{certificate.key}\n")
        context.load_cert_chain(name, password=certificate.passphrase or "")
    except (ssl.SSLError, ValueError):
        raise Invalid(
            "the client's certificate and its key cannot be read, or do not belong together",
            hint="Both are PEM; 'passphrase' opens a locked key.",
        ) from None
    finally:
        Path(name).unlink()


def _pinned(*, private: bool) -> dict[str, Any]:
    """Pools whose connections go to an address that was looked at: the name is resolved once."""

    def connected(connection: Any) -> socket.socket:
        try:
            return dial.dial(connection.host, connection.port, private=private, seconds=connection.timeout)
        except TimeoutError as error:
            raise wrong.ConnectTimeoutError(connection, "no connection in time") from error
        except socket.gaierror as error:
            raise wrong.NameResolutionError(connection.host, connection, error) from error
        except OSError as error:
            raise wrong.NewConnectionError(connection, "no connection") from error

    class Plain(urllib3.connection.HTTPConnection):
        _new_conn = connected

    class Secure(urllib3.connection.HTTPSConnection):
        _new_conn = connected

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


@contextmanager
def _lost(to: Origin) -> Iterator[None]:
    """Errors of the library as ours, without what it says: that tells addresses with their parameters."""
    try:
        yield
    except (ValueError, wrong.LocationValueError):
        raise Invalid(
            "the address or a header of the request holds a character that none may have",
            hint="Look for line ends and letters beyond Latin-1 in what the source's references lead to.",
        ) from None
    except wrong.HTTPError as error:
        raise next(made for sort, made in _MEANT if isinstance(error, sort))(error, to) from None


_SLOW = "'readTimeout' of the source allows more."
_BROKEN = "the answer stops before its end"
_HOST = "Look at the base URL of the source, and whether this machine reaches it: a proxy is set by 'proxy'."


def _proxy(error: wrong.ProxyError, to: Origin) -> Lost:
    if "407" in str(error.original_error):
        return Lost("the proxy wants to know who asks", hint="Set 'proxyUser' and 'proxyPassword'.", tries=1)
    why = f"the proxy does not let it through to {to.shown}"
    return Lost(why, hint="Look at 'proxy', or HTTPS_PROXY.", unsent=True, tries=3)


def _untrusted(error: wrong.SSLError, to: Origin) -> Lost:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = f"the certificate of {to.shown} is not trusted ({cause.verify_message})"
        hint = "If a certificate authority of your own made it, name its file by 'caFile'."
    elif "CERTIFICATE_REQUIRED" in str(cause) or "HANDSHAKE_FAILURE" in str(cause):
        why = f"{to.shown} wants a client's certificate that it trusts"
        hint = "Give one by MutualTlsAuthenticator."
    else:
        why = f"no connection with TLS comes about with {to.shown}"
        hint = "Look at the base URL: does that port speak https? Does it want a client's certificate?"
    return Lost(why, hint=hint, tries=1)


def _unnamed(_error: wrong.NameResolutionError, to: Origin) -> Lost:
    return Lost(f"the name of the host '{to.host}' is not known", hint=_HOST, unsent=True, tries=3)


def _nobody(error: wrong.NewConnectionError, to: Origin) -> Lost:
    refused = isinstance(error.__cause__, ConnectionRefusedError)
    why = f"{to.shown} refuses the connection" if refused else f"no way leads to {to.shown}"
    return Lost(why, hint=_HOST, unsent=True)


_MEANT: tuple[tuple[type[Exception], Callable[[Any, Origin], Lost]], ...] = (
    (wrong.NameResolutionError, _unnamed),
    (wrong.NewConnectionError, _nobody),
    (wrong.ConnectTimeoutError, lambda _, to: Lost(f"{to.shown} cannot be reached in time", hint=_HOST, unsent=True)),
    (wrong.ProxyError, _proxy),
    (wrong.SSLError, _untrusted),
    (wrong.ReadTimeoutError, lambda _, to: Lost(f"{to.shown} does not answer in time", hint=_SLOW, slow=True)),
    (wrong.HTTPError, lambda e, _: Lost(_BROKEN if "IncompleteRead" in str(e) else "the connection breaks off")),
)
