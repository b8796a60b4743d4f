"""Phrases of a rule set, and how they are found among the words that a text was found to hold."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
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

_PLACES, _ANCHOR, _FIRST_PLACE = range(3)
_GAP, _WORDS, _FIRST_WORD = range(3)
"""What stands where in a phrase of ``PhraseTable``, and in a place of it."""

_BEFORE, _MAY_BE, _HERE, _THERE, _NOTED = range(5)
"""Columns of what is noted of each mark: the mark before of the same word; a bit for each place of the phrase that is looked
for; and two lists of marks, those of a place and those of the next one."""


class PhraseTable(NamedTuple):
    """Phrases as arrays; where a list of lists is one array, ``…_first`` says where each list begins and the last ends.

    Attributes:
        phrases_first: where each phrase begins.
        phrases: of every phrase how many places it has, and which of them texts are least likely to hold, its anchor; then
            of every place how many other words may stand before it, how many words may stand there, and their numbers.
            All in one array, since each one that a compiled function is called with takes time.
        wanted_first: for every word, the phrases looked for where it is found.
        wanted: numbers of phrases.
        others_first: for every word, the phrases looked for where it is found in a text with a wanted phrase.
        others: numbers of phrases.

    """

    phrases_first: Numbers
    phrases: Numbers
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
    wanted_of_word: list[list[int]] = [[] for _ in numbers]
    others_of_word: list[list[int]] = [[] for _ in numbers]
    for number, phrase in enumerate(phrases):
        of_word = wanted_of_word if number in wanted else others_of_word
        for word in phrase[anchors[number]].words:
            of_word[numbers[word]].append(number)
    return PhraseTable(
        *ragged(_flat(phrase, anchor, numbers) for phrase, anchor in zip(phrases, anchors, strict=True)),
        *ragged(wanted_of_word),
        *ragged(others_of_word),
    )


def _flat(phrase: Phrase, anchor: int, numbers: dict[Word, int]) -> list[int]:
    """Return a phrase as ``PhraseTable`` has it."""
    places = [(place.gap, len(place.words), *[numbers[word] for word in place.words]) for place in phrase]
    return [len(phrase), anchor, *chain.from_iterable(places)]


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

    Marks are numbered through all texts; a note is of this text where it is not below the text's first mark.

    Attributes:
        read: how many marks were read before, in an array of one.
        last_marks: for every word, its last mark.
        looked_for: for every phrase, the first mark of the last text in which it was looked for.

    """

    read: npt.NDArray[np.int64]
    last_marks: npt.NDArray[np.int64]
    looked_for: npt.NDArray[np.int64]


def _notes_for(table: PhraseTable) -> _Notes:
    words, phrases = len(table.wanted_first) - 1, len(table.phrases_first) - 1
    return _Notes(np.zeros(1, np.int64), np.full(words, -1, np.int64), np.full(phrases, -1, np.int64))


@compiled
def _find_all(marks: Numbers, table: PhraseTable, notes: _Notes, all_phrases: bool, found: Numbers) -> int:
    """Write the occurrences of phrases; return how many there are, also where they do not all fit."""
    last_marks, looked_for, phrases = notes.last_marks, notes.looked_for, table.phrases
    size = marks.shape[0]
    noted = np.zeros((size, _NOTED), np.int64)
    read = notes.read[0]
    count = 0
    begin = 0
    while begin < size:
        end = begin
        while end < size and marks[end, TEXT] == marks[begin, TEXT]:
            word = marks[end, WORD]
            noted[end, _BEFORE] = last_marks[word] - read
            last_marks[word] = read + end
            end += 1
        found_before = count
        for is_wanted in (True, False):
            of_word_first = table.wanted_first if is_wanted else table.others_first
            of_word = table.wanted if is_wanted else table.others
            for mark in range(begin, end):
                if noted[mark, _BEFORE] >= begin:
                    continue
                word = marks[mark, WORD]
                for position in range(of_word_first[word], of_word_first[word + 1]):
                    phrase = of_word[position]
                    if looked_for[phrase] >= read + begin:
                        continue
                    looked_for[phrase] = read + begin
                    at = table.phrases_first[phrase]
                    if _is_possible(phrases, at, last_marks, read + begin):
                        count = _find(
                            phrase, phrases, at, marks, begin, end, last_marks, read, noted, found, count
                        )
            if count == found_before and not all_phrases:
                break
        begin = end
    notes.read[0] = read + size
    return count


