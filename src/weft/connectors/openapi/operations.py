"""The operations of a document of any version, each on its own: a broken one harms no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.openapi.refs import Refs

METHODS = ("get", "post")
_LINES = re.compile(r"ndjson|jsonl|json-?lines|json-stream", re.IGNORECASE)
_GOOD = ("200", "2XX", "2xx", "206", "201", "203", "default")


class Parameter(Struct, frozen=True):
    """One parameter of an operation."""

    name: str
    place: str
    """query, path, header, cookie, form, body."""
    required: bool = False
    schema: dict[str, Any] = field(default_factory=dict)
    description: str = ""


class Operation(Struct, frozen=True):
    """One operation and what it answers."""

    path: str
    method: str
    name: str = ""
    """operationId."""
    summary: str = ""
    description: str = ""
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    """Schema of the JSON body; None where there is none."""
    media: str = ""
    """Media type of the answer; empty = not said."""
    answer: Any = None
    """Schema of the answer; None = not said."""
    example: Any = None
    headers: tuple[str, ...] = ()
    """Names of the headers that any answer is said to have."""
    statuses: tuple[str, ...] = ()
    security: tuple[str, ...] | None = None
    """Schemes of which one alone lets in; None = as the document says."""
    lost: str = ""
    """Why its answer is not known, where a reference could not be followed."""

    @property
    def lines(self) -> bool:
        """Whether each line of the answer is a record."""
        return bool(_LINES.search(self.media))

    @property
    def of_one(self) -> bool:
        """Whether the path ends with a parameter; many write a slash behind it."""
        return self.path.rstrip("/").endswith("}")

    @property
    def query(self) -> tuple[Parameter, ...]:
        """Parameters in the query."""
        return tuple(p for p in self.parameters if p.place == "query")


class Skipped(Struct, frozen=True):
    """A path that gives no stream."""

    path: str
    reason: str


def operations(refs: Refs) -> Iterator[Operation | Skipped]:
    """All GET and POST operations, in the document's order."""
    paths = refs.root.get("paths")
    for path, value in paths.items() if isinstance(paths, dict) else ():
        item = refs.follow(value)
        if not str(path).startswith("/"):
            if not str(path).startswith("x-"):
                yield Skipped(str(path), "a path begins with a slash")
            continue
        if not item:
            yield Skipped(str(path), refs.why(value) or "its entry is no mapping")
            continue
        for method in METHODS:
            if method in item:
                yield _operation(refs, str(path), method, item)


def _operation(refs: Refs, path: str, method: str, item: dict[str, Any]) -> Operation | Skipped:
    told = refs.follow(item[method])
    if not told:
        return Skipped(path, f"its {method.upper()} is no mapping")
    given = _parameters(refs, item.get("parameters")) | _parameters(refs, told.get("parameters"))
    parameters = tuple(given.values())
    responses = refs.follow(told.get("responses"))
    key = next((k for k in _GOOD if k in responses), "")
    response = refs.follow(responses.get(key))
    media, schema, example = _content(refs, response)
    lost = refs.why(responses.get(key)) or refs.why(schema)
    headers = {str(h) for r in responses.values() for h in refs.follow(refs.follow(r).get("headers"))}
    return Operation(
        path=path,
        method=method,
        name=_text(told, "operationId"),
        summary=_text(told, "summary"),
        description=_text(told, "description"),
        deprecated=told.get("deprecated") is True,
        parameters=parameters,
        body=_body(refs, told, parameters),
        media=media or _produced(refs, told),
        answer=schema,
        example=example,
        headers=tuple(sorted(headers)),
        statuses=tuple(str(s) for s in responses),
        security=alone(told["security"]) if isinstance(told.get("security"), list) else None,
        lost=lost,
    )


def alone(required: Any) -> tuple[str, ...]:
    """Schemes of a `security` of which one alone lets in."""
    return tuple(str(next(iter(r))) for r in required if isinstance(r, dict) and len(r) == 1)


def _parameters(refs: Refs, listed: Any) -> dict[tuple[str, str], Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for value in listed if isinstance(listed, list) else ():
        told = refs.follow(value)
        name, place = told.get("name"), told.get("in")
        if not isinstance(name, str) or not isinstance(place, str):
            continue
        content = refs.follow(told.get("content"))
        inner = refs.follow(next(iter(content.values()), None)).get("schema") if content else told.get("schema")
        schema = refs.follow(inner) or {k: v for k, v in told.items() if k not in ("name", "in", "required")}
        required = told.get("required") is True
        found[name, place] = Parameter(name, place, required, schema, _text(told, "description"))
    return found


def _content(refs: Refs, response: dict[str, Any]) -> tuple[str, Any, Any]:
    """Media type, schema and example of a response."""
    examples = response.get("examples")
    if "schema" in response:  # Swagger 2.0
        return "", response["schema"], _first(refs, examples)
    content = refs.follow(response.get("content"))
    media = min(content, key=_preferred, default="")
    told = refs.follow(content.get(media))
    example = told.get("example", _first(refs, told.get("examples")))
    schema = told.get("schema")
    if _LINES.search(str(media)) and refs.follow(schema).get("type") != "array":
        schema = {"type": "array", "items": schema or {}}
    return str(media), schema, _first(refs, examples) if example is None else example


def _preferred(media: str) -> int:
    kinds = ("application/json", "json", "*/*", "ndjson", "csv", "xml")
    return next((i for i, kind in enumerate(kinds) if kind in media), len(kinds))


def _first(refs: Refs, examples: Any) -> Any:
    if not isinstance(examples, dict) or not examples:
        return None
    value = next(iter(examples.values()))
    told = refs.follow(value)
    return told.get("value", value) if told else value


def _body(refs: Refs, told: dict[str, Any], parameters: tuple[Parameter, ...]) -> Any:
    content = refs.follow(refs.follow(told.get("requestBody")).get("content"))
    media = next((m for m in content if "json" in m), None)
    if media is not None:
        return refs.follow(content[media]).get("schema", {})
    return next((p.schema for p in parameters if p.place == "body"), None)


def _produced(refs: Refs, told: dict[str, Any]) -> str:
    produces = told.get("produces", refs.root.get("produces"))
    listed = [p for p in produces if isinstance(p, str)] if isinstance(produces, list) else []
    return min(listed, key=_preferred, default="")


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value.strip() if isinstance(value, str) else ""
