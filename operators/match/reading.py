"""Reading: the words of a text, letter by letter.

Nearly all words are plain. They are hashed as they are read, which is as fast as reading them; only of others are the
letters written down.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.hashtable import Words
from operators.letters import BASIC_PLANE, CodePoints
from operators.match.forms import SEED, add_letter, may_be
from operators.match.spelling import (
    CYRILLIC_FIRST,
    CYRILLIC_LAST,
    FIRST_MARK,
    LAST_MARK,
    TRANSPARENT,
    Letters,
    compositions,
    letters_of_characters,
    twins,
)

LONGEST_WORD = 96
"""A word of more letters is no word of any rule, though it can begin as one says."""

HAS_RUN, HAS_CYRILLIC, HAS_LATIN, IS_LONG = 1, 2, 4, 8
MIXED = HAS_CYRILLIC | HAS_LATIN
"""What makes a word odd, so that it may stand for several others; one alphabet alone is not odd."""

RUN = 3
"""A letter so many times in a row may stand for fewer."""

ZERO, NINE = ord("0"), ord("9")
_A, _Z = ord("a"), ord("z")

_IS_LETTER, _ALPHABET_SHIFT = 1 << 16, 16
_ALPHABETS = MIXED << _ALPHABET_SHIFT
_LETTER = 0xFFFF

Kinds = npt.NDArray[np.uint32]


class Spelling(NamedTuple):
    """The tables of ``operators.match.spelling``, as compiled code takes them.

    Attributes:
        kinds: what a character is at a glance: its letter, in higher bits that it is one and its alphabet.

    """

    kinds: Kinds
    letters: Letters
    pairs: npt.NDArray[np.uint32]
    composed: Letters
    cyrillic: Letters
    latin: Letters


@cache
def spelling() -> Spelling:
    """Return all tables."""
    letters = letters_of_characters()
    kinds = np.zeros(BASIC_PLANE + 1, np.uint32)
    kinds[:BASIC_PLANE] = letters
    kinds[kinds > TRANSPARENT] |= _IS_LETTER
    is_latin = (letters >= _A) & (letters <= _Z)
    is_cyrillic = (letters >= CYRILLIC_FIRST) & (letters <= CYRILLIC_LAST)
    kinds[:BASIC_PLANE][is_latin] |= HAS_LATIN << _ALPHABET_SHIFT
    kinds[:BASIC_PLANE][is_cyrillic] |= HAS_CYRILLIC << _ALPHABET_SHIFT
    return Spelling(kinds, letters, *compositions(), *twins())


@compiled
def read_plain_word(
    characters: CodePoints, position: int, limit: int, kinds: Kinds, prefixes: Words, beginnings: Words
) -> tuple[int, int, np.uint64, int, bool]:
    """Hash the next word of a text, and write the hash of each beginning that rules may look for.

    Returns:
        where it begins, where it ends (where it began: there is no further word), its hash, how many beginnings were
        written, and whether it is plain; if not, all but where it begins is void, and ``read_word`` has to read it.

    """
    plane = np.uint32(BASIC_PLANE)
    kind = np.uint32(0)
    while position < limit:
        kind = kinds[min(characters[position], plane)]
        if kind > TRANSPARENT:
            break
        position += 1
    start = position
    hashed = np.uint64(SEED)
    seen = before = last = np.uint32(0)
    has_run = False
    found = 0
    while kind > TRANSPARENT:
        hashed = add_letter(hashed, kind & np.uint32(_LETTER))
        if may_be(prefixes, hashed):
            beginnings[found % LONGEST_WORD] = hashed
            found += 1
        seen |= kind
        has_run |= kind == last and kind == before
        before = last
        last = kind
        position += 1
        kind = kinds[min(characters[position], plane)] if position < limit else np.uint32(0)
    is_mixed = seen & np.uint32(_ALPHABETS) == _ALPHABETS
    is_plain = kind == 0 and position - start <= LONGEST_WORD and not (has_run or is_mixed)
    return start, position, hashed, found, is_plain


@compiled
def read_word(
    characters: CodePoints,
    position: int,
    limit: int,
    letter_of: Letters,
    pairs: npt.NDArray[np.uint32],
    composed: Letters,
    letters: Letters,
) -> tuple[int, int, int, int]:
    """Write the letters of the word of a text that begins at a position.

    Returns:
        where it ends, where to go on, how many letters it has, and its oddities.

    """
    length = run = oddities = 0
    end = position
    last = np.uint16(0)
    while position < limit:
        code = characters[position]
        letter = letter_of[code] if code < BASIC_PLANE else np.uint16(0)
        if letter > TRANSPARENT:
            end = position + 1
            run = run + 1 if letter == last and not ZERO <= letter <= NINE else 1
            last = letter
            if run >= RUN:
                oddities |= HAS_RUN
            oddities |= _alphabet_of(letter)
            if length == LONGEST_WORD:
                oddities |= IS_LONG
            elif run <= RUN:
                letters[length] = letter
                length += 1
        elif FIRST_MARK <= code <= LAST_MARK:
            end = position + 1
            last = _compose(letters[length - 1], code, pairs, composed)
            letters[length - 1] = last
        elif letter != TRANSPARENT:
            break
        position += 1
    is_mixed = oddities & MIXED == MIXED
    return end, position, length, oddities if is_mixed else oddities & ~MIXED


@compiled
def _alphabet_of(letter: np.uint16) -> int:
    if letter < CYRILLIC_FIRST:
        return HAS_LATIN if _A <= letter <= _Z else 0
    return HAS_CYRILLIC if letter <= CYRILLIC_LAST else 0


@compiled
def _compose(letter: int, mark: int, pairs: npt.NDArray[np.uint32], composed: Letters) -> np.uint16:
    """Return the letter that a letter and a mark are together, or the letter alone."""
    pair = np.uint32(letter) << np.uint32(16) | np.uint32(mark)
    position = np.searchsorted(pairs, pair)
    if position < pairs.shape[0] and pairs[position] == pair:
        return np.uint16(composed[position])
    return np.uint16(letter)
