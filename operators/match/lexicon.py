"""The lexicon: all forms of all words of a rule set in one table, and one pass over texts that finds them there."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.hashtable import find_slot
from operators.letters import CodePoints, code_points
from operators.match.forms import (
    HASHTAG,
    MENTION,
    PREFIX,
    SEED,
    Entries,
    Numbers,
    add_letter,
    may_be,
)
from operators.match.reading import (
    IS_LONG,
    LONGEST_WORD,
    MIXED,
    NINE,
    RUN,
    ZERO,
    Spelling,
    read_plain_word,
    read_word,
    spelling,
)
from operators.match.spelling import Letters

MARK_COLUMNS = 5
TEXT, ORDINAL, START, END, WORD = range(MARK_COLUMNS)
"""A row of marks says: in this text, the word at this position, from here to there, is this word of the rules."""

UNKNOWN = -1

_MOST_RUNS = 3
_LONG_RUN = re.compile(r"([^0-9])\1{3,}")
_NUMBER_SIGN, _AT_SIGN = ord("#"), ord("@")
_SHORTEST_PREFIX = 2


class Lexicon:
    """Finds the words of a rule set in texts."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._spelling = spelling()
        self._room = 1 << 12

    def marks_of(self, texts: Sequence[str], *, every_word: bool = False) -> Numbers:
        """Return the words that are found, as rows of ``MARK_COLUMNS``; texts by their position in the sequence.

        With ``every_word``, each word of a text has first a mark of its own, with ``UNKNOWN`` for the word of the rules.
        """
        characters = code_points("\n".join((*texts, "")))
        ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
        while True:
            marks = np.empty((self._room, MARK_COLUMNS), np.int32)
            count = _mark_all(characters, ends, self._spelling, self._entries, every_word, marks)
            if count <= self._room:
                return marks[:count]
            self._room = 2 * count


@compiled
def _mark_all(
    characters: CodePoints,
    ends: npt.NDArray[np.int64],
    tables: Spelling,
    entries: Entries,
    every_word: bool,
    marks: Numbers,
) -> int:
    """Write the marks of texts that follow each other; return how many there are, also where they do not all fit."""
    # to take an array out of a tuple costs more than to look into it, so it is done once
    kinds, letter_of, pairs, composed, _, _ = tables
    keys, values, form_first, form_words, prefixes, wholes = entries
    beginnings = np.empty(LONGEST_WORD, np.uint64)
    letters = np.empty(LONGEST_WORD, np.uint16)
    variant = np.empty(LONGEST_WORD, np.uint16)
    squeezed = np.empty(LONGEST_WORD, np.uint16)
    count = 0
    begin = 0
    for text in range(ends.shape[0]):
        limit = int(ends[text])
        ordinal = 0
        position = begin
        while True:
            start, position, hashed, found, is_plain = read_plain_word(
                characters, position, limit, kinds, prefixes, beginnings
            )
            if position == start:
                break
            end, length, oddities = position, 0, 0
            sign = int(characters[start - 1]) if start > begin else 0
            has_sign = sign in (_NUMBER_SIGN, _AT_SIGN)
            if has_sign or not is_plain:
                end, position, length, oddities = read_word(
                    characters, start, limit, letter_of, pairs, composed, letters
                )
            mark = (text, ordinal, start - begin, end - begin)
            ordinal += 1
            if every_word:
                count = _write(mark, UNKNOWN, marks, count)
            if has_sign or not is_plain:
                count = _look_up_variants(
                    letters, length, oddities, sign, variant, squeezed, tables, entries, mark, marks, count
                )
                continue
            for number in range(found):
                form = values[find_slot(keys, values, beginnings[number] ^ np.uint64(PREFIX))]
                count = _mark(form, form_first, form_words, mark, marks, count, count)
            if may_be(wholes, hashed):
                form = values[find_slot(keys, values, hashed)]
                count = _mark(form, form_first, form_words, mark, marks, count, count)
        begin = limit
    return count


