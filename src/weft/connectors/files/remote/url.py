"""Where a source's files lie, when that is not the mesh's folder."""

from __future__ import annotations

import re

from msgspec import Struct

from weft.connectors.files.found import split

SCHEMES = ("s3", "az", "abfss", "sftp", "https", "http")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)/?(.*)", re.DOTALL)
_PORTS = {"sftp": 22, "https": 443, "http": 80}
_AZURE = "core.windows.net"


class Url(Struct, frozen=True):
    """A URL of files, cut into its parts."""

    scheme: str
    """s3, az, sftp, https or http."""
    host: str
    """Bucket, container or server; without user and port."""
    path: str
    """Folder or file, without the first `/`; ends in `/` when the document says that it is a folder."""
    pattern: str = ""
    """What below the path is meant; empty = all of it, or the path itself."""
    user: str = ""
    port: int = 0
    account: str = ""
    """Azure: the storage account, when the URL tells it."""
    endpoint: str = ""
    """Azure: its address, when that is not the usual one."""
    query: str = ""
    """Of a web address; never shown."""

    @property
    def origin(self) -> str:
        """The URL up to its path."""
        usual = self.port == _PORTS.get(self.scheme, 0)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")

    @property
    def shown(self) -> str:
        """For messages: the folder or file, without user and query."""
        return f"{self.origin}/{self.path}".rstrip("/")


def is_url(path: str) -> bool:
    """Whether a path says where it lies by a scheme."""
    return "://" in path


def parse(text: str) -> Url:
    """Cut a URL.

    Raises:
        ValueError: another scheme, a password in it, or no host.
    """
    match = _URL.fullmatch(text)
    scheme = match[1].lower() if match else ""
    if match is None or scheme not in SCHEMES or not match[2] or re.search(r"[\s\0\\]", match[2]):
        raise ValueError("a path elsewhere begins with s3://bucket, az://container, abfss://container@account..., "
                         "sftp://host or https://host")  # fmt: skip
    path, query = match[3], ""
    if scheme in ("https", "http"):
        path, _, query = path.partition("#")[0].partition("?")
    base, pattern = split(path)
    if query and (pattern or path.endswith("/")):
        raise ValueError("a web address with parameters names one file, no pattern and no folder")
    base = "" if base == "." else base + ("/" if pattern or path.endswith("/") else "")
    if ".." in base.split("/"):
        raise ValueError("a path elsewhere holds no '..'")
    user, host, port = _authority(match[2])
    if scheme in ("s3", "az", "abfss"):
        return _bucket(scheme, (user, match[2]), base, pattern)
    if user and scheme != "sftp":
        raise ValueError("the URL holds a user; give it by 'user'")
    return Url(scheme, host, base, pattern, user, port or _PORTS[scheme], query=query)


def _authority(text: str) -> tuple[str, str, int]:
    user, _, rest = text.rpartition("@")
    if ":" in user:
        raise ValueError("the URL holds a password; give it by 'password: secret://vault/NAME'")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", rest)
    if match is None:
        raise ValueError("the URL's host is none")
    return user, match[1].strip("[]"), int(match[2] or 0)


def _bucket(scheme: str, authority: tuple[str, str], path: str, pattern: str) -> Url:
    container, whole = authority
    if scheme != "abfss":
        return Url(scheme, whole, path, pattern)
    account, _, suffix = whole.rpartition("@")[2].partition(".dfs.")
    if not container or not suffix:
        raise ValueError("it is abfss://container@account.dfs.core.windows.net/path")
    endpoint = "" if suffix == _AZURE else f"https://{account}.blob.{suffix}"
    return Url("az", container, path, pattern, account=account, endpoint=endpoint)
