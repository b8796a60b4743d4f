"""A memory of recent ids: which ones were seen lately, and in which book, in a compact array."""

from array import array
from hashlib import blake2b
from typing import NamedTuple

import lz4.frame
import orjson

from schemas.instant import SECOND, Millis

_TIME_BITS = 34  # seconds since 1970, enough until the year 2514
_BOOK_BITS = 24
_TIME_MASK = (1 << _TIME_BITS) - 1
_BOOK_MASK = (1 << _BOOK_BITS) - 1
_GONE_BIT = 1 << (_TIME_BITS + _BOOK_BITS)
_SMALLEST = 64
_FULL = 2 / 3


class Remembered(NamedTuple):
    """What is known of an id.

    Attributes:
        book: key of the book that holds it.
        gone: it was deleted, so that nothing can bring it back.

    """

    book: str
    gone: bool


class RecentIds:
    """Remembers ids for ``horizon`` milliseconds of record time, at 16 bytes a slot and no objects.

    An open-addressing hash table with linear probing (Knuth, The Art of Computer Programming, vol. 3,
    section 6.4, algorithm L): one array of 64-bit hashes of ids and one of packed (time, book, gone). An
    id that is too old counts as unknown at once and leaves its slot when the table is next rebuilt. Two
    ids with one hash would be taken for the same: at 10 million ids the odds are 3 in a million.
    """

    def __init__(self, horizon: Millis) -> None:
        self._horizon = -(-horizon // SECOND)
        self._books: list[str] = []
        self._numbers: dict[str, int] = {}
        self._used = 0
        self._hashes = array("Q", bytes(8 * _SMALLEST))
        self._values = array("Q", bytes(8 * _SMALLEST))

    @property
    def books(self) -> list[str]:
        """All books that ever held an id, in the order in which they first did."""
        return self._books

    def find(self, identity: str, now: Millis) -> Remembered | None:
        """Return what is known of an id at an instant, or None where it is not known or too long ago."""
        value = self._values[self._slot(_hash(identity))]
        if not value or self._is_old(value, now):
            return None
        return Remembered(self._books[value >> _TIME_BITS & _BOOK_MASK], bool(value & _GONE_BIT))

    def remember(self, identity: str, book: str, now: Millis, *, gone: bool = False) -> None:
        """Note that a book holds an id, as of an instant."""
        if self._used > len(self._hashes) * _FULL:
            self._rebuild(now)
        number = self._numbers.get(book)
        if number is None:
            number = self._numbers[book] = len(self._books)
            self._books.append(book)
        key = _hash(identity)
        slot = self._slot(key)
        self._used += not self._values[slot]
        self._hashes[slot] = key
        self._values[slot] = now // SECOND | number << _TIME_BITS | (_GONE_BIT if gone else 0)

    def _slot(self, key: int) -> int:
        hashes, values = self._hashes, self._values
        mask = len(hashes) - 1
        slot = key & mask
        while values[slot] and hashes[slot] != key:
            slot = slot + 1 & mask
        return slot

    def _is_old(self, value: int, now: Millis) -> bool:
        return (value & _TIME_MASK) + self._horizon < now // SECOND

    def _rebuild(self, now: Millis) -> None:
        """Drop what is too old, and leave room for as much again as is left."""
        kept = [(key, value) for key, value in self._entries() if not self._is_old(value, now)]
        size = _SMALLEST
        while size * _FULL < 2 * len(kept):
            size *= 2
        self._fill(kept, size)

    def _entries(self) -> list[tuple[int, int]]:
        return [(key, value) for key, value in zip(self._hashes, self._values, strict=True) if value]

    def _fill(self, entries: list[tuple[int, int]], size: int) -> None:
        self._hashes = array("Q", bytes(8 * size))
        self._values = array("Q", bytes(8 * size))
        self._used = len(entries)
        for key, value in entries:
            slot = self._slot(key)
            self._hashes[slot] = key
            self._values[slot] = value

    def pack(self) -> bytes:
        """Return the whole memory as bytes."""
        books = orjson.dumps(self._books)
        arrays: bytes = lz4.frame.compress(self._hashes.tobytes() + self._values.tobytes())
        return len(books).to_bytes(4, "little") + books + arrays

    @classmethod
    def unpack(cls, packed: bytes, horizon: Millis) -> "RecentIds":
        """Bring a memory back from ``pack``."""
        memory = cls(horizon)
        end = 4 + int.from_bytes(packed[:4], "little")
        for book in orjson.loads(packed[4:end]):
            memory._numbers[book] = len(memory._books)
            memory._books.append(book)
        arrays: bytes = lz4.frame.decompress(packed[end:])
        half = len(arrays) // 2
        memory._hashes = array("Q", arrays[:half])
        memory._values = array("Q", arrays[half:])
        memory._used = sum(1 for value in memory._values if value)
        return memory


def _hash(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "little")
