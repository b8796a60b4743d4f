"""Phrases of a rule set, and how they are found among the words that a text was found to hold."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.match.forms import Numbers, ragged
from operators.match.lexicon import END, ORDINAL, START, TEXT, WORD
from schemas.phrase import Phrase, Word

FOUND_COLUMNS = 7
_TEXT, _PHRASE, _LENGTH, _START, _END, _FIRST, _LAST = range(FOUND_COLUMNS)
"""A row of what is found says: in this text, this phrase of so many words, from character to character, from word to word."""
_HALF = 32


class PhraseTable(NamedTuple):
    """Phrases as arrays; where a list of lists is one array, ``…_first`` says where each list begins and the last ends.

    Attributes:
        places_first: places of phrases.
        gaps: for every place, how many other words may stand before it.
        words_first: words of places.
        words: numbers of words.
        anchors: for every phrase, the place that texts are least likely to hold.
        wanted_first: for every word, the phrases looked for where it is found.
        wanted: numbers of phrases.
        others_first: for every word, the phrases looked for where it is found in a text with a wanted phrase.
        others: numbers of phrases.

    """

    places_first: Numbers
    gaps: Numbers
    words_first: Numbers
    words: Numbers
    anchors: Numbers
    wanted_first: Numbers
    wanted: Numbers
    others_first: Numbers
    others: Numbers


def make_phrase_table(
    phrases: Sequence[Phrase], numbers: dict[Word, int], wanted: frozenset[int]
) -> PhraseTable:
    """Write phrases as arrays.

    Args:
        phrases: all phrases, by number.
        numbers: the number of every word in them.
        wanted: the phrases of which a text has to hold one to be of concern.

    """
    uses = Counter(word for phrase in phrases for place in phrase for word in place.words)

    def commonness(phrase: Phrase, position: int) -> float:
        # short words are common in texts, and so is what many rules speak of: broken, repair, does not work
        return sum(math.sqrt(uses[word]) * 2.0 ** -len(word.text) for word in phrase[position].words)

    anchors = [
        min(range(len(phrase)), key=lambda position: commonness(phrase, position)) for phrase in phrases
    ]
    words_first, words = ragged(
        [numbers[word] for word in place.words] for phrase in phrases for place in phrase
    )
    wanted_of_word: list[list[int]] = [[] for _ in numbers]
    others_of_word: list[list[int]] = [[] for _ in numbers]
    for number, phrase in enumerate(phrases):
        of_word = wanted_of_word if number in wanted else others_of_word
        for word in phrase[anchors[number]].words:
            of_word[numbers[word]].append(number)
    return PhraseTable(
        _first_of(phrases),
        np.array([place.gap for phrase in phrases for place in phrase], np.int32),
        words_first,
        words,
        np.array(anchors, np.int32),
        *ragged(wanted_of_word),
        *ragged(others_of_word),
    )


def _first_of(phrases: Sequence[Phrase]) -> Numbers:
    """Return where the places of each phrase begin, and where those of the last end."""
    return np.cumsum([0, *map(len, phrases)], dtype=np.int32)


class PhraseFinder:
    """Finds phrases in texts whose words are marked."""

    def __init__(self, table: PhraseTable) -> None:
        self._table = table
        self._notes = _notes_for(table)
        self._room = 1 << 10

    def find(self, marks: Numbers, *, all_phrases: bool = False) -> Numbers:
        """Return where phrases occur, as rows of ``FOUND_COLUMNS``, text by text and in it phrase by phrase.

        The occurrences of a phrase come as they end, of those that end together the shortest first. Phrases that are not
        wanted are looked for only in texts with one that is, or in all of them for ``all_phrases``.
        """
        while True:
            found = np.empty((self._room, FOUND_COLUMNS), np.int32)
            count = _find_all(marks, self._table, self._notes, all_phrases, found)
            if count <= self._room:
                return found[:count]
            self._room = 2 * count


class _Notes(NamedTuple):
    """What compiled code notes about the text it reads; kept, since to clear it would take long where rules are many.

    A note is of this text where it bears its stamp.

    Attributes:
        stamp: of the last text, in an array of one.
        word_stamps: for every word, the last text that held it.
        last_marks: for every word, its last mark in that text.
        phrase_stamps: for every phrase, the last text in which it was looked for.

    """

    stamp: npt.NDArray[np.int64]
    word_stamps: npt.NDArray[np.int64]
    last_marks: Numbers
    phrase_stamps: npt.NDArray[np.int64]


def _notes_for(table: PhraseTable) -> _Notes:
    words = len(table.wanted_first) - 1
    return _Notes(
        np.zeros(1, np.int64),
        np.zeros(words, np.int64),
        np.zeros(words, np.int32),
        np.zeros(len(table.anchors), np.int64),
    )


@compiled
def _find_all(marks: Numbers, table: PhraseTable, notes: _Notes, all_phrases: bool, found: Numbers) -> int:
    """Write the occurrences of phrases; return how many there are, also where they do not all fit."""
    size = marks.shape[0]
    before = np.empty(size, np.int32)
    places = np.zeros(size, np.int64)
    here = np.empty(size, np.int32)
    there = np.empty(size, np.int32)
    stamp = notes.stamp[0]
    count = 0
    begin = 0
    while begin < size:
        stamp += 1
        end = begin
        while end < size and marks[end, TEXT] == marks[begin, TEXT]:
            word = marks[end, WORD]
            before[end] = notes.last_marks[word] if notes.word_stamps[word] == stamp else -1
            notes.word_stamps[word] = stamp
            notes.last_marks[word] = end
            end += 1
        found_before = count
        for is_wanted in (True, False):
            first = table.wanted_first if is_wanted else table.others_first
            phrases = table.wanted if is_wanted else table.others
            for mark in range(begin, end):
                if before[mark] >= 0:
                    continue
                word = marks[mark, WORD]
                for position in range(first[word], first[word + 1]):
                    phrase = phrases[position]
                    if notes.phrase_stamps[phrase] != stamp:
                        notes.phrase_stamps[phrase] = stamp
                        if _is_possible(phrase, table, notes, stamp):
                            count = _find(
                                phrase,
                                marks,
                                end,
                                table,
                                notes,
                                stamp,
                                before,
                                places,
                                here,
                                there,
                                found,
                                count,
                            )
            if count == found_before and not all_phrases:
                break
        begin = end
    notes.stamp[0] = stamp
    return count


@compiled
def _is_possible(phrase: int, table: PhraseTable, notes: _Notes, stamp: int) -> bool:
    """Whether the text holds a word for every place but the anchor, where one was found.

    Most texts that hold the anchor hold nothing else of the phrase, and this is the cheapest way to see it.
    """
    first = table.places_first[phrase]
    for place in range(first, table.places_first[phrase + 1]):
        if place - first == table.anchors[phrase]:
            continue
        holds = False
        for position in range(table.words_first[place], table.words_first[place + 1]):
            if notes.word_stamps[table.words[position]] == stamp:
                holds = True
                break
        if not holds:
            return False
    return True


@compiled
def _find(
    phrase: int,
    marks: Numbers,
    end: int,
    table: PhraseTable,
    notes: _Notes,
    stamp: int,
    before: Numbers,
    places: npt.NDArray[np.int64],
    here: Numbers,
    there: Numbers,
    found: Numbers,
    count: int,
) -> int:
    """Write where a phrase occurs: from every word it can begin with to every word it can end with then."""
    first = table.places_first[phrase]
    length = table.places_first[phrase + 1] - first
    found_before = count
    for place in range(length):
        _note_place(first + place, 1 << place, table, notes, stamp, before, places)
    for position in range(table.words_first[first], table.words_first[first + 1]):
        word = table.words[position]
        start = notes.last_marks[word] if notes.word_stamps[word] == stamp else -1
        while start >= 0:
            here[0] = start
            reached = 1
            for place in range(1, length):
                reached = _step(here, reached, there, table.gaps[first + place], place, marks, end, places)
                here, there = there, here
            for number in range(reached):
                if count < found.shape[0]:
                    found[count, _TEXT] = marks[start, TEXT]
                    found[count, _PHRASE] = phrase
                    found[count, _LENGTH] = length
                    found[count, _START] = marks[start, START]
                    found[count, _END] = marks[here[number], END]
                    found[count, _FIRST] = marks[start, ORDINAL]
                    found[count, _LAST] = marks[here[number], ORDINAL]
                count += 1
            start = before[start]
    for place in range(length):
        _note_place(first + place, 0, table, notes, stamp, before, places)
    if found_before + 1 < count <= found.shape[0]:
        count = found_before + _put_in_order(found[found_before:count])
    return count


@compiled
def _put_in_order(found: Numbers) -> int:
    """Sort the occurrences of a phrase; return how many there are, each once.

    One word of a text can be two of the rules, and then what it is part of is found twice.
    """
    keys = (found[:, _LAST].astype(np.int64) << _HALF) - found[:, _FIRST]
    order = np.argsort(keys)
    unordered = found.copy()
    count = 0
    for number in range(order.shape[0]):
        if number == 0 or keys[order[number]] != keys[order[number - 1]]:
            found[count] = unordered[order[number]]
            count += 1
    return count


@compiled
def _note_place(
    place: int,
    bit: int,
    table: PhraseTable,
    notes: _Notes,
    stamp: int,
    before: Numbers,
    places: npt.NDArray[np.int64],
) -> None:
    """Note a place at all marks whose words may stand there; clear their notes for a bit of 0."""
    for position in range(table.words_first[place], table.words_first[place + 1]):
        word = table.words[position]
        mark = notes.last_marks[word] if notes.word_stamps[word] == stamp else -1
        while mark >= 0:
            places[mark] = places[mark] | bit if bit else 0
            mark = before[mark]


@compiled
def _step(
    here: Numbers,
    reached: int,
    there: Numbers,
    gap: int,
    place: int,
    marks: Numbers,
    end: int,
    places: npt.NDArray[np.int64],
) -> int:
    """Go from marks to those of the next place that stand near enough; return how many, each word once."""
    count = 0
    last = -1
    for number in range(reached):
        mark = here[number]
        ordinal = marks[mark, ORDINAL]
        following = mark + 1
        while following < end and marks[following, ORDINAL] <= ordinal + gap + 1:
            reaches = marks[following, ORDINAL]
            if reaches > ordinal and reaches > last and places[following] >> place & 1:
                there[count] = following
                count += 1
                last = reaches
            following += 1
    return count
