"""Forms: what the words of a rule set look like in texts, in one hash table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.hashtable import Words, WordTable
from operators.letters import CodePoints, code_points
from schemas.phrase import Form

Numbers = npt.NDArray[np.int32]

# of hashes: what they begin with, what each letter multiplies them by, and what tells kinds of forms apart
SEED = 0x51_7C_C1_B7_27_22_0A_95
_FACTOR = 0x9E_37_79_B9_7F_4A_7C_15
_SALTS = {
    Form.INFLECTED: 0,
    Form.EXACT: 0,
    Form.PREFIX: 0x2545_F491_4F6C_DD1D,
    Form.HASHTAG: 0x6C62_272E_07BB_0142,
    Form.MENTION: 0x27D4_EB2F_1656_67C5,
}
PREFIX, HASHTAG, MENTION = _SALTS[Form.PREFIX], _SALTS[Form.HASHTAG], _SALTS[Form.MENTION]
_BITS_A_FORM = 16
_FEWEST_BITS = 1 << 12
_UPPER_HALF, _LOG_OF_WORD = 32, 6


class Entries(NamedTuple):
    """The forms and the words they are forms of.

    Attributes:
        keys: the slots of a hash table, the hashes of forms.
        values: the number of the form in each slot, counted from 1.
        first: for every form, where its words begin in ``words``, and at the end, where those of the last one end.
        words: numbers of words.
        prefixes: which hashes something that begins words may have; see ``may_be``.
        wholes: which hashes a whole word may have.

    """

    keys: Words
    values: Words
    first: Numbers
    words: Numbers
    prefixes: Words
    wholes: Words


def make_entries(words_of_form: Mapping[tuple[str, Form], Sequence[int]]) -> Entries:
    """Put forms into a table.

    Args:
        words_of_form: the numbers of the words that each form stands for, by its normalised text and its kind.

    """
    letters = code_points("".join(text for text, _ in words_of_form))
    lengths = np.array([len(text) for text, _ in words_of_form], np.int64)
    salts = np.array([_SALTS[kind] for _, kind in words_of_form], np.uint64)
    hashes = _hash_all(letters, np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))))
    table = WordTable(room_for=len(words_of_form))
    # two forms with one 64-bit hash would be taken for each other; among a million there is none in all likelihood
    table.put_all(hashes ^ salts, np.arange(1, len(hashes) + 1, dtype=np.uint64))
    first, words = ragged(words_of_form.values())
    keys, values = table.slots
    prefixes, wholes = _filter_of(hashes[salts == PREFIX]), _filter_of(hashes[salts == 0])
    return Entries(keys.copy(), values.copy(), first, words, prefixes, wholes)


def _filter_of(hashes: Words) -> Words:
    """Return a Bloom filter of one hash function (Bloom, CACM 1970), small enough to stay near the processor.

    Its bits are a power of two, in words of 64.
    """
    bits = 1 << max(_FEWEST_BITS, _BITS_A_FORM * len(hashes) - 1).bit_length()
    words = np.zeros(bits >> _LOG_OF_WORD, np.uint64)
    _mark_hashes(words, hashes)
    return words


@compiled
def _mark_hashes(filtered: Words, hashes: Words) -> None:
    for hashed in hashes:
        word, bit = _place_in_filter(filtered, hashed)
        filtered[word] |= bit


@compiled
def may_be(filtered: Words, hashed: np.uint64) -> bool:
    """Return whether a hash may be one of those that a filter was made of; if not, it is surely none."""
    word, bit = _place_in_filter(filtered, hashed)
    is_set: bool = filtered[word] & bit != 0
    return is_set


@compiled
def _place_in_filter(filtered: Words, hashed: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the word of a filter and the bit there by the upper half of a hash, in which every letter has a say."""
    place = hashed >> np.uint64(_UPPER_HALF)
    word = (place >> np.uint64(_LOG_OF_WORD)) & np.uint64(filtered.shape[0] - 1)
    return word, np.uint64(1) << (place & np.uint64(63))


def ragged(rows: Iterable[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Write lists of numbers as one array; return where each begins, and the end of the last, and the array."""
    listed = list(rows)
    first = np.zeros(len(listed) + 1, np.int32)
    np.cumsum([len(row) for row in listed], out=first[1:])
    return first, np.array([number for row in listed for number in row], np.int32)


@compiled
def add_letter(code: np.uint64, letter: int | np.uint32) -> np.uint64:
    """Return the hash of a word with one more letter: FNV (Fowler, Noll, Vo), another factor."""
    return (code ^ np.uint64(letter)) * np.uint64(_FACTOR)


@compiled
def _hash_all(letters: CodePoints, first: npt.NDArray[np.int64]) -> Words:
    """Return the hashes of words that follow each other."""
    hashes = np.empty(first.shape[0] - 1, np.uint64)
    for number in range(hashes.shape[0]):
        code = np.uint64(SEED)
        for position in range(first[number], first[number + 1]):
            code = add_letter(code, letters[position])
        hashes[number] = code
    return hashes
