"""Which requests a policy counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from weft.kinds import Kind

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request


class HttpRequestRegexMatcher(Kind):
    """Fits a request that has all that is given."""

    method: str = ""
    """GET, POST, ..."""
    url_base: str = ""
    """Scheme and host: `https://api.example.com`."""
    url_path_pattern: str = ""
    """A regular expression that is found in the path."""
    params: dict[str, str] = {}
    """Parameters."""
    headers: dict[str, str] = {}
    """Headers."""

    def fits(self, request: Request) -> bool:
        """Whether it is such a request."""
        url = urlsplit(request.url)
        params = {*parse_qsl(url.query), *request.params}
        headers = {name.lower(): value for name, value in request.headers.items()}
        return (
            self.method.upper() in ("", request.method.upper())
            and f"{url.scheme}://{url.netloc}".startswith(self.url_base.rstrip("/"))
            and re.search(self.url_path_pattern, url.path) is not None
            and all(pair in params for pair in self.params.items())
            and all(headers.get(name.lower()) == value for name, value in self.headers.items())
        )
