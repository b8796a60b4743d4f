"""Normal forms of places: the same for every inflection and spelling of a name, and the number of each."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import Stemmer

from operators.letters import code_points
from operators.match.spelling import twins
from operators.places.kinds import HOUSE, NAMES, ROUTE
from operators.places.roles import GIVEN, NUMBER_WORD, UNIT, YEARS
from operators.places.vocabulary import entries
from schemas.phrase import normalise

_MOST_REMEMBERED = 1 << 15
_WORD = re.compile(r"[^\W\d_]+|\d+")
_HOUSE = re.compile(r"(\d+)(.*)", re.DOTALL)
_SECOND_NUMBER = re.compile(r"\d+")
_LONGEST_SUFFIX = 2
_ALPHABET = 32

_stem = Stemmer.Stemmer("russian", 0).stemWord
_SILENT = frozenset(form for form, role, _ in entries() if role in (GIVEN, NUMBER_WORD, YEARS))
_SUFFIXES = frozenset(
    form for form, role, _ in entries() if role == UNIT and len(form) <= _LONGEST_SUFFIX
) - {"га"}


class Normal(NamedTuple):
    """What a name comes to.

    Attributes:
        form: the same for all ways to write it.
        number: 1 to 2^32 - 1, the same for the same kind and form in every process.
        letters: which letters the form has; see ``letters_of``.

    """

    form: str
    number: int
    letters: int


@lru_cache(_MOST_REMEMBERED)
def normal(kind: int, written: str) -> Normal:
    """Return the normal form of a name as it is written, without the word that says what it is.

    A house is its number, letter and part («12а», «12/2»), whatever the part is called. A name is the stems of its words,
    without initials, titles, given names and endings of numbers: «К. Маркса» is «Карла Маркса», «3-я Песковская» is
    «3 Песковская».
    """
    text = _in_cyrillic(normalise(written))
    form = _house(text) if kind in (HOUSE, ROUTE) else _name(text)
    return Normal(form, number_of(kind, form), letters_of(form))


def number_of(kind: int, form: str) -> int:
    """Return the number of a normal form; the same form as two kinds of places has two."""
    digest = blake2b(f"{NAMES[kind]}:{form}".encode(), digest_size=4).digest()
    return max(int.from_bytes(digest, "little"), 1)


def letters_of(form: str) -> int:
    """Return the set of letters of a normal form, a bit for each of the 32 of the alphabet; 0 where it has a number.

    One slip of the keyboard changes at most two of them.
    """
    letters = 0
    for letter in form:
        if letter.isdigit():
            return 0
        letters |= 1 << (ord(letter) - ord("а")) % _ALPHABET
    return letters


def _in_cyrillic(text: str) -> str:
    letters = code_points(text)
    looks_like = twins()[0]
    return "".join(
        chr(looks_like[letter] or letter) if letter < len(looks_like) else "" for letter in letters
    )


def _house(text: str) -> str:
    found = _HOUSE.search(text)
    if found is None:
        return text
    number, rest = found.groups()
    second = _SECOND_NUMBER.search(rest)
    letter = next((word for word in _WORD.findall(rest) if len(word) == 1 and not word.isdigit()), "")
    if second is not None:
        # the one letter before a second number is short for a part, unless there is another: «5а к2»
        before = [word for word in _WORD.findall(rest[: second.start()]) if len(word) == 1 and word != "к"]
        letter = before[0] if before else ""
    return f"{int(number)}{letter}" + (f"/{int(second.group())}" if second else "")


def _name(text: str) -> str:
    words = _WORD.findall(text)
    kept = [word for word in words if len(word) > 1 or word.isdigit()] or words
    kept = [word for word in kept if word not in _SUFFIXES] or kept
    kept = [word for word in kept if word not in _SILENT] or kept
    return " ".join(word if word.isdigit() else _stem(word) for word in kept)
