"""The form of a kind: what is asked, how, in which order; and what was filled in, as parameters."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field as Said

from weft.kinds import Kind, form, typed


class Shop(Kind):
    """A shop."""

    start_date: str = ""
    """Read from."""
    region: Literal["eu", "us"] = "eu"
    url: str
    """Where it is."""
    token: str = ""
    pin: str = Said("", json_schema_extra={"format": "password"})
    pages: int = 100
    share: float | None = None
    test: bool = False
    trim: bool = True
    names: tuple[str, ...] = ()
    deep: dict[str, int] = {}
    path: str | list[str] = "."


FIELDS = {field.name: field for field in form(Shop)}


def test_what_is_asked_and_how() -> None:
    assert {name: field.asks for name, field in FIELDS.items()} == {
        "startDate": "text", "region": "choice", "url": "text", "token": "secret", "pin": "secret", "pages": "integer",
        "share": "number", "test": "switch", "trim": "switch", "names": "lines", "deep": "document", "path": "text",
    }  # fmt: skip
    url, start, pages = FIELDS["url"], FIELDS["startDate"], FIELDS["pages"]
    assert (url.required, url.about, start.title, pages.default) == (True, "Where it is.", "Start date", "100")
    assert (FIELDS["region"].choices, FIELDS["trim"].default, FIELDS["test"].default) == (("eu", "us"), "on", "")


def test_what_must_be_said_comes_first_and_what_mostly_fits_last() -> None:
    names = list(FIELDS)
    assert names[0] == "url"
    assert [name for name in names if FIELDS[name].rare] == names[-len([f for f in FIELDS.values() if f.rare]) :]
    assert not FIELDS["startDate"].rare and not FIELDS["region"].rare and FIELDS["pages"].rare


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"url": " https://x ", "startDate": "", "token": "secret://vault/x"}, {"url": "https://x", "token": "secret://vault/x"}),
        ({"pages": "7", "share": "0.5", "trim": "on"}, {"pages": 7, "share": 0.5}),
        ({"pages": "seven", "trim": "on"}, {"pages": "seven"}),
        ({"test": "on"}, {"test": True, "trim": False}),
        ({"names": "a\n b \n\nc", "trim": "on"}, {"names": ["a", "b", "c"]}),
        ({"deep": "x", "other": "y", "trim": "on"}, {}),
    ],
)  # fmt: skip
def test_what_was_filled_in(given: dict[str, str], found: dict[str, object]) -> None:
    given.setdefault("trim", "on") if "test" not in given else None
    assert typed(FIELDS.values(), given) == found
