"""Ways to text, and to the values that are kept as JSON text, by family of the source's type."""

from __future__ import annotations

from weft.contracts.cell import Cast, Cell, Target, Way, exactly


def _printed(cell: Cell, _: Target) -> Cast:
    return Cast(f"CAST({cell.raw} AS VARCHAR)")


def _instant(cell: Cell, _: Target) -> Cast:
    # Its own text would follow the session's zone.
    return Cast(f"strftime(timezone('UTC', {cell.raw}), '%Y-%m-%dT%H:%M:%S.%fZ')")


def _as_json(cell: Cell, _: Target) -> Cast:
    return Cast(f"CAST(to_json({cell.raw}) AS VARCHAR)")


def _json(shape: str) -> tuple[Way, Way]:
    def text(cell: Cell, _: Target) -> Cast:
        # CASE keeps json_type, which throws, away from what is no JSON.
        return Cast(
            f"CASE WHEN json_valid({cell.raw}) THEN CASE WHEN json_type({cell.raw}) = '{shape}' THEN {cell.raw} END END"
        )

    def json(cell: Cell, _: Target) -> Cast:
        # A JSON text may itself hold the text of an object.
        inner = f"({cell.raw} ->> '$')"
        return Cast(
            f"CASE WHEN json_type({cell.raw}) = '{shape}' THEN CAST({cell.raw} AS VARCHAR) "
            f"WHEN json_type({cell.raw}) = 'VARCHAR' AND json_valid({inner}) "
            f"THEN CASE WHEN json_type({inner}) = '{shape}' THEN {inner} END END"
        )

    return text, json


_object_text, _object_json = _json("OBJECT")
_array_text, _array_json = _json("ARRAY")

STRING: dict[str, Way] = {
    "text": exactly,
    "instant": _instant,
    "struct": _as_json,
    "list": _as_json,
    "map": _as_json,
    "*": _printed,
}
OBJECT: dict[str, Way] = {"text": _object_text, "json": _object_json, "struct": _as_json, "map": _as_json}
ARRAY: dict[str, Way] = {"text": _array_text, "json": _array_json, "list": _as_json}
