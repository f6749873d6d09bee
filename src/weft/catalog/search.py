"""Search over what is declared: ranked, typing errors forgiven."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from weft.catalog.entries import entries
from weft.catalog.words import distance, mistakes, stem, words
from weft.model import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.catalog.entries import Entry
    from weft.model import Declared

_EXACT_NAME, _EXACT_PART, _NAME_STARTS = 1000.0, 500.0, 100.0
"""Added when all that was typed is a thing's name, the last part of it, or how it starts."""
_IGNORED = frozenset(words("a an and are by for from how in is of on or our per the to what which who with"))
_INSIDE = 3
"""A text this long may stand inside a word."""


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


class Index:
    """All words of a mesh. Make it once for each state of the documents."""

    def __init__(self, declared: Declared) -> None:
        self._entries = entries(declared)
        self._places: dict[str, dict[int, tuple[float, str]]] = defaultdict(dict)
        for number, entry in enumerate(self._entries):
            self._add(number, entry)
        self._words = sorted(self._places)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._stems[stem(word)].append(word)
        self._pairs: dict[str, set[str]] = {}

    def search(self, text: str, limit: int = 20) -> tuple[Hit, ...]:
        """What the text leads to, best first; an empty text lists everything by name.

        Things that all words lead to come alone; where there are none, those that most words lead to.
        """
        asked = list(dict.fromkeys(words(text)))
        asked = [w for w in asked if w not in _IGNORED] or asked
        found: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for word in asked:
            for number, place in self._lead(word).items():
                found[number].append(place)
        if not asked:
            found = {n: [] for n in range(len(self._entries))}
        most = max(map(len, found.values()), default=0)
        hits = [self._hit(n, places, text) for n, places in found.items() if len(places) == most]
        return tuple(sorted(hits, key=lambda h: (-h.score, h.name, h.kind))[:limit])

    def _add(self, number: int, entry: Entry) -> None:
        for clue in entry.clues:
            parts = words(clue.text)
            joined = ["".join(parts)] if " " not in clue.text and len(parts) > 1 else []
            for word in parts + joined:
                known = self._places[word].get(number)
                if known is None or known[0] < clue.weight:
                    self._places[word][number] = (clue.weight, clue.label)

    def _lead(self, asked: str) -> dict[int, tuple[float, str]]:
        """Best place of one word in each thing that it leads to."""
        best: dict[int, tuple[float, str]] = {}
        for word, quality in self._alike(asked):
            for number, (weight, label) in self._places[word].items():
                score = weight * quality
                if score > best.get(number, (0.0, ""))[0]:
                    best[number] = (score, label)
        return best

    def _alike(self, asked: str) -> Iterator[tuple[str, float]]:
        """Known words that may be meant, and how surely (0 to 1); mistyped ones only where there are no others."""
        found = dict.fromkeys(self._stems.get(stem(asked), ()), 0.9)
        for word in self._starting(asked):
            found[word] = max(found.get(word, 0.0), 1.0 if word == asked else 0.5 + 0.3 * len(asked) / len(word))
        if len(asked) >= _INSIDE:
            for word in self._words:
                if asked in word:
                    found.setdefault(word, 0.4)
        yield from (found or self._mistyped(asked)).items()

    def _starting(self, asked: str) -> Iterator[str]:
        for word in self._words[bisect_left(self._words, asked) :]:
            if not word.startswith(asked):
                return
            yield word

    def _mistyped(self, asked: str) -> dict[str, float]:
        most = mistakes(asked)
        if not most:
            return {}
        pairs, near = _pairs(asked), {}
        shared = Counter(word for pair in pairs for word in self._by_pair().get(pair, ()))
        for word, count in shared.items():
            if count < len(pairs) - 2 * most:  # a mistake takes two pairs away at most
                continue
            off = distance(asked, word, most)
            if off <= most:
                near[word] = 1.0 / (1 + off)
        return near

    def _by_pair(self) -> dict[str, set[str]]:
        if not self._pairs:
            pairs = defaultdict(set)
            for word in self._words:
                for pair in _pairs(word):
                    pairs[pair].add(word)
            self._pairs = pairs
        return self._pairs

    def _hit(self, number: int, places: list[tuple[float, str]], text: str) -> Hit:
        entry = self._entries[number]
        score = sum(score for score, _ in places) + _named(entry.name, text.strip().casefold())
        return Hit(
            kind=entry.kind,
            name=entry.name,
            title=entry.title,
            description=entry.description,
            score=round(score, 3),
            found=tuple(dict.fromkeys(label for _, label in places)),
        )


def search(declared: Declared, text: str, limit: int = 20) -> tuple[Hit, ...]:
    """Search once; who searches more often keeps an `Index`."""
    return Index(declared).search(text, limit)


def _named(name: str, text: str) -> float:
    lower = name.casefold()
    if lower == text:
        return _EXACT_NAME
    if text and lower.rpartition(".")[2] == text:
        return _EXACT_PART
    return _NAME_STARTS if text and lower.startswith(text) else 0.0


def _pairs(word: str) -> set[str]:
    """Neighbouring letters without their order, so that a swap keeps one; the ends of the word count."""
    framed = f"^{word}$"
    return {"".join(sorted(framed[n : n + 2])) for n in range(len(framed) - 1)}