@compiled
def _look_up_variants(
    letters: Letters,
    length: int,
    oddities: int,
    sign: int,
    variant: Letters,
    squeezed: Letters,
    tables: Spelling,
    entries: Entries,
    mark: tuple[int, int, int, int],
    marks: Numbers,
    count: int,
) -> int:
    """Look up all words that a word with repeated letters may stand for, and those in one alphabet if it mixes them."""
    first = count
    is_long = oddities & IS_LONG != 0
    for alphabet in range(3 if oddities & MIXED else 1):
        is_whole = True
        for position in range(length):
            letter = letters[position]
            if alphabet == 1:
                letter = tables.cyrillic[letter]
            elif alphabet == 2:  # noqa: PLR2004  # as they stand, Cyrillic, Latin
                letter = tables.latin[letter]
            is_whole = is_whole and letter != 0
            variant[position] = letter
        if not is_whole:
            continue
        count = _look_up(variant, length, is_long, sign, entries, mark, marks, first, count)
        for choice in range(1 << _MOST_RUNS):
            kept, runs = _squeeze(variant, length, choice, squeezed)
            if kept < length and choice < 1 << min(runs, _MOST_RUNS):
                count = _look_up(squeezed, kept, is_long, sign, entries, mark, marks, first, count)
    return count


@compiled
def _squeeze(letters: Letters, length: int, choice: int, squeezed: Letters) -> tuple[int, int]:
    """Write a word with each long run of one letter as that letter once, or twice where the run's bit is in ``choice``.

    Return how many letters it has then, and how many long runs there were.
    """
    kept = runs = 0
    position = 0
    while position < length:
        letter = letters[position]
        after = position
        while after < length and letters[after] == letter:
            after += 1
        times = after - position
        if times >= RUN and not ZERO <= letter <= NINE:
            times = 2 if choice >> runs & 1 else 1
            runs += 1
        for _ in range(times):
            squeezed[kept] = letter
            kept += 1
        position = after
    return kept, runs


@compiled
def _look_up(
    letters: Letters,
    length: int,
    is_long: bool,
    sign: int,
    entries: Entries,
    mark: tuple[int, int, int, int],
    marks: Numbers,
    first: int,
    count: int,
) -> int:
    """Mark all words that a spelling stands for, those before it from ``first`` on left out."""
    keys, values, form_first, form_words, prefixes, _ = entries
    code = np.uint64(SEED)
    for position in range(length):
        code = add_letter(code, letters[position])
        if may_be(prefixes, code) and position + 1 >= _SHORTEST_PREFIX:
            form = values[find_slot(keys, values, code ^ np.uint64(PREFIX))]
            count = _mark(form, form_first, form_words, mark, marks, first, count)
    if not is_long:
        form = values[find_slot(keys, values, code)]
        count = _mark(form, form_first, form_words, mark, marks, first, count)
        if sign == _NUMBER_SIGN:
            form = values[find_slot(keys, values, code ^ np.uint64(HASHTAG))]
            count = _mark(form, form_first, form_words, mark, marks, first, count)
        elif sign == _AT_SIGN:
            form = values[find_slot(keys, values, code ^ np.uint64(MENTION))]
            count = _mark(form, form_first, form_words, mark, marks, first, count)
    return count


@compiled
def _mark(
    form: int,
    form_first: Numbers,
    form_words: Numbers,
    mark: tuple[int, int, int, int],
    marks: Numbers,
    first: int,
    count: int,
) -> int:
    """Write a mark for every word with this form, if it has none yet; of 0, there are none."""
    if form == 0:
        return count
    for position in range(form_first[np.int64(form) - 1], form_first[np.int64(form)]):
        word = form_words[position]
        is_new = True
        for before in range(first, min(count, marks.shape[0])):
            is_new = is_new and marks[before, WORD] != word
        if is_new:
            count = _write(mark, word, marks, count)
    return count


@compiled
def _write(mark: tuple[int, int, int, int], word: int, marks: Numbers, count: int) -> int:
    if count < marks.shape[0]:
        marks[count, TEXT] = mark[0]
        marks[count, ORDINAL] = mark[1]
        marks[count, START] = mark[2]
        marks[count, END] = mark[3]
        marks[count, WORD] = word
    return count + 1


def squeezed_form(form: str) -> str:
    """Return a normalised form as texts are read, no letter more than three times in a row."""
    return _LONG_RUN.sub(r"\1\1\1", form)
