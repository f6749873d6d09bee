"""Objects of a bucket: the few calls that the store makes, and their errors as ours."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weft.errors import Invalid
from weft.stores.ground import Found
from weft.stores.table import away

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_CLIENT = {"timeout": "60s", "connect_timeout": "5s"}
_RETRIES = 5
_PROBE = "weft-probe-"
_CHUNK = 8_000_000
"""Bytes that are held in memory at a time."""


class Objects:
    """One bucket below one prefix. Paths are relative to it.

    Args:
        url: `s3://bucket/prefix` or `az://container/prefix`.
        options: as `Bucket` takes them.
    """

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        self.options = {**_CLIENT, "max_retries": str(_RETRIES), **options}
        """What delta-rs is given for the same bucket."""

    def size(self, path: str) -> int | None:
        """Bytes of an object; none when it is not there."""
        import obstore

        try:
            with told():
                return int(obstore.head(self._store, path)["size"])
        except FileNotFoundError:
            return None

    def listed(self, folder: str) -> dict[str, Found]:
        """Objects right in a folder, by name."""
        import obstore

        with told():
            objects = obstore.list_with_delimiter(self._store, folder)["objects"]
        return {
            str(found["path"]).rpartition("/")[2]: Found(found["size"], found["last_modified"].timestamp())
            for found in objects
        }

    def folders(self, folder: str) -> list[str]:
        """Names of the folders right in a folder."""
        import obstore

        with told():
            found = obstore.list_with_delimiter(self._store, folder or None)["common_prefixes"]
        return sorted(str(path).rpartition("/")[2] for path in found)

    def below(self, folder: str) -> list[str]:
        """Paths of all objects in a folder and below."""
        import obstore

        with told():
            return [str(found["path"]) for found in obstore.list(self._store, folder).collect()]

    def behind(self, folder: str, path: str) -> dict[str, str]:
        """Objects of a folder whose paths sort behind that one, by name: what changes when they do."""
        import obstore

        with told():
            found = obstore.list(self._store, folder, offset=path or None).collect()
        return {str(one["path"]).rpartition("/")[2]: str(one["e_tag"] or one["last_modified"]) for one in found}

    def read(self, path: str) -> bytes:
        """A small object. Raises FileNotFoundError."""
        import obstore

        with told():
            return bytes(obstore.get(self._store, path).bytes())

    def upload(self, source: Path, path: str) -> None:
        """Write a file's bytes to an object."""
        import obstore

        with told():
            obstore.put(self._store, path, source)

    def fetch(self, path: str, into: Path) -> None:
        """Bring an object's bytes into a local file. Raises FileNotFoundError."""
        import obstore

        with told(), into.open("wb") as file:
            got = obstore.get(self._store, path)
            for chunk in got.stream(min_chunk_size=_CHUNK):
                file.write(chunk)
            wanted = got.meta["size"]
        if into.stat().st_size != wanted:
            raise away()

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects; what is gone is gone."""
        import obstore

        if paths:
            with told(gone=True):
                obstore.delete(self._store, list(paths))

    @cached_property
    def fenced(self) -> bool:
        """Whether the store knows conditional writes: without them the second of two writers would win unseen."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        path = f"{_PROBE}{uuid.uuid4().hex}"
        with told():
            obstore.put(self._store, path, b"", mode="create")
            try:
                obstore.put(self._store, path, b"", mode="create")
            except (AlreadyExistsError, PreconditionError):
                return True
            finally:
                obstore.delete(self._store, path)
        return False

    @cached_property
    def _store(self) -> Any:
        """The connection; made when it is first needed."""
        try:
            from obstore.store import from_url
        except ImportError:
            raise Invalid(
                "tables in an object store need the package obstore, which is not installed",
                hint="Install it with: pip install 'weft[objects]'",
            ) from None
        own = {name: value for name, value in self.options.items() if name.startswith(("aws_", "azure_"))}
        plain = "true" in (own.pop("aws_allow_http", ""), own.pop("azure_allow_http", ""))
        own.pop("aws_conditional_put", None)
        client: Any = {**_CLIENT, "allow_http": plain}
        with told():
            return from_url(self.url, config=own, client_options=client, retry_config={"max_retries": _RETRIES})  # type: ignore[call-overload]  # settings by name


@contextmanager
def told(*, gone: bool = False) -> Iterator[None]:
    """Errors of the object store as ours, without what it says: that tells URLs, and may tell what is in them.

    Args:
        gone: nothing is wrong when an object is not there.

    Raises:
        FileNotFoundError: there is no such object.
        Unavailable: the store does not answer, or refuses.
    """
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        if not gone:
            raise FileNotFoundError("no such object") from None
    except BaseError:
        raise away() from None
