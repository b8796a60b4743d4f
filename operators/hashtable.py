"""A hash table of words: from one 64-bit number to another, in two arrays and no objects."""

from array import array
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled, compiled_aside

Words = npt.NDArray[np.uint64]

_HALF_KEY = 32
_WORD_BYTES = 8
_SMALLEST = 64
_FULL = 0.8
_GROWTH = 1.5
"""A table that is made for some entries has room for so many times them before it is full."""
_PIECE_SLOTS = 1 << 16


class WordTable:
    """Open addressing with linear probing (Knuth, The Art of Computer Programming, vol. 3, section 6.4, algorithm L).

    It takes 20 to 30 bytes an entry. A key has to be evenly distributed itself, as a hash is, and a value is not 0.

    Attributes:
        values: those of all slots, of which one may be changed, but not from or to 0.

    """

    def __init__(self, room_for: int = 0) -> None:
        size = max(_SMALLEST, int(room_for * _GROWTH / _FULL))
        # numpy asks for large pages, without which a table of millions is made, and read all over, half as fast
        self._slots = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
        # one number is read from these in half the time
        self._keys, self.values = (words.data for words in self._slots)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def is_full(self) -> bool:
        """Whether entries should move to a larger table now."""
        return self._used > self.room

    @property
    def room(self) -> int:
        """How many entries there can be before it is full."""
        return int(len(self._keys) * _FULL)

    @property
    def nbytes(self) -> int:
        """Memory that the entries take, in bytes."""
        return 2 * _WORD_BYTES * len(self._keys)

    def get(self, key: int) -> int:
        """Return the value of a key, or 0 where it is not here."""
        return self.values[self.slot_of(key)]

    def put(self, key: int, value: int) -> None:
        """Let a key have a value, whatever it had before."""
        slot = self.slot_of(key)
        self._used += not self.values[slot]
        self._keys[slot] = key
        self.values[slot] = value

    def slot_of(self, key: int) -> int:
        """Return where the value of a key stands in ``values``, or where it would; nothing stands where that is 0."""
        keys, values = self._keys, self.values
        size = len(keys)
        slot = (key >> _HALF_KEY) * size >> _HALF_KEY
        while values[slot] and keys[slot] != key:
            slot += 1
            if slot == size:
                slot = 0
        return slot

    @property
    def slots(self) -> tuple[Words, Words]:
        """The keys and values of all slots, for ``find_slot``; what stands there changes with the table."""
        return self._slots

    def put_all(self, keys: Words, values: Words) -> None:
        """Put many entries, in two arrays of nothing else, one after the other; there must be room for them."""
        self._used += _put_all(*self.slots, keys, values)

    def get_all(self, keys: Words) -> Words:
        """Return the value of each of many keys, or 0 where it is not here."""
        values = np.empty(len(keys), np.uint64)
        _get_all(*self.slots, keys, values)
        return values

    def entries(self) -> tuple[Words, Words]:
        """Return all keys and their values."""
        keys, values = self.slots
        stands = values != 0
        return keys[stands], values[stands]

    def pieces(self) -> Iterator[tuple[Words, Words]]:
        """Return all keys and their values a few at a time, which takes no memory of the size of the table."""
        keys, values = self.slots
        for start in range(0, len(keys), _PIECE_SLOTS):
            piece = slice(start, start + _PIECE_SLOTS)
            stands = values[piece] != 0
            yield keys[piece][stands], values[piece][stands]


def as_words(words: "array[int]") -> Words:
    """Return an array as one of numpy's, over the same memory; while there is one, it cannot grow."""
    return np.frombuffer(words, np.uint64)


@compiled
def find_slot(table_keys: Words, table_values: Words, key: np.uint64) -> np.int64:
    """Return where a key stands, or where it would; nothing stands where the value is 0."""
    size = table_keys.shape[0]
    slot = np.int64((key >> np.uint64(_HALF_KEY)) * np.uint64(size) >> np.uint64(_HALF_KEY))
    while table_values[slot] != 0 and table_keys[slot] != key:
        slot = np.int64(slot + 1)
        if slot == size:
            slot = np.int64(0)
    return slot


@compiled_aside
def _put_all(table_keys: Words, table_values: Words, keys: Words, values: Words) -> int:
    """Do what ``put`` does for each entry; return how many are new."""
    new = 0
    for number in range(keys.shape[0]):
        slot = find_slot(table_keys, table_values, keys[number])
        new += table_values[slot] == 0
        table_keys[slot] = keys[number]
        table_values[slot] = values[number]
    return new


@compiled_aside
def _get_all(table_keys: Words, table_values: Words, keys: Words, values: Words) -> None:
    """Do what ``get`` does for each key."""
    for number in range(keys.shape[0]):
        values[number] = table_values[find_slot(table_keys, table_values, keys[number])]
