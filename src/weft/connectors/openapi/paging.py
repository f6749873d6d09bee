"""How a list is paged, told from parameters, the answer's fields beside the records, headers and descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from weft.connectors.openapi import backwards
from weft.connectors.openapi.decision import Decision
from weft.connectors.openapi.operations import Parameter
from weft.connectors.openapi.words import HOLDERS, MORE, NEXT_TOKENS, NEXT_URLS, OFFSETS, PAGES, SIZES, TOKENS, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.connectors.openapi.operations import Operation
    from weft.connectors.openapi.shapes import Shape, Shapes

_UNNAMED = "though the operation names no such parameter"
_LARGEST = 1_000
_USUAL = 100
_LINK = re.compile(r"[`'\"<]?\blink\b[`'\">]?\s+(response\s+)?header", re.IGNORECASE)
_SKIPS = re.compile(r"\bnumber of\b.{0,40}\bskip\b", re.IGNORECASE)
_HANDED = re.compile(r"cursor|token|marker|scroll|continuation")
"""Names of what is handed on from page to page, whatever else they say."""
_ADDRESS = re.compile(r"(^|_)(ur[il]|link|href)(_|$)|^next_page$")


class Paging(Struct, frozen=True):
    """A style of paging with what it needs."""

    decision: Decision
    component: Mapping[str, Any] | None = None
    """As the manifest has it; none = one page."""
    used: frozenset[str] = frozenset()
    """Parameters that it sets."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that switch it on."""

    @property
    def kind(self) -> str:
        """Name of the manifest's kind."""
        return str(self.decision.value["kind"])


class _Told(Struct, frozen=True):
    """What an operation tells about its pages."""

    size: Parameter | None
    page: Parameter | None
    offset: Parameter | None
    """One that counts; a text is none, unless it begins with a number."""
    token: Parameter | None
    next_token: tuple[str, ...]
    next_url: tuple[str, ...]
    more: tuple[str, ...]
    link: bool


def is_paged(operation: Operation) -> bool:
    """Whether it takes parameters that only lists take."""
    names = {plain(p.name) for p in operation.query}
    if "end" in names:
        names.discard("start")  # an interval
    return bool(names & {*PAGES, *OFFSETS}) or bool(names & set(TOKENS[:7])) or bool(names & set(SIZES[:7]))


def handed_on(lists: Iterable[tuple[Operation, Shape | None]], shapes: Shapes) -> dict[str, tuple[str, ...]]:
    """Where the document's lists tell the next value of a parameter, by the parameter's name: most do alike."""
    seen: dict[str, list[tuple[str, ...]]] = {}
    for operation, envelope in lists:
        told = _told(operation, envelope, shapes)
        if told.token and told.next_token:
            seen.setdefault(told.token.name, []).append(told.next_token)
    return {name: max(set(paths), key=paths.count) for name, paths in seen.items()}


def recognise(
    operation: Operation, envelope: Shape | None, shapes: Shapes, usual: Mapping[str, tuple[str, ...]], item: Any = None
) -> Paging:
    """The paging of a list.

    Args:
        operation: the list.
        envelope: the answer's shape where the records lie inside of an object.
        shapes: of the document.
        usual: what `handed_on` says of the document.
        item: schema of its records.
    """
    told = _told(operation, envelope, shapes)
    if told.token and not told.next_token and not told.next_url and told.token.name in usual:
        told = replace(told, next_token=usual[told.token.name])
    if told.next_token and not (told.token or told.page or told.offset):
        told = replace(told, token=_elsewhere(told.next_token, usual))
    back = backwards.find(operation, item, shapes, more=bool(told.more)) if told.size else None
    rules = [_by_token, _by_count, _by_address, _by_header]
    if back and told.token and not told.next_token and backwards.first(operation):
        rules = rules[1:]
    for found in (rule(operation, told) for rule in rules):
        if found is not None:
            return found
    if back is not None:
        return _backwards(told, back)
    if told.size and told.next_token:
        text = f"the answer tells '{_dotted(told.next_token)}', but no parameter takes it"
        return Paging(Decision("pagination", {"kind": "NoPagination"}, 0.3, (text,)))
    limited = f"'{told.size.name}' bounds the answer, but nothing tells how to get on" if told.size else ""
    why = limited or "no parameter, field or header tells of pages"
    return Paging(Decision("pagination", {"kind": "NoPagination"}, 0.5 if limited else 0.8, (why,)))


