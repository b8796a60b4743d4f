"""Tokens: a text as a list of words and numbers, with what stands between them and how they are written."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.hashtable import Words, WordTable, find_slot
from operators.letters import CodePoints
from operators.match.forms import SEED, add_letter
from operators.match.spelling import CYRILLIC_FIRST, CYRILLIC_LAST, twins
from operators.places import gaps
from operators.places.roles import END, NUMBER
from operators.places.vocabulary import entries
from schemas.phrase import is_word_character, normalise

Tokens = npt.NDArray[np.int32]
Letters = npt.NDArray[np.uint16]

Span = tuple[int, int]
"""The first token of something and the token after it; the same twice where there is nothing."""

COLUMNS = 6
FIRST, LAST, ROLE, DETAIL, GAP, CASE = range(COLUMNS)
"""Of a token: where it begins and ends in the text, what it can be (``vocabulary``), more on that (of a number its value), what
stands between it and the token before, and its capitals."""

AHEAD = 12
"""So many tokens after the last one say that there are no more, so that nobody needs to look out for the end."""

SMALL, CAPITAL, SHOUTED = 0, 1, 2
"""In small letters; beginning with a capital; in capitals throughout."""

_CHARACTERS = 0x2200
"""Characters beyond are part of no word and no address."""
LETTER_BITS = 0xFFFF
CAPITAL_BIT, GAP_BIT, DIGIT_BIT, LATIN_BIT, CYRILLIC_BIT = (0x1_0000 << bit for bit in range(5))
_ZERO, _NINE = ord("0"), ord("9")
_MOST_VALUE = 1_000_000
_ROLE_BITS = 8
_HYPHEN = ord("-")
_SHOWN = 2
"""Two capitals at the beginning say that the whole word is in capitals."""
_LONGEST_HEAD, _LONGEST_TAIL = 4, 4
"""«пр-т», «мкр-н»: abbreviations with a hyphen are no longer than this before it and after it."""


class Reading(NamedTuple):
    """What compiled code needs to know to read texts.

    Attributes:
        characters: for each character the small letter or digit that it stands for, and bits that say what it is; where
            it is neither letter nor digit, what it is in a gap, and ``GAP_BIT``.
        cyrillic: for each letter the Cyrillic one that looks like it.
        keys, values: the vocabulary, by hashes of words.

    """

    characters: npt.NDArray[np.uint32]
    cyrillic: Letters
    keys: Words
    values: Words


@cache
def reading() -> Reading:
    """Return the tables, which are made once a process."""
    gap_of = {character: gap for gap, listed in gaps.CHARACTERS.items() for character in listed}
    table = WordTable(room_for=1 << 11)
    for form, role, detail in entries():
        code = np.uint64(_hash(np.array([ord(letter) for letter in form], np.uint16)))
        table.put(int(code), 1 + role + (detail << _ROLE_BITS))
    keys, values = table.slots
    return Reading(
        np.array([_character(chr(code), gap_of) for code in range(_CHARACTERS)], np.uint32),
        twins()[0][:_CHARACTERS].copy(),
        keys.copy(),
        values.copy(),
    )


def _character(character: str, gap_of: Mapping[str, int]) -> int:
    letter = ord(normalise(character))
    if not is_word_character(character) or character == "_" or letter >= _CHARACTERS:
        return GAP_BIT | gap_of.get(character, gaps.BREAK)
    kind = DIGIT_BIT if _ZERO <= letter <= _NINE else 0
    kind |= CAPITAL_BIT if character != character.lower() else 0
    kind |= LATIN_BIT if letter < CYRILLIC_FIRST else CYRILLIC_BIT if letter <= CYRILLIC_LAST else 0
    return letter | kind


@compiled
def _hash(letters: Letters) -> np.uint64:
    code = np.uint64(SEED)
    for letter in letters:
        code = add_letter(code, letter)
    return code


@compiled
def read_tokens(
    characters: CodePoints,
    classes: npt.NDArray[np.uint32],
    cyrillic: Letters,
    keys: Words,
    values: Words,
    letters: Letters,
    tokens: Tokens,
) -> None:
    """Write the letters of a text and its tokens, with an end before the first and several after the last.

    In a word that has Cyrillic letters, Latin ones that look like Cyrillic ones are taken for them, and so is a single
    letter: «ул. Лeнина 5a».
    """
    # A call with so many arrays costs as much as ten letters, so all that every word needs is here.
    position = int(np.int64(0))  # numba would compile for a constant apart
    _put_end(tokens, position, position, 0)
    count = position + 1
    gap = gaps.BREAK
    length = characters.shape[0]
    while position < length:
        code = characters[position]
        what = classes[code] if code < classes.shape[0] else np.uint32(GAP_BIT | gaps.BREAK)
        if what & GAP_BIT:
            letters[position] = 0
            gap |= int(what & LETTER_BITS)
            position += 1
            continue
        start = position
        if what & DIGIT_BIT:
            position = _read_number(characters, start, letters, tokens, count)
        else:
            first = what
            hashed = np.uint64(SEED)
            alphabets = np.uint32(0)
            capitals = 0
            while True:
                alphabets |= what
                capitals += position - start < _SHOWN and what & CAPITAL_BIT != 0
                letters[position] = what & LETTER_BITS
                hashed = add_letter(hashed, what & LETTER_BITS)
                position += 1
                code = characters[position] if position < length else np.uint32(_CHARACTERS)
                what = classes[code] if code < classes.shape[0] else np.uint32(GAP_BIT)
                if what & (GAP_BIT | DIGIT_BIT):
                    break
            if alphabets & LATIN_BIT and (alphabets & CYRILLIC_BIT or position - start == 1):
                hashed = _respell(letters, cyrillic, start, position)
            known = int(values[find_slot(keys, values, hashed)])
            if code == _HYPHEN and position - start <= _LONGEST_HEAD:
                position, known = _read_compound(
                    characters, classes, cyrillic, keys, values, letters, start, position, known
                )
            tokens[count, ROLE] = (known - 1) & 0xFF if known else 0
            tokens[count, DETAIL] = (known - 1) >> _ROLE_BITS if known else 0
            tokens[count, CASE] = SMALL
            if first & CAPITAL_BIT:
                tokens[count, CASE] = SHOUTED if capitals == _SHOWN else CAPITAL
        tokens[count, FIRST] = start
        tokens[count, LAST] = position
        tokens[count, GAP] = gap
        count += 1
        gap = 0
    for ahead in range(AHEAD):
        _put_end(tokens, count + ahead, length, gap)


@compiled
def _put_end(tokens: Tokens, number: int, position: int, gap: int) -> None:
    tokens[number, FIRST] = position
    tokens[number, LAST] = position
    tokens[number, ROLE] = END
    tokens[number, DETAIL] = 0
    tokens[number, GAP] = gaps.BREAK | gap
    tokens[number, CASE] = SMALL


@compiled
def _read_number(characters: CodePoints, position: int, letters: Letters, tokens: Tokens, count: int) -> int:
    value = 0
    while position < characters.shape[0] and _ZERO <= characters[position] <= _NINE:
        letters[position] = characters[position]
        value = min(10 * value + characters[position] - _ZERO, _MOST_VALUE)
        position += 1
    tokens[count, ROLE] = NUMBER
    tokens[count, DETAIL] = value
    tokens[count, CASE] = SMALL
    return position


@compiled
def _respell(letters: Letters, cyrillic: Letters, start: int, end: int) -> np.uint64:
    """Take the letters of a word for the Cyrillic ones that they look like; return the hash of it."""
    hashed = np.uint64(SEED)
    for position in range(start, end):
        letters[position] = cyrillic[letters[position]] or letters[position]
        hashed = add_letter(hashed, letters[position])
    return hashed


@compiled
def _read_compound(
    characters: CodePoints,
    classes: npt.NDArray[np.uint32],
    cyrillic: Letters,
    keys: Words,
    values: Words,
    letters: Letters,
    start: int,
    hyphen: int,
    known: int,
) -> tuple[int, int]:
    """Read what follows a short word and a hyphen: an abbreviation that is known with both is one word.

    Return where the word ends, and what is known of it.
    """
    end = hyphen + 1
    alphabets = np.uint32(0)
    while end < characters.shape[0] and end - hyphen - 1 <= _LONGEST_TAIL:
        code = characters[end]
        what = classes[code] if code < classes.shape[0] else np.uint32(GAP_BIT)
        if what & (GAP_BIT | DIGIT_BIT):
            break
        alphabets |= what
        letters[end] = what & LETTER_BITS
        end += 1
    length = end - hyphen - 1
    if length == 0 or length > _LONGEST_TAIL:
        return hyphen, known
    if alphabets & LATIN_BIT and (alphabets & CYRILLIC_BIT or length == 1):
        _respell(letters, cyrillic, hyphen + 1, end)
    hashed = np.uint64(SEED)
    for position in range(start, end):
        hashed = add_letter(hashed, np.uint32(_HYPHEN if position == hyphen else letters[position]))
    compound = int(values[find_slot(keys, values, hashed)])
    if compound == 0:
        return hyphen, known
    letters[hyphen] = _HYPHEN
    return end, compound
