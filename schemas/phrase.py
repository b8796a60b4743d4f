"""A phrase of a keyword rule, as its author wrote it: words in order.

* ``яма`` is the word in any of its forms, «ё» and «е», capital and small letters alike;
* ``=яма`` is exactly this form;
* ``ям*`` is every word that begins so;
* ``лифт/подъёмник`` is either word in this place;
* ``не горит/светит | погас`` is «не горит», «не светит» or «погас»;
* ``нет отопления`` is two words that follow each other, with nothing but spaces and punctuation between;
* ``лифт ... не работает | стоит`` leaves room for up to seven other words at the dots, and ends in either choice.
"""

from enum import Enum
from itertools import product
from math import prod
from typing import NamedTuple

MAX_GAP_WORDS = 7
"""How many other words may stand at ``...``: enough for an address («у дома 5 по улице Ленина»), hardly more."""

MAX_VARIANTS = 100
"""How many variants a phrase may have: choices of several words on both sides of a gap multiply."""

_GAP = "..."
_SHORTEST_PREFIX = 2


class Form(Enum):
    """Which forms of a word count."""

    INFLECTED = "any form"
    EXACT = "this form"
    PREFIX = "whatever begins so"


class Word(NamedTuple):
    """One word, normalised, and which of its forms count."""

    text: str
    form: Form


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
    return "".join(map(_normalise_character, text))


def parse_phrase(text: str) -> tuple[Phrase, ...]:
    """Read a phrase; return its variants, any of which is enough.

    Raises:
        ValueError: it has no word, a sign where none can be, or too many variants; the text says what is allowed.

    """
    parts = text.replace("…", _GAP).split(_GAP)
    if not any(map(str.strip, parts)):
        raise ValueError(f"{text!r} has no word; write words to look for, such as «нет отопления»")
    if not all(map(str.strip, parts)):
        raise ValueError(f"{text!r} has ... where no words meet; it stands between two words")
    choices = [_parse_choices(part, text) for part in parts]
    if prod(map(len, choices)) > MAX_VARIANTS:
        raise ValueError(f"{text!r} has more than {MAX_VARIANTS} variants; write it as several phrases")
    return tuple(map(_join, product(*choices)))


def _parse_choices(part: str, phrase: str) -> list[tuple[tuple[Word, ...], ...]]:
    """Read what stands between two gaps: choices of words in a row, as the words that may stand in each place.

    Choices that differ in their last word only are one, so that a long list of words is not a long list of phrases.
    """
    endings: dict[tuple[tuple[Word, ...], ...], tuple[Word, ...]] = {}
    for choice in part.split("|"):
        # a hyphen is no part of a word, in a text or here
        places = [_parse_place(place, phrase) for place in choice.replace("-", " ").split()]
        if not places:
            raise ValueError(f"{phrase!r} has a choice without a word; write words on both sides of |")
        start = tuple(places[:-1])
        endings[start] = endings.get(start, ()) + places[-1]
    return [(*start, last) for start, last in endings.items()]


def _parse_place(place: str, phrase: str) -> tuple[Word, ...]:
    return tuple(_parse_word(word, phrase) for word in place.split("/"))


def _join(choices: tuple[tuple[tuple[Word, ...], ...], ...]) -> Phrase:
    """Join one choice for every part to a phrase, with gaps between the parts."""
    return tuple(
        Place(words, gap=MAX_GAP_WORDS if part and not position else 0)
        for part, places in enumerate(choices)
        for position, words in enumerate(places)
    )


def _parse_word(written: str, phrase: str) -> Word:
    form = Form.INFLECTED
    text = written
    if text.startswith("="):
        form, text = Form.EXACT, text[1:]
    elif text.endswith("*"):
        form, text = Form.PREFIX, text[:-1]
        if len(text) < _SHORTEST_PREFIX:
            raise ValueError(
                f"{written!r} in {phrase!r} would match nearly everything; "
                f"at least {_SHORTEST_PREFIX} letters are needed before *"
            )
    if not text or not all(map(is_word_character, text)):
        raise ValueError(
            f"{written!r} in {phrase!r} is not a word; letters, digits and _ are allowed, with = before or * "
            "after it, / between two words for one place, | between two choices, ... between two words"
        )
    return Word(normalise(text), form)


def _normalise_character(character: str) -> str:
    folded = character.lower()
    if len(folded) > 1:  # such as «İ», whose small letter is two characters
        return character
    return "е" if folded == "ё" else folded
