"""What PostgreSQL's catalogue says of tables and views."""

from __future__ import annotations

from typing import Any

from weft.model import DiscoveredColumn, StreamInfo

TABLES = """
SELECT c.relname::text, c.relkind::text, obj_description(c.oid, 'pg_class'), c.reltuples::bigint,
       CASE WHEN c.relkind IN ('r', 'm', 'p') THEN pg_total_relation_size(c.oid) END,
       a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(c.oid, a.attnum::int),
       coalesce(array_position(i.indkey::int2[], a.attnum), -1)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = current_setting('weft.value1') AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relname, a.attnum
"""
_KINDS = {"v": "view", "m": "view"}


def stream_infos(rows: list[tuple[Any, ...]]) -> tuple[StreamInfo, ...]:
    """Rows of `TABLES` (one a column) as streams."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return tuple(_info(name, columns) for name, columns in found.items())


def _info(name: str, rows: list[tuple[Any, ...]]) -> StreamInfo:
    _, kind, comment, count, size = rows[0][:5]
    keyed = sorted((place, column) for *_, column, _t, _n, _c, place in rows if place >= 0)
    return StreamInfo(
        name=name,
        columns=tuple(
            DiscoveredColumn(name=column, type=type_, nullable=not required, comment=told or "")
            for *_, column, type_, required, told, _place in rows
        ),
        key=tuple(column for _, column in keyed),
        comment=comment or "",
        rows=count if count > 0 else None,
        bytes=size,
        kind=_KINDS.get(kind, "table"),
    )