def _backwards(told: _Told, back: backwards.Back) -> Paging:
    stop = f"{{{{ not response.{_dotted(told.more)} }}}}" if told.more else ""
    value = f"{{{{ last_record.{_dotted(back.value)} }}}}"
    return _cursor(told, back.parameter, (value, stop), (back.sure, back.why))


def _elsewhere(next_token: tuple[str, ...], usual: Mapping[str, tuple[str, ...]]) -> Parameter | None:
    """The parameter that takes a token where the operation names none: as of other lists, or as the answer says."""
    name = next((n for n, path in usual.items() if path == next_token), "")
    if not name and len(next_token) > 1 and plain(next_token[-2]) in ("next", "next_page"):
        name = next_token[-1]
    return Parameter(name, "query", description=_UNNAMED) if name else None


def _by_token(operation: Operation, told: _Told) -> Paging | None:
    if told.token is None:
        return None
    if told.next_url and not told.next_token:
        return _by_address(operation, told)
    if not told.next_token and (told.page or told.offset):
        return None
    found = _token(told, told.token)
    return replace(found, params=_switch(operation, told.token)) if found else None


def _by_count(_operation: Operation, told: _Told) -> Paging | None:
    if told.offset:
        return _counted("OffsetIncrement", told.offset, told)
    return _counted("PageIncrement", told.page, told) if told.page else None


def _by_address(_operation: Operation, told: _Told) -> Paging | None:
    return _url(told) if told.next_url else None


def _by_header(_operation: Operation, told: _Told) -> Paging | None:
    if told.link:
        return _link(told, 0.85, "the answer's Link header names the next page")
    token = plain(told.token.name) if told.token else ""
    if not _HANDED.search(token) or told.next_token:
        return None
    return _link(told, 0.45, f"'{token}' takes what nothing in the answer tells: its Link header may")


def _told(operation: Operation, envelope: Shape | None, shapes: Shapes) -> _Told:
    fields = list(_fields(envelope, shapes)) if envelope else []
    texts = f"{operation.description} {operation.summary}"
    link = any(plain(h) == "link" for h in operation.headers)
    handed = _handed(operation, fields)
    return _Told(
        size=_find(operation, SIZES),
        page=_find(operation, PAGES, ("integer", "number", "string", "")),
        offset=_find(operation, OFFSETS, ("integer", "number", "")),
        token=handed[0] if handed else _find(operation, TOKENS) or _find(operation, ("offset",), ("string",)),
        next_token=handed[1] if handed else _pick(fields, NEXT_TOKENS, address=False),
        next_url=_pick(fields, NEXT_URLS, address=True),
        more=next((path for path, _ in fields if plain(path[-1]) in MORE), ()),
        link=link or bool(_LINK.search(texts)),
    )


def _handed(
    operation: Operation, fields: list[tuple[tuple[str, ...], Shape]]
) -> tuple[Parameter, tuple[str, ...]] | None:
    """A parameter `x` for which the answer has a `next_x` or `next.x`, which is surer than any usual name."""
    opaque = {plain(p.name) for p in operation.query if _kind(p) == "string" and _HANDED.search(p.description)}
    counting = {*SIZES, *PAGES} - opaque
    by_name = {name: p for p in operation.query if (name := plain(p.name)) not in counting}
    for path, shape in fields:
        name, holder = plain(path[-1]), plain(path[-2]) if len(path) > 1 else ""
        next_one = name.startswith("next_") or holder in ("next", "next_page") or bool(_HANDED.search(name))
        given = by_name.get(name.removeprefix("next_")) if next_one else None
        if given is None or shape.kind not in ("string", "integer", ""):
            continue
        told = plain(given.name) in opaque and shape.format not in ("uri", "url")
        if told or not _is_address(path, shape):
            return given, path
    return None


