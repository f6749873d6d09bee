"""A request of a manifest with its expressions computed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from weft.connectors.rest.expressions import Template, said
from weft.connectors.rest.http.message import Request
from weft.errors import Broken, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.connectors.rest.expressions import Names
    from weft.connectors.rest.manifest.option import RequestOption
    from weft.connectors.rest.manifest.requester import Requester

    Put = tuple[RequestOption, Any]

_SAFE = "/%:@!$&'()*+,;=~"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class Draft:
    """A request that is being made."""

    def __init__(self, asked: Requester, names: Names, base: str) -> None:
        self.asked, self.names, self.base = asked, names, base
        self.address = ""
        """Where a page's token says that it lies."""
        self.params: dict[str, Any] = _computed(asked.params, names)
        self.headers: dict[str, Any] = _computed(asked.headers, names)
        self.form: dict[str, Any] | None = None if asked.form is None else _computed(asked.form, names)
        self.json: Any = None if asked.json_body is None else asked.json_body.render(names)
        if asked.graphql is not None:
            self.json = {"query": asked.graphql.text(names)}

    def put(self, option: RequestOption, value: Any) -> None:
        """Put a value where an option says; none is left out."""
        if value is None:
            return
        if option.inject_into == "path":
            self.address = str(value)
            return
        path = [part.text(self.names) for part in (option.field_path or (option.field_name,)) if part is not None]
        if option.inject_into == "body_json":
            self.json = _placed(self.json if isinstance(self.json, dict) else {}, path, value)
            return
        if option.inject_into == "body_data" and self.form is None:
            self.form = {}
        places = {"request_parameter": self.params, "header": self.headers, "body_data": self.form}
        places[option.inject_into][path[-1]] = value  # type: ignore[index]  # made above

    def done(self) -> Request:
        """The request.

        Raises:
            Invalid: it has no address, or a path that leads upwards.
        """
        url = self._url()
        headers = {name: said(value) for name, value in self.headers.items() if value is not None}
        body = self._body(headers)
        method = self.asked.method
        return Request(method, url, self._params(url), headers, body, repeatable=self.asked.repeatable)

    def _url(self) -> str:
        if self.address:
            return urljoin(f"{self.base.rstrip('/')}/", self.address)
        if self.asked.url is not None:
            return self.asked.url.text(self.names)
        path = "" if self.asked.path is None else _path(self.asked.path, self.names)
        if not self.base:
            raise Invalid("a request has no address", hint="Give 'baseUrl' of the connector, or 'url' of the stream.")
        return f"{self.base.rstrip('/')}/{path.lstrip('/')}" if path else self.base

    def _params(self, url: str) -> tuple[tuple[str, str], ...]:
        query = urlsplit(url).query if "?" in url else ""
        there = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        if self.address and not there:
            return ()  # the whole address was given: nothing is added to it
        return tuple(pair for name, value in self.params.items() if name not in there for pair in _pairs(name, value))

    def _body(self, headers: dict[str, str]) -> bytes | None:
        if self.form is not None:
            pairs = [pair for name, value in self.form.items() for pair in _pairs(name, value)]
            return _typed(headers, _FORM, urlencode(pairs).encode())
        if self.json is not None:
            return _typed(headers, _JSON, json.dumps(self.json, ensure_ascii=False, default=str).encode())
        text = self.asked.body
        return None if text is None else text.text(self.names).encode()


def build(asked: Requester, names: Names, base: str, puts: Iterable[Put] = ()) -> Request:
    """The request, with values put where their options say.

    Args:
        asked: as the manifest says.
        names: what its expressions speak of.
        base: address that paths start from.
        puts: options with their values; none is left out.

    Raises:
        Invalid: an expression cannot be computed, or there is no address.
    """
    draft = Draft(asked, names, base)
    for option, value in puts:
        draft.put(option, value)
    return draft.done()


def _computed(fields: Mapping[str, Any], names: Names) -> dict[str, Any]:
    found = {}
    for name, tree in fields.items():
        value = None if tree is None else tree.render(names)
        if value is not None:
            found[Template(name).text(names)] = value
    return found


def _placed(body: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    step, *rest = path
    inner = body.get(step)
    return {**body, step: _placed(inner if isinstance(inner, dict) else {}, rest, value) if rest else value}


def _path(template: Template, names: Names) -> str:
    """What expressions give is a value within the path, never a further parameter; a lone one is the path itself."""
    if template.node is not None or template.constant:
        path = template.text(names)
    else:
        path = ""
        for computed, text in template.pieces(names):
            if computed and not text and path.endswith("/"):
                raise Broken(
                    f"of the path '{template.source}' an expression gives nothing",
                    hint="What it speaks of was not in the answer, the record or the configuration.",
                )
            path += quote(text, safe=_SAFE) if computed else text
    if ".." in urlsplit(path).path.split("/"):
        raise Invalid("the path of a request leads upwards ('..')", hint="Look at the values that it is made of.")
    return path


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, list | tuple) else [value]
    return [(name, said(item)) for item in values if item is not None]


def _typed(headers: dict[str, str], kind: str, body: bytes) -> bytes:
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind
    return body
