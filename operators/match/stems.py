"""Words of other languages than Russian, found by their stems in posts that are in that language."""

from collections.abc import Mapping
from functools import cache

import Stemmer

from schemas.phrase import normalise

_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""The Snowball stemmer of each language; Russian has its lexemes."""


class Stems:
    """Finds the words of rules in words of texts that have the same stem.

    Args:
        words: words of rules that are not Russian, normalised, and their numbers.

    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = words
        self._by_language: dict[str, dict[str, list[int]]] = {}

    @property
    def covers_any(self) -> bool:
        """Whether rules have such words at all."""
        return bool(self._words)

    def covers(self, language: str) -> bool:
        """Whether there is anything to be found in posts of a language."""
        return language in _ALGORITHMS

    def words_of(self, word: str, language: str) -> list[int]:
        """Return the numbers of the words with the stem that a word of a text has."""
        words = self._by_language.get(language)
        if words is None:
            words = self._by_language[language] = {}
            for text, number in self._words.items():
                words.setdefault(_stem(text, language), []).append(number)
        return words.get(_stem(normalise(word), language), [])


def _stem(word: str, language: str) -> str:
    stem: str = _stemmer(language).stemWord(word)
    return stem


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_ALGORITHMS[language])
