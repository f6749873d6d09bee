"""Words of names and texts, and how near two of them are."""

from __future__ import annotations

import re
import unicodedata

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_PLURALS = (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", ""))
_SHORT = 3
"""Words up to this length are not mistyped, and have no plural."""
_LONG = 8
"""From this length on, two mistakes are forgiven."""


def words(text: str) -> list[str]:
    """Words of a text or an identifier: `openDeals_v2` -> open, deals, v2. Case and accents are folded."""
    apart = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    return _WORD.findall("".join(c for c in apart if not unicodedata.combining(c)).casefold())


def stem(word: str) -> str:
    """The word without an English plural."""
    if len(word) <= _SHORT:
        return word
    for ending, instead in _PLURALS:
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word


def mistakes(word: str) -> int:
    """How many typing errors are forgiven in a word of that length."""
    if len(word) <= _SHORT:
        return 0
    return 2 if len(word) >= _LONG else 1


def distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.

    Optimal string alignment (Damerau 1964). More than `most` gives `most + 1`.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return most + 1
    return min(row[-1], most + 1)
