"""From the settings of a source to the folder elsewhere that they name."""

from __future__ import annotations

import base64
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator, model_validator

from weft.connectors import dial
from weft.connectors.files.remote import bucket, sftp, told
from weft.connectors.files.remote.client import Client
from weft.connectors.files.remote.url import Url, is_url, parse
from weft.connectors.files.remote.web import Web
from weft.kinds import REFERENCES, Kind
from weft.model import StorageOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.files.found import Place
    from weft.seams import Reach

_REFERENCE = "secret://"
_ASIDE: dict[str, JsonValue] = {"aside": True}
"""In a form it stands apart: a folder of this machine needs none of it."""
_HIDDEN = {**_ASIDE, "format": "password"}
_TAKES = {
    "s3": {"storage_options"},
    "az": {"storage_options"},
    "sftp": {"user", "password", "private_key", "passphrase", "host_key"},
    "https": {"user", "password", "token"},
    "http": {"user", "password", "token"},
    "": set(),
}
"""What each kind of folder is told besides its path."""


class Elsewhere(Kind):
    """The part of a files source that says where they lie and how one gets there."""

    path: str | tuple[str, ...] = "."
    """Folder, file or pattern, relative to the mesh's folder; or elsewhere: `s3://bucket/in/*.csv`,
    `az://container/in`, `abfss://container@account.dfs.core.windows.net/in`, `sftp://host/in/*.csv`,
    `https://host/in/*.csv`. Of one web server it may be a list."""
    storage_options: StorageOptions = StorageOptions()
    """S3 and Azure: how the bucket is reached, as in mesh.yaml."""
    user: str = Field("", json_schema_extra=_ASIDE)
    """SFTP and web: the user, or a secret:// reference to it."""
    password: str = Field("", json_schema_extra=_HIDDEN)
    """SFTP and web: a secret:// reference."""
    token: str = Field("", json_schema_extra=_HIDDEN)
    """Web: a secret:// reference of a bearer token."""
    private_key: str = Field("", json_schema_extra=_HIDDEN)
    """SFTP: a secret:// reference of a key in PEM or OpenSSH form, instead of a password."""
    passphrase: str = Field("", json_schema_extra=_HIDDEN)
    """SFTP: a secret:// reference of what opens the key."""
    host_key: str = Field("", json_schema_extra=_ASIDE)
    """SFTP: the fingerprint of the server's key, `SHA256:...`, or its lines of known_hosts; several where the key
    is about to change."""
    private_network: bool = False
    """Whether the server may have an address of a private network."""

    @field_validator("path")
    @classmethod
    def _known(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str):
            if is_url(value):
                parse(value)
            return value
        found = [parse(one) for one in value]
        if len({one.origin for one in found}) != 1 or not found[0].scheme.startswith("http"):
            raise ValueError("a list of paths holds addresses of one web server")
        return value

    @field_validator("password", "token", "private_key", "passphrase")
    @classmethod
    def _referenced(cls, value: str) -> str:
        if value and not value.startswith(_REFERENCE):
            raise ValueError(f"it is given by reference only: {REFERENCES}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Elsewhere:
        scheme = self.urls[0].scheme if self.urls else ""
        every = set().union(*_TAKES.values())
        said = [
            name
            for name in sorted(every - _TAKES[scheme])
            if getattr(self, name) != type(self).model_fields[name].default
        ]
        if said:
            raise ValueError(f"'{said[0]}' does not go with {f'{scheme}://' if scheme else 'a folder of the mesh'}")
        if self.token and self.password:
            raise ValueError("'token' and 'password' exclude each other")
        if scheme == "http" and (self.token or self.password) and not self.private_network:
            raise ValueError("credentials are not sent over http:// through the world; use https://")
        return self

    @property
    def urls(self) -> tuple[Url, ...]:
        """Where the files lie; empty = in the mesh's folder."""
        paths = (self.path,) if isinstance(self.path, str) else self.path
        return tuple(parse(path) for path in paths if is_url(path))

    @property
    def shown(self) -> str:
        """The path for messages."""
        return ", ".join(url.shown for url in self.urls) or str(self.path)

    @contextmanager
    def place(self, reach: Reach) -> Iterator[Place]:
        """The folder elsewhere, open meanwhile.

        Raises:
            Denied, Invalid, Unavailable: it cannot be opened.
        """
        url = self.urls[0]
        if url.scheme in ("s3", "az"):
            yield self._bucket(url, reach)
        elif url.scheme == "sftp":
            login = sftp.Login(
                user=url.user or self._secret(reach, self.user),
                host_key=self.host_key,
                password=self._secret(reach, self.password),
                private_key=self._secret(reach, self.private_key),
                passphrase=self._secret(reach, self.passphrase),
            )
            with sftp.opened(url, login, reach.scratch, private=self.private_network) as session:
                yield session
        else:
            with closing(Client(url.origin, self._credentials(reach), private=self.private_network)) as client:
                yield Web(self.urls, client, reach.scratch)

    def _bucket(self, url: Url, reach: Reach) -> bucket.Bucket:
        said = self.storage_options
        said = said.model_copy(
            update={"endpoint": said.endpoint or url.endpoint, "account": said.account or url.account}
        )
        if said.endpoint and (host := urlsplit(said.endpoint).hostname):
            try:
                dial.addresses(host, 0, private=self.private_network)
            except OSError:
                raise told.unreachable(url.shown, "its endpoint is not known") from None
        return bucket.Bucket(url, said.told(url.scheme, reach.vault.get), reach.scratch)

    def _credentials(self, reach: Reach) -> str:
        if self.token:
            return f"Bearer {self._secret(reach, self.token)}"
        if self.user:
            pair = f"{self._secret(reach, self.user)}:{self._secret(reach, self.password)}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        return ""

    def _secret(self, reach: Reach, value: str) -> str:
        return reach.vault.get(value) if value.startswith(_REFERENCE) else value
