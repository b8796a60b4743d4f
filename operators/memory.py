"""A memory of recent ids: which ones were seen lately, and in which book.

All that it remembers it also writes down in the order in which it came, in a log of pieces. Only the last piece
still grows, so only that one is written with each snapshot; the sealed ones are archived, each once.
"""

from array import array
from hashlib import blake2b
from itertools import count
from typing import NamedTuple

import lz4.frame
import numpy as np
import orjson
from backports import zstd

from operators.archive import Archived, Part, digest
from operators.hashtable import Words, WordTable, as_words
from operators.sections import Content
from operators.snapshot import SnapshotFormat
from schemas.instant import SECOND, Millis

_TIME_BITS = 34  # seconds since 1970, enough until the year 2514
_BOOK_BITS = 24
_TIME_MASK = (1 << _TIME_BITS) - 1
_BOOK_MASK = (1 << _BOOK_BITS) - 1
_GONE_BIT = 1 << (_TIME_BITS + _BOOK_BITS)

_PIECE_IDS = 65_536
"""A piece is sealed at this size, so that each snapshot writes 300 KB of the open one on average."""

PIECE_FORMAT = SnapshotFormat("piece of recent ids", b"I1")

_NAME_IN_R1 = "replay"
"""Version R1 knew no source partitions but that of a replay."""

_LENGTH_BYTES = 4
_WORD_BYTES = 8


class Remembered(NamedTuple):
    """What is known of an id.

    Attributes:
        book: key of the book that holds it.
        gone: it was deleted, so that nothing can bring it back.

    """

    book: str
    gone: bool


class _Entries(NamedTuple):
    """What was remembered, in its order: hashes of ids, and (time, book, gone) of each."""

    hashes: Words
    values: Words


class _Sealed(NamedTuple):
    """A piece that is in the archive.

    Attributes:
        slot: its number there; one that is free again is used again.
        digest: of its content.
        ids: how many it holds.
        newest: time of its newest id, in seconds since 1970.

    """

    slot: int
    digest: str
    ids: int
    newest: int