@compiled
def _is_possible(phrases: Numbers, at: int, last_marks: npt.NDArray[np.int64], first_mark: int) -> bool:
    """Whether the text holds a word for every place but the anchor, where one was found.

    Most texts that hold the anchor hold nothing else of the phrase, and this is the cheapest way to see it.
    """
    place_at = at + _FIRST_PLACE
    for place in range(phrases[at + _PLACES]):
        first_word = place_at + _FIRST_WORD
        place_at = first_word + phrases[place_at + _WORDS]
        if place == phrases[at + _ANCHOR]:
            continue
        holds = False
        for position in range(first_word, place_at):
            if last_marks[phrases[position]] >= first_mark:
                holds = True
                break
        if not holds:
            return False
    return True


@compiled
def _find(
    phrase: int,
    phrases: Numbers,
    at: int,
    marks: Numbers,
    begin: int,
    end: int,
    last_marks: npt.NDArray[np.int64],
    read: int,
    noted: npt.NDArray[np.int64],
    found: Numbers,
    count: int,
) -> int:
    """Write where a phrase occurs: from every word it can begin with to every word it can end with then."""
    found_before = count
    places = phrases[at + _PLACES]
    first_word = at + _FIRST_PLACE + _FIRST_WORD
    second_place = first_word + phrases[at + _FIRST_PLACE + _WORDS]
    _note_places(phrases, second_place, places, begin, last_marks, read, noted)
    for position in range(first_word, second_place):
        start = last_marks[phrases[position]] - read
        while start >= begin:
            here, there = _HERE, _THERE
            noted[0, here] = start
            reached = 1
            place_at = second_place
            for place in range(1, places):
                reached = _step(noted, here, reached, there, phrases[place_at + _GAP], place, marks, end)
                here, there = there, here
                place_at += _FIRST_WORD + phrases[place_at + _WORDS]
            for number in range(reached):
                if count < found.shape[0]:
                    last = noted[number, here]
                    found[count, _TEXT] = marks[start, TEXT]
                    found[count, _PHRASE] = phrase
                    found[count, _LENGTH] = places
                    found[count, _START] = marks[start, START]
                    found[count, _END] = marks[last, END]
                    found[count, _FIRST] = marks[start, ORDINAL]
                    found[count, _LAST] = marks[last, ORDINAL]
                count += 1
            start = noted[start, _BEFORE]
    if places > 1:
        for mark in range(begin, end):
            noted[mark, _MAY_BE] = 0
    if found_before + 1 < count <= found.shape[0]:
        count = found_before + _put_in_order(found[found_before:count])
    return count


@compiled
def _note_places(
    phrases: Numbers,
    place_at: int,
    places: int,
    begin: int,
    last_marks: npt.NDArray[np.int64],
    read: int,
    noted: npt.NDArray[np.int64],
) -> None:
    """Note at each mark at which places of a phrase but its first one it may stand."""
    for place in range(1, places):
        first_word = place_at + _FIRST_WORD
        place_at = first_word + phrases[place_at + _WORDS]
        for position in range(first_word, place_at):
            mark = last_marks[phrases[position]] - read
            while mark >= begin:
                noted[mark, _MAY_BE] |= 1 << place
                mark = noted[mark, _BEFORE]


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
def _step(
    noted: npt.NDArray[np.int64],
    here: int,
    reached: int,
    there: int,
    gap: int,
    place: int,
    marks: Numbers,
    end: int,
) -> int:
    """Go from marks to those of the next place that stand near enough; return how many, each word once."""
    count = 0
    last = -1
    for number in range(reached):
        mark = noted[number, here]
        ordinal = marks[mark, ORDINAL]
        following = mark + 1
        while following < end and marks[following, ORDINAL] <= ordinal + gap + 1:
            reaches = marks[following, ORDINAL]
            if reaches > ordinal and reaches > last and noted[following, _MAY_BE] >> place & 1:
                noted[count, there] = following
                count += 1
                last = reaches
            following += 1
    return count
