"""Terms: the stems of a text's words, and how common each is in a book."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import Stemmer

Terms = dict[str, int]
"""How often each term occurs."""

_WORD = re.compile(r"\w\w+|\d")
_MOST_CHARACTERS = 4_096
"""What a text says beyond adds nothing to what it is about, only to the work."""
_MOST_TERMS = 20_000
_LOGARITHMS = [math.log(count) for count in range(1, 65_537)]
"""Of 1, 2, 3 …; counts beyond are as good as the last one."""

_MOST_STEMS = 200_000

_stem = Stemmer.Stemmer("russian", 0).stemWord


class _Stems(dict[str, str]):
    """Stems of words seen before, which most words of a text are; emptied when there are too many."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_STEMS:
            self.clear()
        stem: str = _stem(word)
        self[word] = stem
        return stem


_stems = _Stems()


def terms_of(text: str) -> Terms:
    """Count the stems of a text's first 4,096 characters; numbers stay whole, single letters are dropped."""
    words = _WORD.findall(text[:_MOST_CHARACTERS].lower().replace("ё", "е"))
    return Counter(map(_stems.__getitem__, words))


class DocumentFrequencies:
    """In how many documents of a book each term occurred, bounded in size.

    Once there are more than 20,000 terms all counts are halved and those that reach 0 are dropped, so that old
    vocabulary fades and the state stays small.
    """

    def __init__(self) -> None:
        self._documents = 0
        self._counts: dict[str, int] = {}

    def learn(self, terms: Iterable[str]) -> None:
        """Count one document with its distinct terms."""
        counts = self._counts
        self._documents += 1
        for term in terms:
            counts[term] = counts.get(term, 0) + 1
        if len(counts) > _MOST_TERMS:
            self._documents //= 2
            self._counts = {term: count // 2 for term, count in counts.items() if count > 1}

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term: 1 + log((documents + 1) / (those with it + 1))."""
        logarithms, counts, most = _LOGARITHMS, self._counts, len(_LOGARITHMS) - 1
        if self._documents > most:
            highest = 1.0 + logarithms[most]
            return {term: highest - logarithms[min(counts.get(term, 0), most)] for term in terms}
        highest = 1.0 + logarithms[self._documents]
        return {term: highest - logarithms[counts.get(term, 0)] for term in terms}

    def pack(self) -> list[Any]:
        """Return the state as JSON values."""
        return [self._documents, list(self._counts), list(self._counts.values())]

    def unpack(self, packed: list[Any]) -> None:
        """Take up the state of ``pack``."""
        self._documents, terms, counts = packed
        self._counts = dict(zip(terms, counts, strict=True))
