"""What the search of every registry must do: the same things are found in each, kept up in steps or filled anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.catalog import Asked, Lexicon, search
from weft.model import Findable
from weft.registries.open import open_registry
from weft.testing.memory_registry import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weft.seams import Registry

WORDS = ["deal", "deals", "dealer", "amount", "größe", "売上", "v2", "1e5", "sales", "customer", "it's"[:2], "x" * 90]


def thing(name: str, *words: str, signature: str = "1", **more: str) -> Findable:
    weights = {word: (float(20 - 3 * n if n < 6 else 1), f"at {n}") for n, word in enumerate(words)}
    return Findable(kind="table", name=name, signature=signature, words=weights, **more)


def fill(registry: Registry, *things: Findable, gone: tuple[str, ...] = (), at: int = 1) -> None:
    with registry.transaction(write=True) as unit:
        unit.search.put(things, gone, at)


def test_nothing_is_found_before_it_is_filled(registry: Registry) -> None:
    with registry.transaction() as unit:
        found = unit.search
        assert (found.bookmark(), found.signatures(), found.words(), found.named("a"), found.get(["table a"])) == (
            0,
            {},
            [],
            [],
            [],
        )
        assert found.match([]) == found.match([["a"]]) == []


def test_whole_words_and_beginnings(registry: Registry) -> None:
    fill(registry, thing("A.b.Deals", *WORDS), thing("a.b.other", "dealer", "größen"), at=7)
    with registry.transaction() as unit:
        found = unit.search
        assert found.bookmark() == 7
        assert found.words() == sorted({*WORDS, "größen"})
        for word in WORDS:
            assert "table A.b.Deals" in found.match([[word]]), word
        assert found.match([["deal"]]) == ["table A.b.Deals"], "a whole word is not the beginning of another"
        assert set(found.match([["deal*"]])) == {"table A.b.Deals", "table a.b.other"}
        assert found.match([["größe*"], ["nothing", "売上"]]) == ["table A.b.Deals"]
        assert found.match([["größen"], ["売上"]]) == []
        assert found.match([]) == ["table A.b.Deals", "table a.b.other"]
        assert found.named("DEALS") == found.named("a.b.deals") == ["table A.b.Deals"]
        assert found.named("b.deals") == []


def test_a_thing_comes_back_whole_and_may_change_or_go(registry: Registry) -> None:
    first = thing("a.b.c", "old", title="It's \x00 “a” \\ title", description="%_'")
    fill(registry, first, thing("a.b.d", "old"))
    with registry.transaction() as unit:
        assert unit.search.get(["table a.b.d", "table x", "table a.b.c"])[1] == first
    fill(registry, thing("a.b.c", "new", signature="2"), gone=("table a.b.d", "table never"), at=2)
    with registry.transaction() as unit:
        assert (unit.search.words(), unit.search.signatures()) == (["new"], {"table a.b.c": "2"})
        assert unit.search.match([["old"]]) == []
    with registry.transaction(write=True) as unit:
        unit.search.drop()
    fill(registry, first, at=3)
    with registry.transaction() as unit:
        assert unit.search.words() == ["old"]


def test_a_transaction_that_fails_takes_it_back(registry: Registry) -> None:
    def failing() -> None:
        with registry.transaction(write=True) as unit:
            unit.search.put([thing("a.b.c", "word")], (), 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    with registry.transaction() as unit:
        assert unit.search.bookmark() == 0
    fill(registry, thing("a.b.c", "word"))
    with registry.transaction() as unit:
        assert unit.search.match([["word"]]) == ["table a.b.c"]


@pytest.fixture(scope="module")
def three(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Registry]]:
    """The same things in every registry: one filled in one go, others in steps, with changes on the way."""
    path: Path = tmp_path_factory.mktemp("three") / "registry.db"
    server = request.getfixturevalue("server")
    server.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    opened: list[Registry] = [MemoryRegistry(), open_registry(f"sqlite:///{path}"), open_registry(server.url)]
    dice = random.Random(5)
    vocabulary = ["".join(dice.choices("abcde", k=dice.randint(1, 9))) for _ in range(150)]
    things = [thing(f"d.p.{n}", *dice.sample(vocabulary, dice.randint(1, 12))) for n in range(120)]
    fill(opened[0], *things)
    for one in opened[1:]:
        old = [t.model_copy(update={"words": {"old": (1.0, "old")}}) for t in dice.sample(things, 60)]
        fill(one, *old, thing("d.p.gone", *vocabulary))
        fill(one, *things, gone=("table d.p.gone",), at=2)
    yield opened
    for one in opened:
        one.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="abcde", min_size=1, max_size=9), min_size=1, max_size=3))
def test_every_registry_finds_the_same(three: list[Registry], typed: list[str]) -> None:
    answers = []
    for one in three:
        with one.transaction() as unit:
            asked = Asked(" ".join(typed), Lexicon(unit.search.words()))
            answers.append(asked.keys(unit.search))
    assert set(answers[0]) == set(answers[1]) == set(answers[2])
    assert len(answers[1]) == len(set(answers[1])) == len(answers[2])


def test_the_exact_name_stands_first_everywhere(registry: Registry) -> None:
    crowd = [thing(f"sales.orders.lines{n}", "orders", "sales", "lines") for n in range(150)]
    fill(registry, *crowd, thing("zoo.misc.orders", "zoo", "misc", "x", "y", "z", "w", "orders"))
    with registry.transaction() as unit:
        assert search(unit.search, "ORDERS")[0].name == "zoo.misc.orders"
        assert search(unit.search, "zoo.misc.orders")[0].name == "zoo.misc.orders"
        assert len(Asked("orders", Lexicon(unit.search.words())).keys(unit.search)) == 151
