"""Terms: the stems of a text's words, as numbers."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import Stemmer

from operators.compiled import compiled
from operators.hashtable import Words, WordTable, find_slot
from operators.letters import BASIC_PLANE, CodePoints, code_points, folded_basic_plane

TermArray = npt.NDArray[np.uint32]
"""Numbers of terms; the same stem has the same number in every process and on every day."""

_MOST_CHARACTERS = 4_096
"""What a text says beyond adds nothing to what it is about, only to the work."""
_ZERO, _NINE = ord("0"), ord("9")
_STEMS_KNOWN = 1 << 17

_stems = Stemmer.Stemmer("russian", 0).stemWords


def numbers_of(stems: Sequence[str]) -> TermArray:
    """Return the numbers of stems, each 1 to 2^32 - 1.

    Two stems with one number would be taken for the same; of the 20,000 that a book knows, that befalls a pair in
    one book of twenty.
    """
    digests = b"".join([blake2b(stem.encode(), digest_size=4).digest() for stem in stems])
    numbers: TermArray = np.maximum(np.frombuffer(digests, "<u4"), 1)
    return numbers


class _KnownWords:
    """Terms of words seen before, which most words of a text are, by the words' hashes.

    Args:
        most: how many to remember; more than a text has.

    """

    def __init__(self, most: int = _STEMS_KNOWN) -> None:
        self._most = most
        self._folded = folded_basic_plane()
        self.forget()

    def forget(self) -> None:
        """Start anew, which changes nothing but the time that words take."""
        self._table = WordTable(room_for=self._most)
        self._slots = self._table.slots

    def terms_of(self, text: str) -> TermArray:
        """Return the terms of a text in the order of their numbers, as often as they occur."""
        characters = code_points(text[:_MOST_CHARACTERS])
        terms = np.empty(len(characters) // 2 + 1, np.uint32)
        unknown = np.empty((len(terms), 4), np.int64)
        words, missing = _read_words(characters, self._folded, *self._slots, terms, unknown)
        if missing:
            self._learn(characters, terms, unknown[:missing])
        terms = terms[:words]
        terms.sort()
        return terms

    def _learn(self, characters: CodePoints, terms: TermArray, unknown: npt.NDArray[np.int64]) -> None:
        if len(self._table) + len(unknown) > self._most:
            self.forget()
        letters = self._folded.take(characters, mode="clip").tobytes().decode("utf-32-le")
        stems = _stems([letters[start:end] for start, end in unknown[:, 1:3].tolist()])
        terms[unknown[:, 0]] = learnt = numbers_of(stems)
        self._table.put_all(unknown[:, 3].view(np.uint64), learnt.astype(np.uint64))


def terms_of(text: str) -> TermArray:
    """Return the terms of a text's first 4,096 characters, in the order of their numbers, as often as they occur.

    Numerals stay whole, single letters are dropped.
    """
    return _known_words.terms_of(text)


@compiled
def _read_words(
    characters: CodePoints,
    folded: CodePoints,
    known_hashes: Words,
    known_terms: Words,
    terms: TermArray,
    unknown: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Write the term of each word, and of each unknown one its position, start, end and hash; return how many of both."""
    words = missing = start = 0
    hashed = np.uint64(0xCBF29CE484222325)
    length = characters.shape[0]
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
            # the table asks for keys whose upper half is even
            key = hashed * np.uint64(0x9E3779B97F4A7C15)
            term = known_terms[find_slot(known_hashes, known_terms, key)]
            if term != 0:
                terms[words] = term
            else:
                unknown[missing, 0] = words
                unknown[missing, 1] = start
                unknown[missing, 2] = position
                unknown[missing, 3] = np.int64(key)
                missing += 1
            words += 1
        start = position + 1
        hashed = np.uint64(0xCBF29CE484222325)
    return words, missing


_known_words = _KnownWords()
