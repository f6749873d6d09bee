"""References and parameters of a low-code manifest, resolved: afterwards each component stands for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEP = 60
_MANY = 2_000_000
TYPES: dict[str, str] = {
    "authenticator": "NoAuth", "check": "CheckStream", "creation_requester": "HttpRequester", "decoder": "JsonDecoder",
    "download_requester": "HttpRequester", "end_datetime": "MinMaxDatetime", "end_time_option": "RequestOption",
    "error_handler": "DefaultErrorHandler", "error_handlers": "DefaultErrorHandler", "extractor": "DpathExtractor",
    "fields": "AddedFieldDefinition", "login_requester": "HttpRequester", "page_size_option": "RequestOption",
    "paginator": "DefaultPaginator", "parent_stream_configs": "ParentStreamConfig",
    "polling_requester": "HttpRequester",
    "record_filter": "RecordFilter", "record_selector": "RecordSelector",
    "refresh_token_updater": "RefreshTokenUpdater", "request_option": "RequestOption",
    "requester": "HttpRequester", "response_filters": "HttpResponseFilter", "retriever": "SimpleRetriever",
    "schema_loader": "InlineSchemaLoader", "spec": "Spec", "start_datetime": "MinMaxDatetime",
    "start_time_option": "RequestOption", "stream": "DeclarativeStream", "streams": "DeclarativeStream",
}  # fmt: skip
"""What a component is that does not say it, by the field that holds it."""
_FREE = ("schema", "connection_specification", "request_parameters", "request_headers", "request_body_json", "metadata")
"""Fields whose mappings are values, not components."""


def resolved(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest without `$ref` and `$parameters`, each component with its type and its parameters' values.

    A component that was given parameters keeps them under `$parameters`, for its expressions.

    Raises:
        Invalid: a reference leads to nothing or in a circle.
    """
    bare = _Refs(manifest).resolve(dict(manifest))
    told: dict[str, Any] = _spread({k: v for k, v in bare.items() if k != "definitions"}, {}, "")
    return told


class _Refs:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._seen = 0

    def resolve(self, value: Any, within: tuple[str, ...] = ()) -> Any:
        self._seen += 1
        if self._seen > _MANY or len(within) > _DEEP:
            raise Invalid("the manifest's references stand for too much: it is not read")
        if isinstance(value, str) and value.startswith("#/"):
            return self._to(value, within)
        if isinstance(value, list):
            return [self.resolve(part, within) for part in value]
        if not isinstance(value, dict):
            return value
        own = {k: self.resolve(v, within) for k, v in value.items() if k not in ("$ref", "definitions")}
        target = value.get("$ref")
        if not isinstance(target, str):
            return own
        base = self._to(target, within)
        return _laid(base, own) if isinstance(base, dict) else base

    def _to(self, target: str, within: tuple[str, ...]) -> Any:
        if target in within:
            raise Invalid(f"the manifest's reference '{target}' leads in a circle")
        value: Any = self._root
        for step in target.removeprefix("#").strip("/").split("/"):
            if isinstance(value, dict) and isinstance(value.get("$ref"), str) and step not in value:
                value = self._to(value["$ref"], (*within, target))
            if isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            elif isinstance(value, dict) and step in value:
                value = value[step]
            else:
                raise Invalid(f"the manifest's reference '{target}' leads to nothing", hint="Mend the manifest.")
        return self.resolve(value, (*within, target))


def _laid(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What stands beside a reference over what it leads to; parameters one by one."""
    both = {**base, **own}
    if isinstance(base.get("$parameters"), dict) and isinstance(own.get("$parameters"), dict):
        both["$parameters"] = {**base["$parameters"], **own["$parameters"]}
    return both


def _spread(value: Any, given: Mapping[str, Any], field: str) -> Any:
    """Hand parameters down: where a component does not say a field, the parameter of that name does."""
    if isinstance(value, list):
        return [_spread(part, given, field) for part in value]
    if not isinstance(value, dict) or field in _FREE:
        return value
    kind = value.get("type") if isinstance(value.get("type"), str) else TYPES.get(field)
    if kind is None and field:
        return {k: _spread(v, given, k) for k, v in value.items()}
    own = {**given, **(value.get("$parameters") or {})}
    told = {**own, **{k: v for k, v in value.items() if v or v is False or v == 0}}
    told = {k: v for k, v in told.items() if k in value or k not in ("type", "$parameters")}
    spread = {
        k: _spread(v, {n: p for n, p in own.items() if n != k}, k) if k in value else v
        for k, v in told.items()
        if k != "$parameters"
    }
    return {"type": kind, **spread, **({"$parameters": own} if own else {})} if kind else spread
