"""A request as a handler sees it, and its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


@dataclass(frozen=True)
class Call:
    """One request, whole."""

    request: Request
    body: bytes
    number: int
    """Its number in the ledger."""

    @property
    def path(self) -> dict[str, str]:
        """Values of the path's placeholders."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; the last of a name."""
        return self.request.query_params

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers; names in any case."""
        return self.request.headers

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form; empty where it is none."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Refused(Exception):
    """Ends a handler with this answer."""

    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        super().__init__(status)
        self.response = answer(body, status, **headers)


def answer(body: Any = None, status: int = 200, **headers: str) -> Response:
    """An answer: bytes and text as they are, None as an empty body, all else as JSON; `_` in a header's name is `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None or isinstance(body, bytes | str):
        return Response(body, status, named)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, {"content-type": "application/json;charset=UTF-8", **named})
