"""Records that lie elsewhere than where they are looked for: a renamed key is no empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.page import Page

_DEEP = 2
"""Objects inside of objects that are looked into."""
_SHOWN = 5
_ABOUT = {"header", "link", "warning", "message", "notification", "error", "schema", "field", "column", "filter"}
_ABOUT |= {"meta", "facet", "include", "aggregation", "parameter", "paging", "pagination", "sort", "version"}
"""What lists of objects tell of an answer whose own records may be left out when there are none."""


def refuse(asked: str, page: Page, path: tuple[str, ...]) -> None:
    """An answer without the key of its records, but with a list of objects under another one, is not empty.

    Args:
        asked: for messages.
        page: without records.
        path: where they are looked for.

    Raises:
        Broken: names where there are lists.
    """
    here: Any = page.response
    for place, step in enumerate(path):
        if step == "*" or not isinstance(here, dict):
            return
        if step not in here:
            found = [".".join((*path[:place], *steps)) for steps in _lists(here, _DEEP)]
            if found:
                raise _missing(asked, path[: place + 1], found)
            return
        here = here[step]


def _lists(of: dict[str, Any], deep: int) -> Iterator[tuple[str, ...]]:
    """Keys down to lists of objects."""
    for key, value in of.items():
        if any(word in key.lower() for word in _ABOUT):
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield (key,)
        elif isinstance(value, dict) and deep:
            yield from ((key, *steps) for steps in _lists(value, deep - 1))


def _missing(asked: str, path: tuple[str, ...], found: list[str]) -> Broken:
    shown = ", ".join(f"'{one}'" for one in found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return Broken(
        f"{asked}: the answer has no '{'.'.join(path)}', where its records should be; lists are at {shown}",
        hint="Mend 'records' of the stream. If the system leaves it out when there are none, say so in its 'errors': "
        f"""{{kind: HttpResponseFilter, predicate: "{{{{ '{path[-1]}' not in response }}}}", action: IGNORE}}.""",
    )
