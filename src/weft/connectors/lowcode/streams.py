"""DeclarativeStream -> a stream of ours, flat; parents that stand inside become streams of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.lowcode.parts import fields_of, part
from weft.connectors.lowcode.requests import request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.lowcode.notes import Notes

_DROPPED = ("name", "state_migrations")
_ROUTERS = ("SubstreamPartitionRouter", "ListPartitionRouter", "GroupingPartitionRouter", "UnionPartitionRouter")


class Streams:
    """Converts the streams of one manifest.

    Args:
        notes: takes what has no counterpart.
        base: the connector's base URL.
    """

    def __init__(self, notes: Notes, base: str) -> None:
        self._notes = notes
        self._base = base
        self.streams: dict[str, dict[str, Any]] = {}
        self._told: dict[str, Any] = {}

    def add(self, stream: Mapping[str, Any], where: str = "") -> str:
        """Convert a stream and what it needs; returns its name."""
        name = str(stream.get("name") or (stream.get("$parameters") or {}).get("name") or "stream")
        if name in self._told and self._told[name] != stream:
            name = next(n for i in range(2, 1000) if (n := f"{name}_{i}") not in self._told)
        if name not in self._told:
            self._told[name] = stream
            self.streams[name] = self.flat(stream, where or f"streams.{name}")
        return name

    def flat(self, stream: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The fields of a stream."""
        kind = stream.get("type", "DeclarativeStream")
        if kind == "StateDelegatingStream":
            return self._delegating(stream, where)
        if kind != "DeclarativeStream":
            self._notes.add(str(kind), where)
            return {}
        fields = {k: v for k, v in fields_of(stream).items() if k not in _DROPPED}
        told: dict[str, Any] = {"parameters": _given(stream)} if _given(stream) else {}
        told |= self.retrieved(fields.pop("retriever", {}), f"{where}.retriever")
        key = fields.pop("primary_key", None)
        if key:
            told["key"] = [".".join(k) if isinstance(k, list) else k for k in (key if isinstance(key, list) else [key])]
        told |= self._schema(fields.pop("schema_loader", None), f"{where}.schema_loader")
        for theirs, ours in (("incremental_sync", "incremental"), ("transformations", "transformations")):
            if fields.get(theirs):
                told[ours] = part(fields.pop(theirs), f"{where}.{theirs}", self._notes)
        for name, value in fields.items():
            if value:
                self._notes.add(f"DeclarativeStream.{name}", f"{where}.{name}")
        return told

    def _delegating(self, stream: Mapping[str, Any], where: str) -> dict[str, Any]:
        """One way for the first load, another one for what comes after."""
        told = self.flat(stream.get("incremental_stream") or {}, f"{where}.incremental_stream")
        first = self.flat(stream.get("full_refresh_stream") or {}, f"{where}.full_refresh_stream")
        away = {name: _EMPTY[name] for name in told if name not in first and name in _EMPTY}
        told["initial"] = {k: v for k, v in {**away, **first}.items() if told.get(k) != v}
        return told

    def _schema(self, loader: Any, where: str) -> dict[str, Any]:
        for one in loader if isinstance(loader, list) else [loader]:
            if not isinstance(one, dict) or one.get("type") == "JsonFileSchemaLoader":
                continue  # files beside a manifest: the types come as they are found
            if one.get("type", "InlineSchemaLoader") == "InlineSchemaLoader":
                schema = one.get("schema")
                return {"schema": schema} if schema and schema.get("properties") else {}
            if one.get("type") == "DynamicSchemaLoader":
                return {"schema": self._dynamic(one, where)}
            self._notes.add(str(one.get("type")), where)
        return {}

    def _dynamic(self, loader: Mapping[str, Any], where: str) -> dict[str, Any]:
        rest = {k: v for k, v in loader.items() if k != "retriever"}
        told: dict[str, Any] = part(rest, where, self._notes)
        asked = self.retrieved(loader.get("retriever") or {}, f"{where}.retriever")
        told["requester"] = {k: v for k, v in asked.items() if k not in ("records", "filter")}
        if "records" in asked:
            told["records"] = asked["records"]
        return told

    def retrieved(self, retriever: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The fields that a retriever gives a stream."""
        kind = retriever.get("type", "SimpleRetriever")
        if kind == "AsyncRetriever":
            return self._asynchronous(retriever, where)
        if kind != "SimpleRetriever":
            self._notes.add(str(kind), where, f"it is Python: {retriever.get('class_name', '')}")
            return {}
        fields = fields_of(retriever)
        told = request(fields.pop("requester", {}) or {}, f"{where}.requester", self._notes, self._base)
        told |= self._selected(fields.pop("record_selector", {}) or {}, f"{where}.record_selector")
        if fields.get("decoder"):
            told |= _decoded(fields.pop("decoder"), f"{where}.decoder", told.get("records"), self._notes)
        told |= paginated(fields.pop("paginator", None), f"{where}.paginator", self._notes)
        routers = fields.pop("partition_router", None)
        if routers:
            told["partitions"] = self._routers(routers, f"{where}.partition_router")
        if fields.pop("ignore_stream_slicer_parameters_on_paginated_requests", False) and not _follows(told):
            self._notes.add("SimpleRetriever.ignore_stream_slicer_parameters_on_paginated_requests", where)
        for name, value in fields.items():
            if value:
                self._notes.add(f"SimpleRetriever.{name}", f"{where}.{name}")
        return told

    def _selected(self, selector: Mapping[str, Any], where: str) -> dict[str, Any]:
        told: dict[str, Any] = {}
        fields = fields_of(selector)
        if fields.get("extractor"):
            told["records"] = part(fields.pop("extractor"), f"{where}.extractor", self._notes)
        chosen = fields.pop("record_filter", None)
        if isinstance(chosen, dict) and chosen.get("type", "RecordFilter") != "RecordFilter":
            self._notes.add(str(chosen["type"]), f"{where}.record_filter", "it is Python")
        elif isinstance(chosen, dict) and chosen.get("condition"):
            told["filter"] = part(chosen["condition"], f"{where}.record_filter", self._notes)
            if fields.get("transform_before_filtering"):
                self._notes.add("RecordSelector.transform_before_filtering", where)
        normal = fields.get("schema_normalization")
        if isinstance(normal, dict):
            self._notes.add(str(normal.get("type")), f"{where}.schema_normalization", "it is Python")
        return told

    def _routers(self, routers: Any, where: str) -> list[Any]:
        listed = routers if isinstance(routers, list) else [routers]
        return [self._router(r, f"{where}.{n}") for n, r in enumerate(listed)]

    def _router(self, router: Mapping[str, Any], where: str) -> Any:
        kind = str(router.get("type"))
        if kind not in _ROUTERS:
            self._notes.add(kind, where, f"it is Python: {router.get('class_name', '')}")
            return {"kind": kind}
        told = dict(fields_of(router))
        for inner in ("underlying_partition_router",):
            if inner in told:
                told[inner] = self._router(told[inner], f"{where}.{inner}")
        if "partition_routers" in told:
            told["partition_routers"] = self._routers(told["partition_routers"], f"{where}.partition_routers")
        if "parent_stream_configs" in told:
            told["parent_stream_configs"] = [
                self._parent(p, f"{where}.{n}") for n, p in enumerate(told["parent_stream_configs"])
            ]
        done = ("parent_stream_configs", "underlying_partition_router", "partition_routers")
        rest = part({k: v for k, v in told.items() if k not in done}, where, self._notes)
        return {"kind": kind, **rest, **{k: told[k] for k in done if k in told}}

    def _parent(self, parent: Mapping[str, Any], where: str) -> dict[str, Any]:
        told = {k: v for k, v in fields_of(parent).items() if k != "stream"}
        stream = parent.get("stream")
        rest: dict[str, Any] = part(told, where, self._notes)
        if not isinstance(stream, dict):
            self._notes.add("ParentStreamConfig.stream", where)
            return rest
        return {"stream": self.add(stream), **rest}

    def _asynchronous(self, retriever: Mapping[str, Any], where: str) -> dict[str, Any]:
        fields = fields_of(retriever)
        told = self._selected(fields.pop("record_selector", {}) or {}, f"{where}.record_selector")
        routers = fields.pop("partition_router", None)
        if routers:
            told["partitions"] = self._routers(routers, f"{where}.partition_router")
        if fields.get("decoder"):
            told["decoder"] = part(fields.pop("decoder"), f"{where}.decoder", self._notes)
        own: dict[str, Any] = {"kind": "AsyncRetriever"}
        for name in [n for n in fields if n.endswith("_requester")]:
            own[name] = request(fields.pop(name), f"{where}.{name}", self._notes, self._base)
        if "download_paginator" in fields:
            page = paginated(fields.pop("download_paginator"), f"{where}.download_paginator", self._notes)
            own |= {"download_paginator": page["pagination"]} if page else {}
        status = fields.pop("status_mapping", {})
        own["status_mapping"] = {k: v for k, v in status.items() if k not in ("type", "$parameters")}
        told["retriever"] = own | {k: part(v, f"{where}.{k}", self._notes) for k, v in fields.items()}
        return told


def _decoded(decoder: Mapping[str, Any], where: str, records: Any, notes: Notes) -> dict[str, Any]:
    """What reads the answer; a decoder that takes the items at a path says where records lie."""
    path = isinstance(records, dict) and records.get("field_path")
    if decoder.get("type") != "JsonItemsDecoder" or path or decoder.get("encoding", "utf-8").lower() != "utf-8":
        return {"decoder": part(decoder, where, notes)}
    return {"records": str(decoder.get("items_path", ""))}


_EMPTY: dict[str, Any] = {
    "filter": None, "incremental": None, "pagination": "NoPagination", "partitions": [], "params": {}, "headers": {},
    "json": None, "form": None, "body": None, "graphql": None, "method": "GET", "transformations": [],
}  # fmt: skip


def _given(stream: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in (stream.get("$parameters") or {}).items() if not isinstance(v, dict | list)}


def _follows(stream: Mapping[str, Any]) -> bool:
    """Whether its pages are at addresses that answers tell, which hold all parameters."""
    option = (stream.get("pagination") or {}).get("page_token_option")
    return isinstance(option, dict) and option.get("kind") == "RequestPath"


def paginated(paginator: Any, where: str, notes: Notes) -> dict[str, Any]:
    """DefaultPaginator and its strategy as one."""
    if not isinstance(paginator, dict) or paginator.get("type") == "NoPagination":
        return {}
    if paginator.get("type", "DefaultPaginator") != "DefaultPaginator":
        notes.add(str(paginator["type"]), where, f"it is Python: {paginator.get('class_name', '')}")
        return {}
    fields = fields_of(paginator)
    strategy = part(fields.get("pagination_strategy") or {}, f"{where}.pagination_strategy", notes)
    options = {
        k: part(fields[k], f"{where}.{k}", notes) for k in ("page_token_option", "page_size_option") if fields.get(k)
    }
    fields.pop("url_base", None)
    return {"pagination": {**strategy, **options}}
