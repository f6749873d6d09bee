"""Components that have the same fields on both sides: `type` becomes `kind`, what steers the other runtime goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.connectors.lowcode.texts import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.connectors.lowcode.notes import Notes

_HARMLESS: dict[str, frozenset[str]] = {
    "DatetimeBasedCursor": frozenset(("allow_catalog_defined_cursor_field",)),
    "IncrementingCountCursor": frozenset(("allow_catalog_defined_cursor_field",)),
    "HttpRequester": frozenset(("use_cache", "name")),
    "OAuthAuthenticator": frozenset(("client_id_name", "client_secret_name")),
    "ParentStreamConfig": frozenset(("lazy_read_pointer",)),
    "CursorPagination": frozenset(("decoder",)),
    "PageIncrement": frozenset(("decoder",)),
    "DpathExtractor": frozenset(("decoder",)),
}
"""Fields without which the same records come."""
_BARE = (
    "AddedFieldDefinition",
    "MinMaxDatetime",
    "ParentStreamConfig",
    "Rate",
    "RefreshTokenUpdater",
    "RequestOption",
    "TypesMap",
)
"""Types that are no kinds here: only one thing can stand in their place."""
_TRIES = 20
"""More are not made here."""
_EVERYWHERE = frozenset(("$parameters", "config", "$options"))


def part(value: Any, where: str, notes: Notes) -> Any:
    """A component, a list of them, or a value, with its expressions in our spelling."""
    if isinstance(value, list):
        return [part(item, f"{where}.{n}", notes) for n, item in enumerate(value)]
    if isinstance(value, str):
        return text(value, where, notes)
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if not isinstance(kind, str):
        return {k: part(v, f"{where}.{k}", notes) for k, v in value.items() if k not in _EVERYWHERE}
    if kind in notes.special:
        return notes.special[kind](value, where)
    if kind.startswith("Custom"):
        notes.add(kind, where, f"it is Python: {value.get('class_name', '')}")
    fields = fields_of(value)
    told = {k: part(v, f"{where}.{k}", notes) for k, v in fields.items()}
    if isinstance(told.get("max_retries"), int):
        told["max_retries"] = min(told["max_retries"], _TRIES)
    return told if kind in _BARE else {"kind": kind, **told}


def fields_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a component that matter, without those that parameters put there by the way."""
    kind = value.get("type", "")
    away = _EVERYWHERE | _HARMLESS.get(kind, frozenset()) | {"type"}
    known = FIELDS.get(kind)
    return {k: v for k, v in value.items() if k not in away and v is not None and (known is None or k in known)}


FIELDS: dict[str, frozenset[str]] = {
    kind: frozenset(fields.split())
    for kind, fields in {
        "AddFields": "fields condition",
        "AddedFieldDefinition": "path value value_type",
        "ApiKey": "inject_into api_token",
        "ApiKeyAuthenticator": "api_token header inject_into",
        "BasicHttpAuthenticator": "username password",
        "Bearer": "",
        "BearerAuthenticator": "api_token",
        "CompositeErrorHandler": "error_handlers",
        "ConstantBackoffStrategy": "backoff_time_in_seconds jitter_range_in_seconds",
        "CsvDecoder": "encoding delimiter set_values_to_none",
        "CursorPagination": "cursor_value page_size stop_condition",
        "DatetimeBasedCursor": "clamping cursor_field cursor_datetime_formats start_datetime start_time_option "
        "end_datetime end_time_option datetime_format cursor_granularity is_data_feed is_client_side_incremental "
        "is_compare_strictly global_substream_cursor lookback_window partition_field_end partition_field_start step",
        "DefaultErrorHandler": "backoff_strategies max_retries response_filters",
        "DefaultPaginator": "pagination_strategy page_size_option page_token_option",
        "DpathExtractor": "field_path record_expander",
        "DpathFlattenFields": "field_path delete_origin_value replace_record key_transformation",
        "ExponentialBackoffStrategy": "factor jitter_range_in_seconds",
        "FlattenFields": "flatten_lists",
        "GroupingPartitionRouter": "group_size underlying_partition_router deduplicate",
        "GzipDecoder": "decoder",
        "HttpResponseFilter": "action failure_type error_message error_message_contains http_codes predicate",
        "IncrementingCountCursor": "cursor_field start_value start_value_option",
        "IterableDecoder": "",
        "JsonDecoder": "",
        "JsonItemsDecoder": "items_path encoding",
        "JsonlDecoder": "",
        "JwtAuthenticator": "secret_key base64_encode_secret_key algorithm token_duration header_prefix jwt_headers "
        "additional_jwt_headers jwt_payload additional_jwt_payload passphrase request_option",
        "KeysReplace": "old new",
        "KeysToLower": "",
        "KeysToSnakeCase": "",
        "ListPartitionRouter": "cursor_field values request_option",
        "MinMaxDatetime": "datetime datetime_format max_datetime min_datetime",
        "NoAuth": "",
        "NoPagination": "",
        "OAuthAuthenticator": "client_id client_secret refresh_token_name refresh_token token_refresh_endpoint "
        "access_token_name expires_in_name grant_type_name grant_type refresh_request_body "
        "refresh_request_headers send_refresh_request_as_query_params scopes "
        "refresh_token_error_status_codes refresh_token_error_key refresh_token_error_values "
        "refresh_token_updater profile_assertion use_profile_assertion",
        "OffsetIncrement": "page_size inject_on_first_request",
        "PageIncrement": "page_size start_from_page inject_on_first_request",
        "ParentStreamConfig": "stream parent_key partition_field request_option incremental_dependency extra_fields",
        "RecordFilter": "condition",
        "RefreshTokenUpdater": "refresh_token_name",
        "RemoveFields": "condition field_pointers",
        "RequestOption": "inject_into field_name field_path",
        "RequestPath": "",
        "SessionTokenAuthenticator": "login_requester session_token_path expiration_duration request_authentication "
        "decoder",
        "SelectiveAuthenticator": "authenticator_selection_path authenticators",
        "SubstreamPartitionRouter": "parent_stream_configs",
        "UnionPartitionRouter": "partition_field partition_routers",
        "WaitTimeFromHeader": "header regex max_waiting_time_in_seconds",
        "WaitUntilTimeFromHeader": "header min_wait regex max_waiting_time_in_seconds",
        "XmlDecoder": "",
        "ZipfileDecoder": "decoder",
        "HttpRequester": "url_base url path http_method authenticator fetch_properties_from_endpoint query_properties "
        "request_parameters request_headers request_body_data request_body_json request_body error_handler use_cache",
        "SimpleRetriever": "requester decoder record_selector paginator pagination_reset partition_router "
        "ignore_stream_slicer_parameters_on_paginated_requests",
        "AsyncRetriever": "record_selector status_mapping status_extractor download_target_extractor "
        "download_extractor creation_requester polling_requester polling_job_timeout failed_retry_wait_time_in_seconds "
        "download_target_requester download_requester download_paginator abort_requester delete_requester "
        "partition_router decoder download_decoder",
        "RecordSelector": "extractor record_filter schema_normalization transform_before_filtering",
        "DeclarativeStream": "name retriever incremental_sync primary_key schema_loader transformations "
        "state_migrations file_uploader",
    }.items()
}
"""Fields of a type; what else stands there, parameters most often, the other runtime does not read either."""