class RecentIds:
    """Remembers ids for ``horizon`` milliseconds of record time, at 20 to 30 bytes an id and no objects.

    An id is a 64-bit hash in a table, with packed (time, book, gone). One that is too old counts as unknown
    at once and leaves the table when that is next made anew. Two ids with one hash would be taken for the
    same: at 10 million ids the odds are 3 in a million.

    Args:
        name: its own, which begins the keys of its parts in the archive.
        horizon: for how long an id is known, in milliseconds.

    """

    def __init__(self, name: str, horizon: Millis) -> None:
        self.name = name
        self._horizon = -(-horizon // SECOND)
        self._books: list[str] = []
        self._numbers: dict[str, int] = {}
        self._table = WordTable()
        self._open_hashes = array("Q")
        self._open_values = array("Q")
        self._sealed: list[_Sealed] = []
        self._parts: list[Part] = []
        self._hashed: tuple[str | None, int] = (None, 0)

    @property
    def books(self) -> list[str]:
        """All books that ever held an id, in the order in which they first did."""
        return self._books

    def find(self, identity: str, now: Millis) -> Remembered | None:
        """Return what is known of an id at an instant, or None where it is not known or too long ago."""
        value = self._table.get(self._hash_of(identity))
        if not value or self._is_old(value & _TIME_MASK, now):
            return None
        return Remembered(self._books[value >> _TIME_BITS & _BOOK_MASK], bool(value & _GONE_BIT))

    def remember(self, identity: str, book: str, now: Millis, *, gone: bool = False) -> None:
        """Note that a book holds an id, as of an instant."""
        if self._table.is_full:
            self._rebuild(now)
        number = self._numbers.get(book)
        if number is None:
            number = self._numbers[book] = len(self._books)
            self._books.append(book)
        key = self._hash_of(identity)
        value = now // SECOND | number << _TIME_BITS | (_GONE_BIT if gone else 0)
        self._table.put(key, value)
        self._open_hashes.append(key)
        self._open_values.append(value)
        if len(self._open_hashes) >= _PIECE_IDS:
            self._seal(now)

    def _hash_of(self, identity: str) -> int:
        """Return the hash of an id, which is looked for first and then remembered."""
        if identity != self._hashed[0]:
            self._hashed = identity, _hash(identity)
        return self._hashed[1]

    def _is_old(self, seconds: int, now: Millis) -> bool:
        return seconds + self._horizon < now // SECOND

    def _rebuild(self, now: Millis) -> None:
        """Drop what is too old, and leave room for half as much again as is left."""
        hashes, values = self._table.entries()
        oldest = max(now // SECOND - self._horizon, 0)
        is_kept = values & np.uint64(_TIME_MASK) >= np.uint64(oldest)
        self._table = WordTable(room_for=int(is_kept.sum()))
        self._table.put_all(hashes[is_kept], values[is_kept])

    # Pieces

    def take_parts(self) -> list[Part]:
        """Return what goes to the archive and what leaves it since the last time; it belongs to the next snapshot."""
        parts, self._parts = self._parts, []
        return parts

    def _seal(self, now: Millis) -> None:
        """Hand the open piece over to the archive and begin another one; let those go that are too old."""
        entries = _Entries(as_words(self._open_hashes), as_words(self._open_values))
        content = PIECE_FORMAT.pack(_pack_entries(*entries))
        newest = max(value & _TIME_MASK for value in self._open_values)
        self._open_hashes, self._open_values = array("Q"), array("Q")
        too_old = [piece for piece in self._sealed if self._is_old(piece.newest, now)]
        self._sealed = [piece for piece in self._sealed if not self._is_old(piece.newest, now)]
        taken = {piece.slot for piece in self._sealed}
        free = next(slot for slot in count() if slot not in taken)
        self._sealed.append(_Sealed(free, digest(content), len(entries.hashes), newest))
        self._parts += [Part(self._key(piece.slot), b"") for piece in too_old if piece.slot != free]
        self._parts.append(Part(self._key(free), content))

    def _key(self, slot: int) -> str:
        return f"{self.name}/{slot}"

    def pack(self) -> bytes:
        """Return as bytes what is not in the archive."""
        entries = _Entries(as_words(self._open_hashes), as_words(self._open_values))
        return _pack(self.name, self._books, self._sealed, entries)

    @classmethod
    def unpack(cls, packed: bytes, horizon: Millis, archived: Archived) -> "RecentIds":
        """Bring a memory back from ``pack`` and the archive; ``horizon`` is in milliseconds."""
        end = _LENGTH_BYTES + int.from_bytes(packed[:_LENGTH_BYTES], "little")
        name, books, sealed = orjson.loads(zstd.decompress(packed[_LENGTH_BYTES:end]))
        memory = cls(name, horizon)
        memory._books = books
        memory._numbers = {book: number for number, book in enumerate(books)}
        memory._sealed = [_Sealed(*piece) for piece in sealed]
        still_open = _unpack_entries(packed[end:])
        memory._open_hashes.frombytes(still_open.hashes.tobytes())
        memory._open_values.frombytes(still_open.values.tobytes())
        memory._table = WordTable(
            room_for=sum(piece.ids for piece in memory._sealed) + len(still_open.hashes)
        )
        for piece in memory._sealed:
            content = archived(memory._key(piece.slot), piece.digest)
            memory._table.put_all(*_unpack_entries(PIECE_FORMAT.unpack(content)))
        memory._table.put_all(*still_open)
        return memory


def upgrade_r1(packed: bytes) -> bytes:
    """Make what ``pack`` returns of what registers of version R1 hold: the whole table, as one open piece."""
    end = _LENGTH_BYTES + int.from_bytes(packed[:_LENGTH_BYTES], "little")
    hashes, values = np.frombuffer(lz4.frame.decompress(packed[end:]), np.uint64).reshape(2, -1)
    in_time = np.argsort(values & np.uint64(_TIME_MASK), kind="stable")
    in_time = in_time[values[in_time] != 0]
    books = orjson.loads(packed[_LENGTH_BYTES:end])
    return _pack(_NAME_IN_R1, books, [], _Entries(hashes[in_time], values[in_time]))


def _pack(name: str, books: list[str], sealed: list[_Sealed], entries: _Entries) -> bytes:
    header = zstd.compress(orjson.dumps([name, books, [list(piece) for piece in sealed]]))
    return len(header).to_bytes(_LENGTH_BYTES, "little") + header + _pack_entries(*entries)


def _pack_entries(hashes: Words, values: Words) -> bytes:
    # each byte of a value is mostly like that of the value before; nothing makes hashes smaller
    columns = values.view(np.uint8).reshape(-1, _WORD_BYTES).T
    return len(hashes).to_bytes(_LENGTH_BYTES, "little") + hashes.tobytes() + zstd.compress(columns.tobytes())


def _unpack_entries(packed: Content) -> _Entries:
    known = int.from_bytes(packed[:_LENGTH_BYTES], "little")
    hashes = np.frombuffer(packed, np.uint64, known, _LENGTH_BYTES)
    columns = np.frombuffer(zstd.decompress(packed[_LENGTH_BYTES + hashes.nbytes :]), np.uint8)
    values = np.ascontiguousarray(columns.reshape(_WORD_BYTES, known).T).view(np.uint64).reshape(known)
    return _Entries(hashes, values)


def _hash(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "little")
