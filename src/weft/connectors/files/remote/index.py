"""Directory pages of web servers: links of Apache's and nginx's HTML, and nginx's JSON."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from weft.errors import Invalid


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def names(page: bytes, url: str, kind: str) -> tuple[str, ...]:
    """Names right in a folder, those of folders with a `/` behind.

    Args:
        page: what the server gave.
        url: where it came from.
        kind: its media type.

    Raises:
        Invalid: it is no directory page.
    """
    if "json" in kind:
        found = _listed(page)
    elif "html" in kind:
        found = _linked(page, url)
    else:
        found = None
    if found is None:
        raise Invalid(
            f"{url.partition('?')[0]} is no directory page",
            hint="The server must list the folder (autoindex of Apache or nginx); or name the files: "
            "path: [https://.../a.csv, https://.../b.csv].",
        )
    kept = {
        name for name in found if name.strip("/") not in ("", ".", "..") and "/" not in name[:-1] and "\0" not in name
    }
    return tuple(sorted(kept))


def _listed(page: bytes) -> list[str] | None:
    try:
        told = json.loads(page)
        return [str(one["name"]) + ("/" if one["type"] == "directory" else "") for one in told]
    except (ValueError, TypeError, KeyError):
        return None


def _linked(page: bytes, url: str) -> list[str]:
    links = _Links()
    links.feed(page.decode(errors="replace"))
    links.close()
    folder = urlsplit(url)
    found = []
    for link in links.found:
        parts = urlsplit(urljoin(url, link))
        path = parts.path
        if parts[:2] == folder[:2] and path.startswith(folder.path) and not parts.query:
            name = path[len(folder.path) :]
            if "/" not in name[:-1]:
                found.append(unquote(name))
    return found
