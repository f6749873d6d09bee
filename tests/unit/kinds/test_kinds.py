from __future__ import annotations

import importlib.metadata
import sys

import pytest
from pydantic import ValidationError, field_validator

from weft.errors import Invalid
from weft.kinds import Kind, Kinds, explain, is_sensitive, pascal, snake
from weft.model import Position

FILES = {
    "__init__.py": "",
    "row_filter.py": """
from weft.kinds import Kind

class RowFilter(Kind):
    null_tokens: list[str] = []
    limit: int = 3
    mode: str
""",
    "helpers.py": "LIMIT = 3\n",
    "mask.py": """
from weft.kinds import Kind
from weft.model import Mask as Noun
from weft.model import Mask  # a noun of the same name is not the kind
""",
    "_hidden.py": "raise RuntimeError('never imported')\n",
    "files/__init__.py": "",
    "files/kind.py": "from weft.kinds import Kind\n\nclass Files(Kind):\n    path: str\n",
    "sql/__init__.py": "from weft.kinds import Kind\n\nclass Sql(Kind):\n    url: str = ''\n",
}


@pytest.fixture
def kinds(tmp_path, monkeypatch):
    package = tmp_path / "planted_kinds"
    for name, text in FILES.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield Kinds("planted_kinds", "planted.kinds")
    for name in [name for name in sys.modules if name.startswith("planted_kinds")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("any_spelling", "upper", "lower"),
    [("row_filter", "RowFilter", "row_filter"), ("rowFilter", "RowFilter", "row_filter"), ("Sql", "Sql", "sql")],
)
def test_spellings(any_spelling, upper, lower):
    assert (pascal(any_spelling), snake(any_spelling)) == (upper, lower)


def test_built_in_kinds_are_modules_that_hold_a_class_of_their_name(kinds):
    assert kinds.names() == ("Files", "RowFilter", "Sql")


@pytest.mark.parametrize("name", ["RowFilter", "row_filter", "rowFilter", "row-filter"])
def test_a_kind_is_found_in_any_spelling(kinds, name):
    assert kinds.get(name).__name__ == "RowFilter"


@pytest.mark.parametrize("name", ["nothing", "helpers", "Mask", "_hidden"])
def test_an_unknown_name_lists_the_known_ones(kinds, name):
    with pytest.raises(Invalid, match=f"'{name}' is not a known kind, known are Files, RowFilter, Sql"):
        kinds.get(name)


def test_parameters_are_written_in_camel_or_snake_case(kinds):
    one = kinds.build("RowFilter", {"nullTokens": ["NA"], "mode": "x"})
    other = kinds.build("row_filter", {"null_tokens": ["NA"], "mode": "x"})
    assert one == other
    assert one.null_tokens == ["NA"]
    with pytest.raises(ValidationError):
        one.limit = 4


def test_wrong_parameters_are_all_told_with_positions(kinds):
    def locate(path):
        return Position(file="a.yaml", line=len(path) + 1, column=2)

    with pytest.raises(Invalid) as caught:
        kinds.build("RowFilter", {"nulltoken": [], "limit": "many", "mode": 1234}, locate)
    assert [str(p) for p in caught.value.problems] == [
        "a.yaml:2:2: error: 'limit' is 'many', allowed is a whole number",
        "a.yaml:2:2: error: 'mode' is '1234', allowed is text: put it in quotes",
        "a.yaml:2:2: error: 'nulltoken' is not a known key, did you mean 'nullTokens'? Allowed are nullTokens, limit, mode",
    ]
    with pytest.raises(Invalid, match="'mode' is missing, it is required"):
        kinds.build("RowFilter", {}, locate)


def test_secrets_and_long_values_are_not_shown():
    class Login(Kind):
        password: int
        text: int

    with pytest.raises(ValidationError) as caught:
        Login.model_validate({"password": "hunter2", "text": "x" * 500})
    told = " ".join(p.message for p in explain(caught.value, Login, lambda _: Position(file="f")))
    assert "hunter2" not in told
    assert "x" * 100 not in told


def test_the_words_of_a_kinds_own_validator_are_kept():
    class Even(Kind):
        n: int

        @field_validator("n")
        @classmethod
        def _even(cls, n):
            if n % 2:
                raise ValueError("must be even.")
            return n

    with pytest.raises(ValidationError) as caught:
        Even(n=1)
    assert [p.message for p in explain(caught.value, Even, lambda _: Position(file="f"))] == ["'n': must be even"]


class Plugged(Kind):
    """From another distribution."""


def points(*named):
    return lambda group: (
        [importlib.metadata.EntryPoint(n, v, group) for n, v in named] if group == "planted.kinds" else []
    )


def test_other_packages_bring_kinds_by_entry_points(kinds, monkeypatch):
    own = f"{__name__}:Plugged"
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys)
    monkeypatch.setattr(sys.modules[__name__], "Plugged", Plugged, raising=False)
    monkeypatch.setattr(importlib.metadata, "entry_points", points(("plugged", own), ("Files", own)))
    assert kinds.names() == ("Files", "Plugged", "RowFilter", "Sql")
    assert kinds.get("Plugged") is Plugged
    assert kinds.get("Files").__module__ == "planted_kinds.files.kind"  # never replaced


@pytest.mark.parametrize(("value", "words"), [("no.such:Thing", "cannot be loaded"), ("json:loads", "is not a kind")])
def test_a_broken_plug_in_is_named(kinds, monkeypatch, value, words):
    monkeypatch.setattr(importlib.metadata, "entry_points", points(("Broken", value)))
    with pytest.raises(Invalid, match=words):
        kinds.get("broken")


@pytest.mark.parametrize(
    "key", ["password", "dbPassword", "api_key", "client-secret", "TOKEN", "refreshToken", "private_key"]
)
def test_names_of_secrets(key):
    assert is_sensitive(key)


@pytest.mark.parametrize(
    "key", ["nullTokens", "nullToken", "path", "primaryKey", "tokenUrl", "key", "keys", "passwordField"]
)
def test_names_that_hold_no_secret(key):
    assert not is_sensitive(key)
