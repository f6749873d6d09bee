"""What no kind can say: a changelog's entries lie two lists deep, and only the outer one names their issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.connectors.rest.rows.page import Page


def extract(page: Page) -> Iterator[dict[str, Any]]:
    """The entries of a page of changelogs, each with its issue."""
    for log in page.dicts():
        for entry in log["changeHistories"]:
            yield {"issueId": log["issueId"], **entry}
