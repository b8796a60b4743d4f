"""Terms: the stems of a text's words, as numbers, with where they stand."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import Stemmer

from operators.compiled import compiled
from operators.hashtable import Words, WordTable, find_slot
from operators.letters import BASIC_PLANE, CodePoints, code_points, folded_basic_plane
from schemas.phrase import normalise
from schemas.reading import Bounds, Occurrences

TermArray = npt.NDArray[np.uint32]
"""Numbers of terms; the same stem has the same number in every process and on every day."""

TERM_BITS = 32
"""How far above the rest of an occurrence its term stands."""

MOST_CHARACTERS = 4_096
"""What a text says beyond adds nothing to what it is about, only to the work."""
_ZERO, _NINE = ord("0"), ord("9")
_STEMS_KNOWN = 1 << 17
MOST_TOGETHER = 1 << 17
"""So many characters have no more words than are remembered."""
_SENTENCE_ENDS = np.array([ord(mark) for mark in "\n.!?…:"], np.uint32)
_WORD, _HASH, _START = range(3)
"""Of an unknown word: its number among all words, its hash, and where it starts and ends among all characters."""
_SMALL_YO, _SMALL_YE = ord("ё"), ord("е")

_NOTHING = blake2b(digest_size=4)
_stems = Stemmer.Stemmer("russian", 0).stemWords


def numbers_of(stems: Sequence[str]) -> TermArray:
    """Return the numbers of stems, each 1 to 2^32 - 1.

    Two stems with one number would be taken for the same; of the 20,000 that a book knows, that befalls a pair in
    one book of twenty.
    """
    digests = b"".join(map(_digest, stems))
    numbers: TermArray = np.maximum(np.frombuffer(digests, "<u4"), 1)
    return numbers


def _digest(stem: str) -> bytes:
    # to copy a hash of nothing takes half the time of making one
    digest = _NOTHING.copy()
    digest.update(stem.encode())
    return digest.digest()


def terms_of(words: Sequence[str]) -> TermArray:
    """Return the numbers of the terms of normalised words."""
    return numbers_of(_stems(words))


class TextWords(NamedTuple):
    """The words of texts that follow each other.

    Attributes:
        occurrences: of all texts, those of each in the order of their terms.
        bounds: where they stand, each in its own text, in the order of the text.
        ends: behind each text's words.

    """

    occurrences: Occurrences
    bounds: Bounds
    ends: npt.NDArray[np.int64]


class _KnownWords:
    """Terms of words seen before, which most words of a text are, by the words' hashes.

    Args:
        most: how many to remember; more than texts have that are read together.

    """

    def __init__(self, most: int = _STEMS_KNOWN) -> None:
        self._most = most
        self._folded = folded_basic_plane()
        self.forget()

    def forget(self) -> None:
        """Start anew, which changes nothing but the time that words take."""
        self._table = WordTable(room_for=self._most)
        self._slots = self._table.slots

    def words_in(self, text: str, characters: CodePoints, ends: npt.NDArray[np.int64]) -> TextWords:
        """Return the words of texts; see ``words_in``."""
        most = (len(characters) + len(ends)) // 2 + 1
        occurrences, bounds = np.empty(most, np.uint64), np.empty((most, 2), np.int32)
        unknown, words = np.empty((most, 4), np.int64), np.empty(len(ends), np.int64)
        missing = _read_texts(
            characters, ends, self._folded, *self._slots, occurrences, bounds, unknown, words
        )
        if missing:
            self._learn(text, occurrences, unknown[:missing])
        _sort(occurrences, words)
        return TextWords(occurrences[: words[-1]], bounds[: words[-1]], words)

    def _learn(self, text: str, occurrences: Occurrences, unknown: npt.NDArray[np.int64]) -> None:
        if len(self._table) + len(unknown) > self._most:
            self.forget()
        # no word has the end of a line in it, and one text is normalised in a fraction of the time of its words
        words = normalise("\n".join([text[start:end] for start, end in unknown[:, _START:].tolist()]))
        learnt = terms_of(words.split("\n")).astype(np.uint64)
        occurrences[unknown[:, _WORD]] |= learnt << np.uint64(TERM_BITS)
        self._table.put_all(unknown[:, _HASH].astype(np.uint64), learnt)


def words_in(text: str, characters: CodePoints, ends: npt.NDArray[np.int64]) -> TextWords:
    """Return the words of each of some texts, as often as they occur, and where each stands.

    Numerals stay whole, and single letters are dropped.

    Args:
        text: all texts, one after the other, no more than ``MOST_TOGETHER`` characters.
        characters: of all texts; a space for each that is not to be read.
        ends: behind each text's characters; at least one.

    """
    return _known_words.words_in(text, characters, ends)


def words_of(text: str, terms: Iterable[int]) -> list[str]:
    """Return for each term the word of a text that it stands for, as it is written there; "" where there is none."""
    characters = code_points(text[:MOST_CHARACTERS])
    occurrences, bounds, _ = words_in(text, characters, np.array([len(characters)]))
    written: dict[int, str] = {}
    for occurrence in occurrences:
        start, end = bounds[where(occurrence)[0]].tolist()
        written.setdefault(int(term_of(occurrence)), text[start:end])
    return [written.get(term, "") for term in terms]


@compiled
def term_of(occurrence: np.uint64) -> np.uint32:
    """Return the number of the term of an occurrence."""
    return np.uint32(occurrence >> np.uint64(TERM_BITS))


@compiled
def where(occurrence: np.uint64) -> tuple[int, bool]:
    """Return how many words stand before an occurrence, and whether it is a name: a capital within a sentence."""
    place = np.int64(occurrence & np.uint64(0xFFFFFFFF))
    return int(place >> 1), bool(place & 1)


@compiled
def _sort(occurrences: Occurrences, words: npt.NDArray[np.int64]) -> None:
    """Put the words of each text in the order of their terms."""
    start = 0
    for number in range(words.shape[0]):
        occurrences[start : words[number]].sort()
        start = words[number]


@compiled
def _read_texts(
    characters: CodePoints,
    ends: npt.NDArray[np.int64],
    folded: CodePoints,
    known_hashes: Words,
    known_terms: Words,
    occurrences: Occurrences,
    bounds: Bounds,
    unknown: npt.NDArray[np.int64],
    words: npt.NDArray[np.int64],
) -> int:
    """Write the words of each text, and how many there are up to its end; return how many are unknown."""
    known = missing = start = 0
    for number in range(ends.shape[0]):
        end = ends[number]
        further, further_missing = _read_words(
            characters[start:end],
            folded,
            known_hashes,
            known_terms,
            occurrences[known:],
            bounds[known:],
            unknown[missing:],
        )
        for word in range(missing, missing + further_missing):
            unknown[word, _WORD] += known
            unknown[word, _START] += start
            unknown[word, _START + 1] += start
        known += further
        missing += further_missing
        words[number] = known
        start = end
    return missing


@compiled
def _read_words(
    characters: CodePoints,
    folded: CodePoints,
    known_hashes: Words,
    known_terms: Words,
    occurrences: Occurrences,
    bounds: Bounds,
    unknown: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Write each word and each unknown one; return how many of both."""
    words = missing = start = 0
    hashed = np.uint64(0xCBF29CE484222325)
    length = characters.shape[0]
    is_first = True
    for position in range(length + 1):
        letter = np.uint32(0)
        if position < length and characters[position] < BASIC_PLANE:
            letter = folded[characters[position]]
        if letter != 0:
            # FNV-1a (Fowler, Noll, Vo), a character at a time
            hashed = (hashed ^ np.uint64(letter)) * np.uint64(0x100000001B3)
            continue
        size = position - start
        if size > 1 or (size == 1 and _ZERO <= characters[start] <= _NINE):
            begins = characters[start]
            is_name = (
                not is_first
                and folded[begins] != begins
                and not (begins == _SMALL_YO and folded[begins] == _SMALL_YE)
            )
            occurrence = np.uint64(2 * words + is_name)
            # the table asks for keys whose upper half is even
            key = hashed * np.uint64(0x9E3779B97F4A7C15)
            term = known_terms[find_slot(known_hashes, known_terms, key)]
            if term != 0:
                occurrence |= term << np.uint64(TERM_BITS)
            else:
                unknown[missing, _WORD] = words
                unknown[missing, _HASH] = np.int64(key)
                unknown[missing, _START] = start
                unknown[missing, _START + 1] = position
                missing += 1
            occurrences[words] = occurrence
            bounds[words, 0] = start
            bounds[words, 1] = position
            words += 1
        if size > 0:
            is_first = False
        if position < length:
            for mark in _SENTENCE_ENDS:
                is_first |= characters[position] == mark
        start = position + 1
        hashed = np.uint64(0xCBF29CE484222325)
    return words, missing


_known_words = _KnownWords()
