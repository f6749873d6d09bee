"""A decision as trusted DuckDB SQL: which columns, shown how, of which rows."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from weft.errors import Denied
from weft.model import HIDDEN, Column
from weft.policy.values import condition, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.model import Decision, Mask

_BLOCK = 64  # bytes of a block of SHA-256, RFC 2104
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_ZONED = "TIMESTAMP WITH TIME ZONE"
_WIDEST = 2**63
"""Beyond it, DuckDB would compute with floating point, and a bucket could show the value itself."""


def govern(decision: Decision, columns: Sequence[Column], key: bytes) -> tuple[tuple[Column, ...], dict[str, str], str]:
    """What stands behind the table's name for this actor.

    Args:
        decision: an allowing one.
        columns: of the relation, as the contract has them; hidden ones are left out.
        key: of the mesh, 32 bytes.

    Returns:
        Columns that are seen, with their types after masking; the SQL expression of each masked column; the SQL
        condition of the rows that are seen, empty = all. The texts name the relation's own columns and may hold key
        material.

    Raises:
        Denied: the decision refuses, or its obligations do not fit these columns.
    """
    if not decision.allowed:
        raise Denied(f"{decision.actor} may not read {decision.table}")
    present = {column.name.lower(): column for column in columns if not column.name.startswith(HIDDEN)}
    masks = {name.lower(): mask for name, mask in decision.masks.items()}
    secret = purpose_key(key, decision.purpose)
    seen: list[Column] = []
    select: dict[str, str] = {}
    for name, column in present.items():
        mask = masks.get(name)
        if mask is None:
            seen.append(column)
        elif mask.kind != "deny":
            type_, sql = _masked(mask, column, secret)
            seen.append(Column(name=column.name, type=type_))
            select[column.name] = sql
    return tuple(seen), select, _where(decision, present)


def purpose_key(key: bytes, purpose: str) -> bytes:
    """The key of hashed columns for one purpose, 32 bytes: the same value joins within a purpose and nowhere else."""
    return hmac.digest(key, b"weft.mask.hash\0" + purpose.encode(), "sha256")


def _where(decision: Decision, present: Mapping[str, Column]) -> str:
    conditions = []
    for one in decision.filters:
        column = present.get(one.column.lower())
        if column is None:
            raise Denied(f"{decision.table} is filtered by the column '{one.column}', which its rows do not have")
        conditions.append(f"({condition(one.model_copy(update={'column': column.name}), column.type)})")
    return " AND ".join(conditions)


def _masked(mask: Mask, column: Column, key: bytes) -> tuple[str, str]:
    """Type and expression; what cannot be computed for the column's type is null."""
    build = _BUILD.get(mask.kind, _null)
    return build(mask, column, key) or _null(mask, column, key)


def _null(_mask: Mask, column: Column, _key: bytes) -> tuple[str, str]:
    return column.type, f"CAST(NULL AS {column.type})"


def _redact(_mask: Mask, _column: Column, _key: bytes) -> tuple[str, str]:
    # The same for rows without a value: redact shows as little as null.
    return "VARCHAR", "'***'"


def _hash(_mask: Mask, column: Column, key: bytes) -> tuple[str, str]:
    """HMAC-SHA256 (RFC 2104) of the value's text, 64 hexadecimal digits; no value stays no value."""
    padded = key.ljust(_BLOCK, b"\0") if len(key) <= _BLOCK else hashlib.sha256(key).digest().ljust(_BLOCK, b"\0")
    inner, outer = (_blob(bytes(byte ^ pad for byte in padded)) for pad in (0x36, 0x5C))
    return "VARCHAR", f"sha256({outer} || unhex(sha256({inner} || encode({_as_text(column)}))))"


def _partial(mask: Mask, column: Column, _key: bytes) -> tuple[str, str] | None:
    keep = int(mask.parameters.get("keep", 4))
    if (column.type != "VARCHAR" and column.type not in _INTEGERS) or keep < 1:
        return None
    text = _as_text(column)
    # Never more than half of a value.
    shown = f"CASE WHEN length({text}) >= {2 * keep} THEN '***' || right({text}, {keep}) ELSE '***' END"
    return "VARCHAR", f"CASE WHEN {quoted(column.name)} IS NOT NULL THEN {shown} END"


def _year(_mask: Mask, column: Column, _key: bytes) -> tuple[str, str] | None:
    name = quoted(column.name)
    if column.type == "DATE":
        # A year whose first day is no date gives no value, and must not fail the whole table.
        return "DATE", f"CASE WHEN isfinite({name}) THEN TRY(CAST(date_trunc('year', {name}) AS DATE)) END"
    if column.type == _ZONED:
        # By the instant in UTC, whatever zone the session has; infinite ones give no value.
        return _ZONED, f"TRY(to_timestamp(epoch(date_trunc('year', make_timestamp(epoch_us({name}))))))"
    return None


def _bucket(mask: Mask, column: Column, _key: bytes) -> tuple[str, str] | None:
    name, width = quoted(column.name), float(mask.parameters.get("width") or 0)
    if width <= 0:
        return None
    if column.type in _INTEGERS:
        if not width.is_integer() or width > _WIDEST:
            return None
        step, value = int(width), f"CAST({name} AS HUGEINT)"
        return column.type, f"TRY(TRY_CAST({value} - ((({value} % {step}) + {step}) % {step}) AS {column.type}))"
    if column.type in ("DOUBLE", "FLOAT") or column.type.startswith("DECIMAL"):
        size = f"CAST({width!r} AS DOUBLE)"
        return column.type, f"TRY_CAST(floor(CAST({name} AS DOUBLE) / {size}) * {size} AS {column.type})"
    return None


_BUILD: dict[str, Callable[[Mask, Column, bytes], tuple[str, str] | None]] = {
    "null": _null,
    "redact": _redact,
    "hash": _hash,
    "partial": _partial,
    "year": _year,
    "bucket": _bucket,
}


def _as_text(column: Column) -> str:
    """The value's text, the same in every session."""
    name = quoted(column.name)
    if column.type == _ZONED:
        return f"CAST(epoch_us({name}) AS VARCHAR)"
    if column.type.startswith(("STRUCT", "MAP")) or column.type.endswith("]"):
        return f"CAST(to_json({name}) AS VARCHAR)"
    return name if column.type == "VARCHAR" else f"CAST({name} AS VARCHAR)"


def _blob(content: bytes) -> str:
    return "CAST('" + "".join(f"\\x{byte:02X}" for byte in content) + "' AS BLOB)"
