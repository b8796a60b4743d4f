"""A phrase of a keyword rule: words in order, the smallest thing that a rule looks for."""

from enum import Enum
from typing import NamedTuple

MAX_GAP_WORDS = 7
"""How many other words may stand at ``...``: enough for an address («у дома 5 по улице Ленина»), hardly more."""

_FOLDED = {"ё": "е", "ѐ": "е", "ѝ": "и"}


class Form(Enum):
    """Which forms of a word count."""

    INFLECTED = "any form"
    EXACT = "this form"
    PREFIX = "whatever begins so"
    HASHTAG = "this hashtag"
    MENTION = "this name after @"


class Word(NamedTuple):
    """One word, normalised, and which of its forms count.

    Attributes:
        part: the part of speech whose forms alone count, as in ``PARTS_OF_SPEECH``; those of any where empty.

    """

    text: str
    form: Form
    part: str = ""


PARTS_OF_SPEECH = {
    "сущ": "noun",
    "прил": "adjective",
    "глаг": "verb",
    "прич": "participle",
    "дееприч": "gerund",
    "нареч": "adverb",
    "числ": "numeral",
    "мест": "pronoun",
}
"""What can stand after the colon of a word, and what it means."""


class Place(NamedTuple):
    """A place in a phrase.

    Attributes:
        words: any of these may stand there.
        gap: how many other words may stand between the place before and this one.

    """

    words: tuple[Word, ...]
    gap: int


Phrase = tuple[Place, ...]


def is_word_character(character: str) -> bool:
    """Whether it is part of a word: letters, digits and the underscore; never a space, hyphen or emoji.

    Characters outside the basic plane are emoji, or letters drawn for show; neither is part of a word.
    """
    return character < "\U00010000" and (character.isalnum() or character == "_")


def normalise(text: str) -> str:
    """Fold capitals and «ё», character by character, so that offsets stay those of the original."""
    if text.isascii():
        return text.lower()
    folded = text.lower()
    # «İ» in small letters is two characters, and «Σ» has another small letter where it ends a word
    if len(folded) != len(text) or "Σ" in text:
        return "".join(map(_normalise_character, text))
    for letter, base in _FOLDED.items():
        folded = folded.replace(letter, base)
    return folded


def _normalise_character(character: str) -> str:
    folded = character.lower()
    if len(folded) > 1:  # such as «İ», whose small letter is two characters
        return character
    return _FOLDED.get(folded, folded)
