"""How people spell: the tables by which words of a text are read as the words they stand for.

A word of a text stands for a word of a rule

* whatever its capitals, with «е» for «ё», and with soft hyphens and characters of no width left out;
* with an accent over a letter left out, or, where letter and accent are one letter («и» and a breve), that letter;
* where it mixes alphabets («нeт» with a Latin «e»), written in one of them throughout;
* where a letter stands three times or more in a row («ямааа»), with that letter once or twice.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from operators.letters import BASIC_PLANE, folded_basic_plane
from schemas.phrase import is_word_character, normalise

Letters = npt.NDArray[np.uint16]

TRANSPARENT = 1
"""What the table of letters has for characters that neither belong to a word nor end it."""

FIRST_MARK, LAST_MARK = 0x300, 0x36F
"""Combining marks: accents and the like, which follow their letter."""

_WITHOUT_WIDTH = (0xAD, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10))
_TWINS = (
    *zip("авекмнорстух", "abekmhopctyx", strict=True),
    *zip("іјѕԁԛԝһ", "ijsdqwh", strict=True),
)
CYRILLIC_FIRST, CYRILLIC_LAST = 0x400, 0x52F


@cache
def letters_of_characters() -> Letters:
    """Return for every character of the basic plane its letter, ``TRANSPARENT``, or 0 where it ends a word."""
    letters = folded_basic_plane().astype(np.uint16)
    letters[list(_WITHOUT_WIDTH)] = TRANSPARENT
    letters[FIRST_MARK : LAST_MARK + 1] = TRANSPARENT
    return letters


@cache
def compositions() -> tuple[npt.NDArray[np.uint32], Letters]:
    """Return letters with a mark, as ``letter << 16 | mark`` in ascending order, and the letters that they are."""
    composed: dict[int, int] = {}
    for code in range(BASIC_PLANE):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and FIRST_MARK <= int(parts[1], 16) <= LAST_MARK:  # noqa: PLR2004  # a letter, a mark
            letter = chr(int(parts[0], 16))
            if is_word_character(letter) and is_word_character(chr(code)):
                pair = ord(normalise(letter)) << 16 | int(parts[1], 16)
                composed[pair] = ord(normalise(chr(code)))
    pairs = sorted(composed)
    return np.array(pairs, np.uint32), np.array([composed[pair] for pair in pairs], np.uint16)


@cache
def twins() -> tuple[Letters, Letters]:
    """Return for every letter the Cyrillic one and the Latin one that looks like it, itself where it is one, or 0.

    What belongs to neither alphabet, such as a digit, is its own twin in both.
    """
    cyrillic = np.arange(BASIC_PLANE, dtype=np.uint16)
    latin = cyrillic.copy()
    cyrillic[ord("a") : ord("z") + 1] = 0
    latin[CYRILLIC_FIRST : CYRILLIC_LAST + 1] = 0
    for russian, roman in _TWINS:
        cyrillic[ord(roman)] = cyrillic[ord(roman)] or ord(russian)
        latin[ord(russian)] = ord(roman)
    return cyrillic, latin
