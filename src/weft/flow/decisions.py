"""What a reviewer decides about one stream of a drafted connector: out of its manifest as a form, and back into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGES = ("PageIncrement", "OffsetIncrement", "CursorPagination", "LinkHeader")
"""Ways of a list that a form can say; a draft may have others, which stay as they are."""
_SUBSTREAM = "SubstreamPartitionRouter"
_SINCE: dict[str, Any] = {
    "kind": "DatetimeBasedCursor",
    "datetimeFormat": "%Y-%m-%dT%H:%M:%SZ",
    "startDatetime": "2020-01-01T00:00:00Z",
}


class Pages(Noun):
    """How a list goes on."""

    kind: str = ""
    """One of `PAGES`, or what the draft has; empty = there is one page only."""
    parameter: str = ""
    """Parameter that asks for a page."""
    size: str = ""
    """Records of a page."""
    size_parameter: str = ""
    """Parameter that says how many."""
    next: str = ""
    """CursorPagination: where the answer tells what to ask for next: `response.next_cursor`."""


class Choice(Noun):
    """What a reviewer decided about one stream."""

    records: str = ""
    """Where the records lie in the answer: `data.items`; empty = the answer itself."""
    key: str = ""
    """Fields that tell records apart, with commas."""
    pages: Pages = Pages()
    cursor: str = ""
    """Field that grows with each change; empty = everything is read each time."""
    since: str = ""
    """Parameter that asks for what is newer; empty = the system gives all, and older records are left out here."""
    parent: str = ""
    """Stream for each of whose records it is read; empty = it stands alone, or the form cannot say it."""
    parent_key: str = ""
    """Field of the parent's record that is asked with."""


def choice_of(said: Mapping[str, Any]) -> Choice:
    """A stream of a manifest as a form."""
    key, above = said.get("key") or [], _above(said)
    since = _component(said.get("incremental"))
    return Choice(
        records=_joined(said.get("records", ""), "."),
        key=_joined(key, ", "),
        pages=_pages_of(_component(said.get("pagination"))),
        cursor=_joined(since.get("cursorField", ""), "."),
        since=_option(since.get("startTimeOption")),
        parent=str(above.get("stream", "")),
        parent_key=_joined(above.get("parentKey", ""), "."),
    )


def decided(said: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """The stream as it was decided; what the form does not say, and what was left as it is, stays to the letter."""
    before, told = choice_of(said), dict(said)
    if choice.records != before.records:
        told["records"] = choice.records
    if choice.key != before.key:
        told["key"] = [one.strip() for one in choice.key.split(",") if one.strip()]
    if choice.pages != before.pages:
        told["pagination"] = _paged(_component(said.get("pagination")), before.pages, choice.pages)
    if (choice.cursor, choice.since) != (before.cursor, before.since):
        told["incremental"] = _grown(_component(said.get("incremental")) or _SINCE, choice)
    if before.parent and (choice.parent, choice.parent_key) != (before.parent, before.parent_key):
        told["partitions"] = {**_above(said), "stream": choice.parent, "parentKey": choice.parent_key}
    return {name: value for name, value in told.items() if value or name == "records" or value == said.get(name, ...)}


def parents(said: Mapping[str, Any]) -> set[str]:
    """Streams that a stream is read for."""
    routers = said.get("partitions") or []
    flat = [router for router in (routers if isinstance(routers, list) else [routers]) if isinstance(router, dict)]
    nested = [one for router in flat for one in router.get("parentStreamConfigs", [])]
    return {str(one["stream"]) for one in (*flat, *nested) if "stream" in one}


def _above(said: Mapping[str, Any]) -> dict[str, Any]:
    """The one parent that a form can say."""
    found = said.get("partitions")
    return found if isinstance(found, dict) and found.get("kind") == _SUBSTREAM and "stream" in found else {}


def _pages_of(said: Mapping[str, Any]) -> Pages:
    kind = said.get("kind", "")
    if kind in ("", "NoPagination"):
        return Pages()
    return Pages(
        kind=kind,
        parameter=_option(said.get("pageTokenOption")),
        size=str(said.get("pageSize", "")),
        size_parameter=_option(said.get("pageSizeOption")),
        next=str(said.get("cursorValue", "")).removeprefix("{{").removesuffix("}}").strip(),
    )


def _paged(said: Mapping[str, Any], before: Pages, now: Pages) -> dict[str, Any]:
    same = now.kind == before.kind
    told: dict[str, Any] = dict(said) if same else {"kind": now.kind}
    given = {
        "pageTokenOption": "parameter",
        "pageSize": "size",
        "pageSizeOption": "size_parameter",
        "cursorValue": "next",
    }
    if now.kind == "LinkHeader":
        del given["pageTokenOption"], given["cursorValue"]
    for name, field in given.items():
        value = getattr(now, field)
        if not same or value != getattr(before, field):
            told[name] = int(value) if value.isdigit() else f"{{{{ {value} }}}}" if value and field == "next" else value
    if now.kind == "PageIncrement" and not same:
        told["startFromPage"] = 1
    if now.kind != "CursorPagination" and not same:
        told.pop("cursorValue", None)
    return {name: value for name, value in told.items() if value != ""} if now.kind else {}


def _grown(said: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    told = {**said, "cursorField": choice.cursor, "startTimeOption": choice.since}
    if choice.since == _option(said.get("startTimeOption")):
        told["startTimeOption"] = said.get("startTimeOption", "")
    return {name: value for name, value in told.items() if value != ""} if choice.cursor else {}


def _component(said: Any) -> dict[str, Any]:
    """A part of a manifest, also where it is told by its kind alone."""
    return {"kind": said} if isinstance(said, str) else dict(said or {})


def _option(said: Any) -> str:
    """Name of the parameter that something is sent as."""
    return str(said.get("fieldName", "")) if isinstance(said, dict) else str(said or "")


def _joined(said: Any, between: str) -> str:
    return between.join(map(str, said)) if isinstance(said, list) else str(said or "")
