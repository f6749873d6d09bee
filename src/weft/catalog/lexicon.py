"""Which known words may be meant by a typed one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

from weft.catalog.words import distance, mistakes, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_STEM, _PART = 0.9, 0.4
"""How surely a word of the same stem is meant, and one that holds the typed one inside."""
_INSIDE = 3
"""A text this long may stand inside a word."""
_MOST = 100
"""Words that hold the typed one inside; the shortest are taken."""


class Alike(Struct, frozen=True):
    """What one typed word may mean."""

    asked: str
    others: dict[str, float] = field(default_factory=dict)
    """Words that do not begin so, and how surely each is meant (0 to 1)."""
    begins: bool = False
    """Whether a known word begins so."""

    @property
    def words(self) -> tuple[str, ...]:
        """To look for; `asked*` stands for all that begin so."""
        return (*self.others, f"{self.asked}*") if self.begins else tuple(self.others)

    def meant(self, words: Mapping[str, object]) -> Iterator[tuple[str, float]]:
        """Those of a thing's words that may be meant, and how surely."""
        asked = self.asked
        for word in self.others.keys() & words.keys():
            yield word, self.others[word]
        for word in [word for word in words if word.startswith(asked)]:
            sure = 0.5 + 0.3 * len(asked) / len(word)
            yield word, 1.0 if word == asked else max(sure, _STEM) if stem(word) == stem(asked) else sure


class Lexicon:
    """All words that lead to something. Make it once for each state of the search."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(words)
        self._text = "\n".join(("", *self._words, ""))
        self._stems: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._stems[stem(word)].append(word)
        self._pairs: dict[str, set[str]] = {}

    def alike(self, asked: str) -> tuple[Alike, ...]:
        """What a typed word may mean.

        Words that begin so, have the same stem or hold it inside; where there are none, two known words that it was
        written together of; where there are none either, words that differ by a typing error.
        """
        others = dict.fromkeys(self._inside(asked), _PART)
        others |= dict.fromkeys((w for w in self._stems.get(stem(asked), ()) if not w.startswith(asked)), _STEM)
        begins = self._begins(asked)
        if others or begins:
            return (Alike(asked, others, begins),)
        if cut := self._cut(asked):
            return tuple(Alike(part, begins=True) for part in (asked[:cut], asked[cut:]))
        return (Alike(asked, self._mistyped(asked)),)

    def _begins(self, asked: str) -> bool:
        at = bisect_left(self._words, asked)
        return at < len(self._words) and self._words[at].startswith(asked)

    def _inside(self, asked: str) -> list[str]:
        """Words that hold it behind their first letter. One long text is searched faster than many short ones."""
        if len(asked) < _INSIDE:
            return []
        found, at = set(), self._text.find(asked)
        while at >= 0:
            end = self._text.index("\n", at)
            found.add(self._text[self._text.rindex("\n", 0, at) + 1 : end])
            at = self._text.find(asked, end)
        return sorted((w for w in found if not w.startswith(asked)), key=lambda word: (len(word), word))[:_MOST]

    def _cut(self, asked: str) -> int:
        """Where to cut it into two known words, the first as long as can be; 0 = nowhere."""
        cuts = range(len(asked) - 2, 1, -1)
        return next((n for n in cuts if self._known(asked[:n]) and self._begins(asked[n:])), 0)

    def _known(self, word: str) -> bool:
        return word in self._stems.get(stem(word), ())

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


def _pairs(word: str) -> set[str]:
    """Neighbouring letters without their order, so that a swap keeps one; the ends of the word count."""
    framed = f"^{word}$"
    return {"".join(sorted(framed[n : n + 2])) for n in range(len(framed) - 1)}
