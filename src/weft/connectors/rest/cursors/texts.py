"""The newest of many texts, without reading each."""

from __future__ import annotations

import re
from typing import Any

_SORTS = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]*)?")


def newest_texts(values: list[Any]) -> list[Any]:
    """Of values those that may be the newest: texts of one form that sort as time does stand for by their last.

    Texts are of one form when they begin with year, month and day, are equally long and end in the same zone.
    """
    best: dict[tuple[int, str], str] = {}
    others: set[Any] = set()
    for value in values:
        if not isinstance(value, str):
            others.add(value)
            continue
        found = _SORTS.match(value)
        if found is None:
            others.add(value)
            continue
        form = len(value), value[found.end() :]
        if best.get(form, "") < value:
            best[form] = value
    if len(others) > 1 and all(isinstance(v, int | float) for v in others):
        others = {max(others)}
    return [*others, *best.values()]