def _find(operation: Operation, names: Iterable[str], kinds: tuple[str, ...] = ()) -> Parameter | None:
    by_name = {plain(p.name): p for p in reversed(operation.query)}
    for name in names:
        found = by_name.get(name)
        if found is not None and (not kinds or _kind(found) in kinds):
            return found
    return None


def _kind(parameter: Parameter) -> str:
    kind = parameter.schema.get("type", "")
    if kind == "string" and (
        str(parameter.schema.get("default", "")).isdigit() or _SKIPS.search(parameter.description)
    ):
        return "integer"
    return kind if isinstance(kind, str) else "string" if isinstance(kind, list) and "string" in kind else ""


def _fields(envelope: Shape, shapes: Shapes) -> Iterable[tuple[tuple[str, ...], Shape]]:
    """Plain fields beside the records, also those one or two objects deeper in the usual holders."""
    waiting: list[tuple[tuple[str, ...], Shape]] = [((), envelope)]
    while waiting:
        path, shape = waiting.pop(0)
        for name, schema in shape.fields.items():
            inner = shapes.of(schema)
            if inner.kind in ("object", "map") and inner.fields and plain(name) in HOLDERS and len(path) < 2:  # noqa: PLR2004
                waiting.append(((*path, name), inner))
            elif inner.kind not in ("array", "object", "map"):
                yield (*path, name), inner


def _pick(fields: list[tuple[tuple[str, ...], Shape]], names: tuple[str, ...], *, address: bool) -> tuple[str, ...]:
    for name in names:
        for path, shape in fields:
            said = plain(path[-1])
            alone = said in ("href", "link", "uri", "url", "offset", "path") and plain(
                path[-2] if len(path) > 1 else ""
            ) in ("next", "next_page")
            if alone and address != (said == "offset") and name == names[0]:
                return path
            if said == name and shape.kind in ("string", "") and _is_address(path, shape) is address:
                return path
            if said == name and not address and shape.kind in ("integer", "number") and name in ("next_page", "next"):
                return ()
    return ()


def _is_address(path: tuple[str, ...], shape: Shape) -> bool:
    holder = plain(path[-2]) if len(path) > 1 else ""
    text = shape.description.lower()
    words = re.search(r"\burl\b|\buri\b|\bhyperlink\b|\blink to\b|https?:", text) is not None
    told = words and "not a url" not in text
    return shape.format in ("uri", "url") or bool(_ADDRESS.search(plain(path[-1]))) or holder.endswith("links") or told


def _token(told: _Told, token: Parameter) -> Paging | None:
    if told.next_token:
        value = f"{{{{ response.{_dotted(told.next_token)} }}}}"
        text = f"'{token.name}' takes what the answer tells in '{_dotted(told.next_token)}'"
        guessed = token.description == _UNNAMED
        return _cursor(told, token, (value, ""), (0.6, f"{text}, {_UNNAMED}") if guessed else (0.95, text))
    if plain(token.name) in ("starting_after", "after", "marker", "page_after", "last_id", "last_seen_id"):
        stop = f"{{{{ not response.{_dotted(told.more)} }}}}" if told.more else ""
        text = f"'{token.name}' takes a record's id, and no field tells a token"
        told_more = f"; '{_dotted(told.more)}' tells whether there are more" if told.more else ""
        return _cursor(told, token, ("{{ last_record.id }}", stop), (0.8 if told.more else 0.55, text + told_more))
    return None


def _switch(operation: Operation, token: Parameter) -> dict[str, Any]:
    """`usemarker` of a list that takes a `marker`."""
    named = f"use{plain(token.name)}"
    return {p.name: "true" for p in operation.query if plain(p.name).replace("_", "") == named}


