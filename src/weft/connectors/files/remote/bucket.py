"""A folder of a bucket: S3 or Azure Blob Storage."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from weft.connectors.files.found import Away, Found
from weft.connectors.files.remote import told
from weft.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weft.connectors.files.remote.url import Url

_CLIENT = {"timeout": "60s", "connect_timeout": "5s"}
_RETRIES = 5
_PART = 16_000_000
"""Bytes of one request: bounds memory, and what a slow line must bring in time."""
_STATUS = re.compile(r"status code: (\d{3})")
_BAD = re.compile("InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|AuthenticationFailed")


class Bucket:
    """A `Place`.

    Args:
        url: where.
        options: as `StorageOptions.told` gives them.
        scratch: private temporary folder.
    """

    def __init__(self, url: Url, options: Mapping[str, str], scratch: Path) -> None:
        self._url, self._options, self._scratch = url, options, scratch
        self.pattern = url.pattern

    def files(self) -> Iterator[Found]:
        """The object of that name, else all objects below; listed in pages.

        Raises:
            FileNotFoundError: there is none.
        """
        path, one = self._url.path, None
        if path and not path.endswith("/"):
            one = self._head(path)
        if one is not None:
            yield self._found(path.rpartition("/")[0], one)
            return
        empty = True
        for meta in self._listed(path.rstrip("/")):
            empty = False
            file = self._found(path.rstrip("/"), meta)
            marker = not meta["size"] and "." not in file.key.rpartition("/")[2]  # what tools put for an empty folder
            if not marker and not told.hidden(file.key):
                yield file
        if empty:
            raise FileNotFoundError(self._url.shown)

    def _head(self, path: str) -> Any:
        import obstore

        try:
            with self._told(self._url.shown):
                return obstore.head(self._store, path)
        except FileNotFoundError:
            return None

    def _listed(self, folder: str) -> Iterator[Any]:
        import obstore

        with self._told(self._url.shown):
            pages = iter(obstore.list(self._store, folder or None))
        while True:
            with self._told(self._url.shown):
                page = next(pages, None)
            if page is None:
                return
            yield from page

    def _found(self, folder: str, meta: Any) -> Found:
        path = str(meta["path"])
        key = path[len(folder) + 1 :] if folder else path
        shown = f"{self._url.origin}/{folder}".rstrip("/")
        away = Away(partial(self._fetch, f"{shown}/{key}", meta), partial(self._part, f"{shown}/{key}", meta))
        tag = meta["e_tag"] or meta["last_modified"].isoformat()
        return told.found((shown, key, self._scratch), meta["size"], tag, away)

    def _fetch(self, shown: str, meta: Any, into: Path) -> None:
        with into.open("wb") as file:
            for start in range(0, meta["size"], _PART):
                file.write(self._part(shown, meta, start, min(_PART, meta["size"] - start)))

    def _part(self, shown: str, meta: Any, start: int, count: int) -> bytes:
        import obstore

        options: Any = {"range": (start, start + count)}
        options |= {"if_match": meta["e_tag"]} if meta["e_tag"] else {"if_unmodified_since": meta["last_modified"]}
        try:
            with self._told(shown):
                part = bytes(obstore.get(self._store, meta["path"], options=options).bytes())
        except FileNotFoundError:
            raise told.vanished(shown) from None
        if len(part) != count:
            raise told.changed(shown)
        return part

    @cached_property
    def _store(self) -> Any:
        try:
            from obstore.store import from_url
        except ImportError:
            raise Unavailable(
                f"{self._url.shown} lies in a bucket, and the library that reads buckets is not installed",
                hint="Install it: pip install 'weft[objects]'.",
            ) from None
        own = dict(self._options)
        client: Any = {
            **_CLIENT,
            "allow_http": "true" in (own.pop("aws_allow_http", ""), own.pop("azure_allow_http", "")),
        }
        with self._told(self._url.shown):
            return from_url(self._url.origin, config=own, client_options=client, retry_config={"max_retries": _RETRIES})  # type: ignore[call-overload]  # settings by name

    @contextmanager
    def _told(self, shown: str) -> Iterator[None]:
        """Errors of the library as ours, without what it says: that tells URLs, and may tell what is in them."""
        from obstore import exceptions as wrong

        try:
            yield
        except FileNotFoundError:
            raise
        except wrong.PreconditionError:
            raise told.changed(shown) from None
        except wrong.InvalidPathError:
            raise Invalid(
                f"{shown} holds an object whose name has an empty part ('//') or '..', which cannot be listed",
                hint="Rename it, or name a folder that does not hold it.",
            ) from None
        except wrong.BaseError as error:
            raise _classed(repr(error), shown) from None


def _classed(text: str, shown: str) -> Exception:
    """Our error for one of the library, which knows the class of some requests' errors only."""
    status = _STATUS.search(text)
    code = status[1] if status else ""
    if code in ("401", "403"):
        return told.unknown(shown) if _BAD.search(text) else told.refused(shown)
    if code == "404":
        return FileNotFoundError(shown)
    return told.unreachable(shown, f"the store answers {code}" if code else "the store does not answer")
