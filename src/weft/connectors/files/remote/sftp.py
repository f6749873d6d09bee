"""A folder of an SFTP server; its host key is known from the document, or nothing is said to it."""

from __future__ import annotations

import base64
import hashlib
import io
import stat
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from weft.connectors.dial import dial
from weft.connectors.files.found import Away, Found, depth
from weft.connectors.files.remote import told
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.connectors.files.remote.url import Url

_SECONDS = 30.0
"""Without a byte."""
_WINDOW = 4_000_000
"""Bytes that are held in memory at a time."""
_AHEAD = 64
"""Requests of 32 KB that are under way at once."""
_KEY = ("ssh-", "ecdsa-")


class Login(Struct, frozen=True):
    """Who asks, and whom."""

    user: str
    host_key: str
    """Fingerprints (`SHA256:...`) or lines of known_hosts."""
    password: str = ""
    private_key: str = ""
    """PEM or OpenSSH text."""
    passphrase: str = ""

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of the keys that the server may have."""
        found = set()
        for line in self.host_key.splitlines():
            words = line.split()
            for n, word in enumerate(words):
                if word.startswith("SHA256:"):
                    found.add(word.rstrip("="))
                elif word.startswith(_KEY) and n + 1 < len(words):
                    found.add(fingerprint(base64.b64decode(words[n + 1])))
        return frozenset(found)

    @property
    def sorts(self) -> tuple[str, ...]:
        """Sorts of keys that lines of known_hosts name; the server is asked for one of those."""
        return tuple(word for word in self.host_key.split() if word.startswith(_KEY))


def fingerprint(key: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


@contextmanager
def opened(url: Url, login: Login, scratch: Path, *, private: bool) -> Iterator[Sftp]:
    """A session, closed afterwards.

    Raises:
        Invalid: the host key is not known, or the credentials are wrong.
        Unavailable: it cannot be reached.
    """
    try:
        import paramiko
    except ImportError:
        raise Unavailable(
            f"{url.shown} lies on an SFTP server, and the library that reads those is not installed",
            hint="Install it: pip install 'weft[sftp]'.",
        ) from None
    with _told(url.shown):
        transport = paramiko.Transport(dial(url.host, url.port, private=private))
    try:
        with _told(url.shown):
            _greet(transport, url, login)
            _enter(transport, login, url.shown)
            session = paramiko.SFTPClient.from_transport(transport)
            assert session is not None  # noqa: S101 - the library says so for closed transports only
            session.get_channel().settimeout(_SECONDS)
        yield Sftp(session, url, scratch)
    finally:
        transport.close()


def _greet(transport: Any, url: Url, login: Login) -> None:
    options = transport.get_security_options()
    wanted = [sort for sort in options.key_types if sort.startswith(login.sorts)] if login.sorts else []
    if any(sort == "ssh-rsa" for sort in login.sorts):
        wanted += [sort for sort in options.key_types if sort.startswith("rsa-")]
    if wanted:
        options.key_types = tuple(wanted)
    transport.banner_timeout = transport.auth_timeout = _SECONDS
    transport.start_client(timeout=_SECONDS)
    key = transport.get_remote_server_key()
    now = fingerprint(key.asbytes())
    if now in login.fingerprints:
        return
    if login.host_key:
        raise Invalid(
            f"{url.origin} shows another host key than the source says: {key.get_name()} {now}",
            hint="Somebody may stand in between: ask whoever runs the server before you change 'hostKey'.",
        )
    raise Invalid(
        f"the host key of {url.origin} is not known; it shows {key.get_name()} {now}",
        hint=f"Compare it with what whoever runs the server says, then write into the source: hostKey: {now}",
    )


def _enter(transport: Any, login: Login, shown: str) -> None:
    import paramiko

    try:
        if login.private_key:
            transport.auth_publickey(login.user, _key(login, shown))
        else:
            transport.auth_password(login.user, login.password)
    except paramiko.AuthenticationException:
        raise told.unknown(shown) from None


def _key(login: Login, shown: str) -> Any:
    import paramiko

    for sort in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return sort.from_private_key(io.StringIO(login.private_key.strip() + "\n"), login.passphrase or None)
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise Invalid(
        f"the private key of {shown} cannot be read",
        hint="It is an Ed25519, ECDSA or RSA key in PEM or OpenSSH form; 'passphrase' opens a locked one.",
    )


class Sftp:
    """A `Place`."""

    def __init__(self, session: Any, url: Url, scratch: Path) -> None:
        self._session, self._url, self._scratch = session, url, scratch
        self.pattern = url.pattern
        # sftp://host/~/in begins where the user's session does.
        self._path = url.path[2:] or "." if url.path[:2] in ("~", "~/") else f"/{url.path}"

    def files(self) -> Iterator[Found]:
        """The file of that path, else all files below.

        Raises:
            FileNotFoundError: neither.
            Invalid: a link that leaves the folder.
        """
        with _told(self._url.shown):
            status = self._session.stat(self._path)
        folder = self._path.rstrip("/") or "/"
        if stat.S_ISREG(status.st_mode):
            head, _, name = folder.rpartition("/")
            yield self._found((head, self._url.shown.rpartition("/")[0]), name, status)
            return
        with _told(self._url.shown):
            top = self._session.normalize(folder)
        yield from self._below(folder, "", top)

    def _below(self, folder: str, inner: str, top: str) -> Iterator[Found]:
        shown = f"{self._url.shown}/{inner}".rstrip("/")
        with _told(shown):
            listed = sorted(self._session.listdir_attr(f"{folder}/{inner}"), key=lambda one: one.filename)
        for one in listed:
            key, status = inner + one.filename, one
            if told.hidden(one.filename):
                continue
            if stat.S_ISDIR(one.st_mode):
                if key.count("/") < depth(self.pattern):
                    yield from self._below(folder, f"{key}/", top)
                continue
            if stat.S_ISLNK(one.st_mode):
                status = self._followed(f"{folder}/{key}", top)
            if status is not None and stat.S_ISREG(status.st_mode):
                yield self._found((folder, self._url.shown), key, status)

    def _followed(self, path: str, top: str) -> Any:
        """What a link leads to; none when that is nothing."""
        try:
            with _told(self._url.shown):
                status, real = self._session.stat(path), self._session.normalize(path)
        except FileNotFoundError:
            return None
        if stat.S_ISREG(status.st_mode) and not real.startswith(top.rstrip("/") + "/"):
            raise Invalid(
                f"'{self._url.origin}{path}' is a link that leaves the source's folder",
                hint="Put the file itself there, or take the link away.",
            )
        return status

    def _found(self, folder: tuple[str, str], key: str, status: Any) -> Found:
        path, shown = f"{folder[0]}/{key}", f"{folder[1]}/{key}"
        away = Away(partial(self._fetch, path, shown, status), partial(self._part, path, shown, status))
        return told.found((folder[1], key, self._scratch), status.st_size, str(status.st_mtime), away)

    def _fetch(self, path: str, shown: str, listed: Any, into: Path) -> None:
        with into.open("wb") as local:
            for chunk in self._chunks(path, shown, listed, 0, listed.st_size):
                local.write(chunk)

    def _part(self, path: str, shown: str, listed: Any, start: int, count: int) -> bytes:
        return b"".join(self._chunks(path, shown, listed, start, count))

    def _chunks(self, path: str, shown: str, listed: Any, start: int, count: int) -> Iterator[bytes]:
        """Bytes of a file that is, afterwards, what was listed."""
        try:
            with _told(shown):
                file = self._session.open(path)
            for at in range(start, start + count, _WINDOW):
                size = min(_WINDOW, start + count - at)
                with _told(shown):
                    (chunk,) = file.readv([(at, size)], _AHEAD)
                if len(chunk) != size:
                    raise told.changed(shown)
                yield chunk
            with _told(shown):
                file.close()
                now = self._session.stat(path)
            if (now.st_size, now.st_mtime) != (listed.st_size, listed.st_mtime):
                raise told.changed(shown)
        except FileNotFoundError:
            raise told.vanished(shown) from None


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """Errors of the library as ours."""
    import paramiko

    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError:
        raise told.refused(shown) from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        why = "it does not answer in time" if isinstance(error, TimeoutError) else "the connection is lost or refused"
        raise told.unreachable(shown, why) from None