def _cursor(told: _Told, token: Parameter, value: tuple[str, str], why: tuple[float, str]) -> Paging:
    component = {"kind": "CursorPagination", "cursorValue": value[0]}
    size = _size(told)
    if value[1]:
        component["stopCondition"] = value[1]
    elif value[0].startswith("{{ last_record"):
        component["stopCondition"] = f"{{{{ last_page_size < {size.get('pageSize', 1)} }}}}"
    component |= {"pageTokenOption": token.name, **size}
    return _made("CursorPagination", "cursor", component, replace(told, token=token), why)


def _counted(kind: str, parameter: Parameter, told: _Told) -> Paging:
    component: dict[str, Any] = {"kind": kind, **_size(told)}
    if kind == "PageIncrement":
        component["startFromPage"] = _first_page(parameter)
    component["pageTokenOption"] = parameter.name
    style = "page" if kind == "PageIncrement" else "offset"
    text = f"'{parameter.name}' counts {'pages' if style == 'page' else 'records'}"
    size = f", '{told.size.name}' says how many" if told.size else ""
    return _made(kind, style, component, told, (0.95 if told.size else 0.8, text + size))


def _first_page(parameter: Parameter) -> int:
    for word in ("default", "minimum", "example", "x-example"):
        value = parameter.schema.get(word)
        if isinstance(value, int) and not isinstance(value, bool) and value in (0, 1):
            return value
    zero = re.search(
        r"zero[- ]based|starts? (at|from|with) 0|0[- ](based|indexed)|first page is 0",
        parameter.description,
        re.IGNORECASE,
    )
    return 0 if zero else 1


def _url(told: _Told) -> Paging:
    path = _dotted(told.next_url)
    component = {
        "kind": "CursorPagination",
        "cursorValue": f"{{{{ response.{path} }}}}",
        "pageTokenOption": {"kind": "RequestPath"},
        **_size(told),
    }
    return _made(
        "CursorPagination", "next_url", component, told, (0.9, f"'{path}' of the answer is the next page's address")
    )


def _link(told: _Told, sure: float, text: str) -> Paging:
    component = {"kind": "LinkHeader", "pageTokenOption": {"kind": "RequestPath"}, **_size(told)}
    return _made("LinkHeader", "link_header", component, told, (sure, text))


def _made(kind: str, style: str, component: dict[str, Any], told: _Told, why: tuple[float, str]) -> Paging:
    used = frozenset(p.name for p in (told.size, told.page, told.offset, told.token) if p is not None)
    value = {"kind": kind, "style": style} | ({"page_size": component["pageSize"]} if "pageSize" in component else {})
    return Paging(Decision("pagination", value, why[0], (why[1],)), component, used)


def _size(told: _Told) -> dict[str, Any]:
    if told.size is None:
        return {}
    largest, usual = told.size.schema.get("maximum"), told.size.schema.get("default")
    if not isinstance(largest, int):
        said = re.search(
            r"(?:max(?:imum)?|up to|between \d+ and|no more than)\D{0,30}?(\d{2,5})",
            told.size.description,
            re.IGNORECASE,
        )
        largest = int(said[1]) if said else None
    known = usual if isinstance(usual, int) and usual > 0 else None
    size = min(largest, _LARGEST) if isinstance(largest, int) and largest > 0 else known or _USUAL
    return {"pageSize": size, "pageSizeOption": told.size.name}


def _dotted(path: tuple[str, ...]) -> str:
    """A path as an expression has it: names that are no words stand in brackets."""
    first, *rest = path
    parts = [first if re.fullmatch(r"[A-Za-z_]\w*", first) else f"['{first}']"]
    parts += [f".{name}" if re.fullmatch(r"[A-Za-z_]\w*", name) else f"['{name}']" for name in rest]
    return "".join(parts)
