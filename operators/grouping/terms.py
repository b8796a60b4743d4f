"""Terms: the stems of a text's words, as numbers, with where they stand."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import Stemmer

from operators.compiled import compiled
from operators.hashtable import Words, WordTable, find_slot
from operators.letters import BASIC_PLANE, CodePoints, code_points, folded_basic_plane

TermArray = npt.NDArray[np.uint32]
"""Numbers of terms; the same stem has the same number in every process and on every day."""

Occurrences = npt.NDArray[np.uint64]
"""Words of a text in the order of their terms: a term's number above 32 bits of where it stands; see ``where``."""

Bounds = npt.NDArray[np.int64]
"""int64[words, 2]: where each word of a text starts and ends, in characters, in the order of the text."""

TERM_BITS = 32
"""How far above the rest of an occurrence its term stands."""

_MOST_CHARACTERS = 4_096
"""What a text says beyond adds nothing to what it is about, only to the work."""
_ZERO, _NINE, _SPACE = ord("0"), ord("9"), ord(" ")
_STEMS_KNOWN = 1 << 17
_TOGETHER = 1 << 17
"""Characters of which the words are learnt together; a word that is cut in two is learnt when it is read."""
_SENTENCE_ENDS = np.array([ord(mark) for mark in "\n.!?…:"], np.uint32)
_SMALL_YO, _SMALL_YE = ord("ё"), ord("е")

_stems = Stemmer.Stemmer("russian", 0).stemWords


def numbers_of(stems: Sequence[str]) -> TermArray:
    """Return the numbers of stems, each 1 to 2^32 - 1.

    Two stems with one number would be taken for the same; of the 20,000 that a book knows, that befalls a pair in
    one book of twenty.
    """
    digests = b"".join([blake2b(stem.encode(), digest_size=4).digest() for stem in stems])
    numbers: TermArray = np.maximum(np.frombuffer(digests, "<u4"), 1)
    return numbers


def terms_of(words: Sequence[str]) -> TermArray:
    """Return the numbers of the terms of words in small letters."""
    return numbers_of(_stems(words))


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

    def words_in(self, text: str, without: Sequence[tuple[int, int]] = ()) -> tuple[Occurrences, Bounds]:
        """Return the words of a text in the order of their terms, and where each stands."""
        characters = code_points(text[:_MOST_CHARACTERS])
        if without:
            characters = characters.copy()
            for start, end in without:
                characters[start:end] = _SPACE
        occurrences, bounds = self.read(characters)
        occurrences.sort()
        return occurrences, bounds

    def read(self, characters: CodePoints) -> tuple[Occurrences, Bounds]:
        """Return the words of a text in their order, and for each where it starts and ends."""
        most = len(characters) // 2 + 1
        occurrences, bounds = np.empty(most, np.uint64), np.empty((most, 2), np.int64)
        unknown = np.empty((most, 2), np.int64)
        words, missing = _read_words(characters, self._folded, *self._slots, occurrences, bounds, unknown)
        occurrences, bounds = occurrences[:words], bounds[:words]
        if missing:
            self._learn(characters, occurrences, bounds, unknown[:missing])
        return occurrences, bounds

    def expect(self, texts: Iterable[str]) -> None:
        """Learn the words of texts together, which is sooner done than for one after the other."""
        together = "\n".join([text[:_MOST_CHARACTERS] for text in texts])
        for start in range(0, len(together), _TOGETHER):
            self.read(code_points(together[start : start + _TOGETHER]))

    def _learn(
        self,
        characters: CodePoints,
        occurrences: Occurrences,
        bounds: Bounds,
        unknown: npt.NDArray[np.int64],
    ) -> None:
        if len(self._table) + len(unknown) > self._most:
            self.forget()
        letters = self._folded.take(characters, mode="clip").tobytes().decode("utf-32-le")
        stems = _stems([letters[start:end] for start, end in bounds[unknown[:, 0]].tolist()])
        learnt = numbers_of(stems).astype(np.uint64)
        occurrences[unknown[:, 0]] |= learnt << np.uint64(TERM_BITS)
        self._table.put_all(unknown[:, 1].view(np.uint64), learnt)


def expect(texts: Iterable[str]) -> None:
    """Look at texts that will be read soon; it changes nothing but the time that this takes."""
    _known_words.expect(texts)


def occurrences_in(text: str, without: Sequence[tuple[int, int]] = ()) -> Occurrences:
    """Return the words of a text's first 4,096 characters in the order of their terms, as often as they occur.

    Numerals stay whole, single letters are dropped, and so is all that stands ``without``: from where to where, in characters.
    """
    return words_in(text, without)[0]


def words_in(text: str, without: Sequence[tuple[int, int]] = ()) -> tuple[Occurrences, Bounds]:
    """Return what ``occurrences_in`` does, and for each word of the text, in its order, where it starts and ends."""
    return _known_words.words_in(text, without)


def words_of(text: str, terms: Iterable[int]) -> list[str]:
    """Return for each term the word of a text that it stands for, as it is written there; "" where there is none."""
    occurrences, bounds = _known_words.read(code_points(text[:_MOST_CHARACTERS]))
    written: dict[int, str] = {}
    for term, (start, end) in zip(
        (occurrences >> np.uint64(TERM_BITS)).tolist(), bounds.tolist(), strict=True
    ):
        written.setdefault(term, text[start:end])
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
def _read_words(
    characters: CodePoints,
    folded: CodePoints,
    known_hashes: Words,
    known_terms: Words,
    occurrences: Occurrences,
    bounds: Bounds,
    unknown: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Write each word, and of each unknown one its number in the text and its hash; return how many of both."""
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
                unknown[missing, 0] = words
                unknown[missing, 1] = np.int64(key)
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
