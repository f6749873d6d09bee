"""The physically masked and filtered copy, computed in Python and Arrow: none of the product's SQL is used here."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

    from walks.governed.cases import Case
    from walks.governed.company import Row

GEO = pa.struct([("lat", pa.float64()), ("lon", pa.float64())])
TYPES: dict[str, dict[str, pa.DataType]] = {
    "people": {
        "id": pa.int64(),
        "name": pa.string(),
        "email": pa.string(),
        "phone": pa.string(),
        "region": pa.string(),
        "age": pa.int64(),
        "income": pa.decimal128(12, 2),
        "score": pa.float64(),
        "born": pa.date32(),
        "seen": pa.timestamp("us", tz="UTC"),
        "active": pa.bool_(),
        "home": pa.struct([("city", pa.string()), ("zip", pa.string()), ("geo", GEO)]),
        "labels": pa.list_(pa.string()),
        "visits": pa.list_(pa.struct([("shop", pa.string()), ("cost", pa.int64())])),
        "note": pa.string(),
    },
    "orders": {"id": pa.int64(), "person": pa.int64(), "item": pa.string(), "amount": pa.decimal128(12, 2)},
    "calls": {"person": pa.int64(), "number": pa.string(), "minutes": pa.int64(), "region": pa.string()},
    "members": {
        "id": pa.int64(),
        "mail": pa.string(),
        "host": pa.string(),
        "town": pa.string(),
        "pay": pa.decimal128(14, 2),
        "year": pa.int64(),
        "region": pa.string(),
    },
}
Masked = tuple[pa.DataType, "Callable[[Any], Any]"]


def copy(case: Case, table: str, rows: list[Row], key: bytes) -> pa.Table:
    """What the case's actor may see of a table, as a table of its own.

    Args:
        case: says which masks and which rows.
        table: its last name.
        rows: raw.
        key: of the mesh, for hashes.
    """
    kept = [row for row in rows if case.rows.get(table, _all)(row)]
    fields, columns = [], []
    for name, kind in TYPES[table].items():
        mask = case.masks.get(table, {}).get(name)
        if mask == "deny":
            continue
        type_, show = masked(mask, kind, key, case.purpose) if mask else (kind, _same)
        fields.append((name, type_))
        columns.append(pa.array([show(row[name]) for row in kept], type_))
    return pa.table(columns, pa.schema(fields))


def masked(mask: str, type_: pa.DataType, key: bytes, purpose: str) -> Masked:
    """A mask written as `kind` or `kind number`: the type that it makes, and what it does to one value."""
    kind, _, number = mask.partition(" ")
    if kind == "null":
        return type_, lambda _: None
    if kind == "redact":
        return pa.string(), lambda _: "***"
    if kind == "hash":
        secret = hmac.new(key, b"weft.mask.hash\0" + purpose.encode(), hashlib.sha256).digest()
        return (
            pa.string(),
            lambda v: None if v is None else hmac.new(secret, text(v).encode(), hashlib.sha256).hexdigest(),
        )
    if kind == "partial":
        keep = int(number)
        return pa.string(), lambda v: None if v is None else _last(str(v), keep)
    if kind == "year":
        return type_, _year
    if kind == "bucket":
        return type_, lambda v: None if v is None else _floor(v, float(number))
    raise AssertionError(mask)


def text(value: Any) -> str:
    """What is hashed of a value: the same text for the same value, in every session."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(int(value.timestamp()) * 1_000_000 + value.microsecond)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _all(_: Row) -> bool:
    return True


def _same(value: Any) -> Any:
    return value


def _last(value: str, keep: int) -> str:
    return "***" + value[-keep:] if len(value) >= 2 * keep else "***"


def _year(value: Any) -> Any:
    if isinstance(value, datetime):
        return datetime(value.year, 1, 1, tzinfo=UTC)
    return None if value is None else date(value.year, 1, 1)


def _floor(value: Any, width: float) -> Any:
    floor = math.floor(float(value) / width) * width
    return Decimal(round(floor * 100)) / 100 if isinstance(value, Decimal) else type(value)(floor)
