"""Puts a credential where a request option says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from weft.errors import Invalid

if TYPE_CHECKING:
    from weft.connectors.rest.http.message import Request
    from weft.connectors.rest.http.session import Session
    from weft.connectors.rest.manifest.option import RequestOption


def placed(request: Request, option: RequestOption, value: str, session: Session) -> Request:
    """The request with the value in that place.

    Raises:
        Invalid: the request has no such place.
    """
    name = session.text(option.field_name)
    if option.inject_into == "header":
        return request.headed(name, value)
    if option.inject_into == "request_parameter":
        return request.asked(name, value)
    if option.inject_into == "body_data":
        pairs = [pair for pair in parse_qsl((request.body or b"").decode(), keep_blank_values=True) if pair[0] != name]
        return replace(request, body=urlencode([*pairs, (name, value)]).encode())
    if option.inject_into == "body_json":
        return replace(request, body=_in_json(request, [session.text(k) for k in option.field_path] or [name], value))
    raise Invalid(
        "a credential does not go into a path", hint="Allowed are request_parameter, header, body_data, body_json."
    )


def _in_json(request: Request, path: list[str], value: str) -> bytes:
    try:
        whole: Any = json.loads(request.body or b"{}")
        inner = whole
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
    except (ValueError, TypeError, AttributeError):
        raise Invalid(
            f"the body of {request.method} {request.path} is no JSON object that takes a credential"
        ) from None
    return json.dumps(whole, separators=(",", ":")).encode()
