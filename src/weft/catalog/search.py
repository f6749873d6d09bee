"""Search over what is declared: ranked, typing errors forgiven. The registry finds, this ranks."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from weft.catalog.entries import sketches
from weft.catalog.lexicon import Lexicon
from weft.catalog.words import words
from weft.model import Findable, Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weft.catalog.entries import Entry, Sketch
    from weft.catalog.lexicon import Alike
    from weft.model import Declared
    from weft.seams import Search, Unit

_EXACT_NAME, _EXACT_PART, _NAME_STARTS = 1000.0, 500.0, 100.0
"""Added when all that was typed is a thing's name, the last part of it, or how it starts."""
_IGNORED = frozenset(words("a an and are by for from how in is of on or our per the to what which who with"))
_RANKED = 100
"""Things that are ranked; what the registry finds less likely comes behind them in its order."""
_LONGEST = 100
"""Letters of a word that are kept."""
_MADE = "1"
"""Raised when the words of a thing are made in another way: all are then made anew."""


class Hit(Noun):
    """Something that was found."""

    kind: str
    """table, product, domain, source, term, metric or board."""
    name: str
    """`domain.product.table`, `domain.product`, `domain`, ..."""
    title: str = ""
    description: str = ""
    score: float
    """Comparable within one search only."""
    found: tuple[str, ...] = ()
    """Where each word was found: `name`, `column amount`, `tag pii`."""


class Asked:
    """One search: the words of its text and what they may mean.

    Args:
        text: as typed.
        lexicon: of the search's present state.
    """

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        typed = list(dict.fromkeys(word[:_LONGEST] for word in words(text)))
        self.text = text.strip().casefold()
        asked = [w for w in typed if w not in _IGNORED] or typed
        self.alike = [one for word in asked for one in lexicon.alike(word)]

    def keys(self, search: Search) -> list[str]:
        """Keys of everything that was found, best first; an empty text finds everything, by name.

        Things that all words lead to come alone; where there are none, those that most words lead to.
        """
        groups = [one.words for one in self.alike]
        found = search.match(groups) if all(groups) else []
        if not found:
            found = self._most(search, [group for group in groups if group])
        if not self.alike:
            return found
        there = set(found)
        near = dict.fromkeys([k for k in search.named(self.text) if k in there] + found[:_RANKED])
        ranked = sorted((self.hit(thing) for thing in search.get(list(near))), key=_order)
        return [*(f"{h.kind} {h.name}" for h in ranked), *(key for key in found if key not in near)]

    def hit(self, thing: Findable) -> Hit:
        """That thing as an answer, with where the words lead to it."""
        places = [place for one in self.alike if (place := _place(thing, one))[0]]
        score = sum(score for score, _ in places) + self._named(thing.name.casefold())
        return Hit(
            kind=thing.kind,
            name=thing.name,
            title=thing.title,
            description=thing.description,
            score=round(score, 3),
            found=tuple(dict.fromkeys(label for _, label in places)),
        )

    def _most(self, search: Search, groups: Sequence[Sequence[str]]) -> list[str]:
        count = Counter(key for group in groups for key in search.match([group]))
        most = max(count.values(), default=0)
        return [key for key, times in count.items() if times == most]

    def _named(self, name: str) -> float:
        if name == self.text:
            return _EXACT_NAME
        if self.text and name.rpartition(".")[2] == self.text:
            return _EXACT_PART
        return _NAME_STARTS if self.text and name.startswith(self.text) else 0.0


def search(search: Search, text: str, limit: int = 20) -> tuple[Hit, ...]:
    """What the text leads to, best first. Who searches more often keeps a `Lexicon`."""
    asked = Asked(text, Lexicon(search.words()))
    return tuple(asked.hit(thing) for thing in search.get(asked.keys(search)[:limit]))


def index(unit: Unit, declared: Declared) -> int:
    """Bring the search up to the applied documents; only what changed is looked at.

    Args:
        unit: a transaction for writing.
        declared: the applied documents of that transaction.

    Returns:
        How many things were added, changed or taken away.
    """
    state = unit.documents.revision()
    if unit.search.bookmark() == state:
        return 0
    sign = _Signer(unit.documents.states())
    before = unit.search.signatures()
    now = {sketch.key: (sketch, sign(sketch)) for sketch in sketches(declared)}
    changed = [key for key, (_, signature) in now.items() if before.get(key) != signature]
    gone = before.keys() - now.keys()
    unit.search.put(_drawn(now[key] for key in changed), gone, state)
    return len(changed) + len(gone)


class _Signer:
    """Tells whether anything changed that a thing is made of."""

    def __init__(self, states: Mapping[str, int]) -> None:
        self._states = states
        self._below: dict[str, int] = {}

    def __call__(self, sketch: Sketch) -> str:
        parts = [f"{path}={self._state(path)}" for path in sketch.made_of]
        return hashlib.sha256("|".join([_MADE, *parts]).encode()).hexdigest()[:16]

    def _state(self, path: str) -> int:
        if not path.endswith("/"):
            return self._states.get(path, 0)
        if path not in self._below:
            # A document that went changes the sum, even when it was not the newest.
            self._below[path] = sum(s for name, s in self._states.items() if name.startswith(path))
        return self._below[path]


def _drawn(found: Iterable[tuple[Sketch, str]]) -> Iterator[Findable]:
    return (_findable(sketch.draw(), signature) for sketch, signature in found)


def _findable(entry: Entry, signature: str) -> Findable:
    best: dict[str, tuple[float, str]] = {}
    for clue in entry.clues:
        for word in words(clue.text):
            known = best.get(word[:_LONGEST])
            if known is None or known[0] < clue.weight:
                best[word[:_LONGEST]] = (clue.weight, clue.label)
    return Findable(
        kind=entry.kind,
        name=entry.name,
        title=entry.title,
        description=entry.description,
        signature=signature,
        words=best,
    )


def _place(thing: Findable, asked: Alike) -> tuple[float, str]:
    """The best place of one typed word in a thing: its score, and what it is called."""
    scored = [(thing.words[word][0] * sure, word) for word, sure in asked.meant(thing.words)]
    score, word = max(scored, default=(0.0, ""))
    return score, thing.words[word][1] if word else ""


def _order(hit: Hit) -> tuple[float, str, str]:
    return -hit.score, hit.name, hit.kind
