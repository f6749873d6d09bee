"""The words by which interfaces name things, and how names are compared."""

from __future__ import annotations

import re
from functools import lru_cache


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


RECORDS = _set(
    """
    data items results records values entries elements objects rows list collection nodes content contents
    resources docs documents hits edges member hydra_member value result response d entities embedded
    """
)
"""Names under which an answer keeps its records, whatever they are."""
ENVELOPE = _set(
    """
    total totals total_count totalcount count size limit offset start start_at page pages per_page page_size
    max_results max_result next next_page previous prev previous_page next_link next_url next_cursor cursor
    cursors has_more has_next more is_last last_page last first links meta metadata paging pagination
    page_info page_token next_page_token next_token self href url uri object type kind status success ok error
    errors message messages warning warnings response_metadata expand header request_id code result_count
    results_count total_results total_pages total_items page_number current_page number num_pages
    starting_after ending_before starting_at since until marker next_marker prev_marker first_page_uri
    next_page_uri previous_page_uri end items_total pages_total total_entries entries_count sync_token query
    sort order filter filters facets aggregations includes included linked api_version version jsonapi
    timestamp time took schema names has_more_results more_results additional_data context etag odata_context
    odata_next_link odata_count limit_reached truncated is_truncated continuation_token
    next_continuation_token
    """
)
"""Names that stand beside the records in an answer, and in no record alone."""
IDS = ("id", "uuid", "guid", "gid", "sid", "uid", "_id", "object_id")
"""Names of keys, the best first."""

SIZES = _listed(
    """
    per_page page_size pagesize limit max_results max_result page_limit max_page_size results_per_page rows
    top take page_count size count num_results records_per_page first items_per_page max maxitems max_items
    """
)
"""Parameters that say how many records a page has, the surest first."""
PAGES = _listed(
    """
    page page_number pagenumber page_no page_num page_index pageindex current_page p
    """
)
"""Parameters that count pages."""
OFFSETS = _listed(
    """
    offset start_at startat start start_index startindex skip page_offset first_result from_index
    """
)
"""Parameters that count records."""
TOKENS = _listed(
    """
    cursor page_token next_page_token next_token starting_after after_cursor after marker page_cursor
    page_after continuation_token continuation next_cursor start_cursor bookmark scroll_id next_page_id
    pagination_token page_key page_start next_marker sync_token next starting_at last_seen_id last_id
    """
)
"""Parameters that take what an earlier page told."""
NEXT_TOKENS = _listed(
    """
    next_cursor next_page_token next_token next_marker cursor page_token next_page continuation_token
    end_cursor after next continuation marker scroll_id next_page_cursor next_after bookmark page_cursor
    cursors starting_after next_offset_token next_stream_position next_page_id starting_at
    """
)
"""Fields that tell what the next page is asked with."""
NEXT_URLS = _listed(
    """
    next next_url next_page_uri next_page_url next_link next_page odata_next_link next_href nextlink
    next_page_link url_next
    """
)
"""Fields that tell the next page's address."""
HOLDERS = _listed(
    """
    links _links paging page_info pagination meta metadata response_metadata pages next cursors page cursor
    additional_data next_page result
    """
)
"""Objects of an answer that hold such fields."""
MORE = _listed(
    """
    has_more has_next has_next_page more has_more_results more_results more_items_in_collection
    """
)
"""Fields that tell whether there are more pages."""


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """A name in snake_case: `nextPage`, `next-page` and `page[next]` as `next_page` and `page_next`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", parted.lower()).strip("_")


@lru_cache(maxsize=50_000)
def singular(name: str) -> str:
    """The singular of an English word in snake_case, roughly: it is compared, never shown."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        if name.endswith(ending) and len(name) > len(ending) + 1 and not name.endswith("ss"):
            return name[: -len(ending)] + instead
    return name


def is_plural(name: str) -> bool:
    """Whether the last word of a name is a plural: `users`, `line_items`, `people`."""
    last = name.rpartition("_")[2]
    return last in ("people", "children", "media", "data", "history", "staff") or singular(last) != last


def same(one: str, other: str) -> bool:
    """Whether two names mean the same thing, in singular or plural, written in whatever way."""
    a, b = singular(plain(one)).replace("_", ""), singular(plain(other)).replace("_", "")
    return a == b
