"""Postings: for each cell and term, the clusters that have it, side by side in memory.

A list of postings is a block of a pool, with room for a power of two of them; a longer list moves to a larger block, and
the block it leaves serves another one. So a list is read from one end to the other without a jump, which is what
finding candidates mostly is (Zobel and Moffat, "Inverted files for text search engines", ACM Computing Surveys 38, 2006,
section 5; in memory and with updates in place).
"""

from typing import Any

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.vectors import Integers
from operators.places.kinds import KINDS

NONE = -1
KEYS, PASSES, LARGEST = 0, 1, 2
"""Of an index's totals: how many keys stand in the table, how many rankings were made, and how large a cluster was at most."""

_END = 3
_FREE = 4
_SIZES = 40
_SMALLEST_TABLE = 1_024
_SMALLEST_POOL = 1_024
_SMALLEST_ROOM = 2

_LIST = np.dtype([("key", np.uint64), ("first", np.int64), ("length", np.int32), ("room", np.int32)])
_POSTING = np.dtype([("row", np.int32), ("impact", np.float32)])
_FACE = np.dtype(
    [
        ("label", np.int64),
        ("log_size", np.float64),
        ("filled", np.int64),
        ("places", np.uint32, KINDS),
    ],
    align=True,
)
_SIGHTING = np.dtype([("seen", np.uint32), ("per_length", np.float32), ("product", np.float64)])


class Index:
    """The lists of postings: an open-addressing table, a pool, and the faces of clusters.

    Attributes:
        lists: records of a key, which is 0 where nothing stands, where its block begins, how many postings there are,
            and for how many there is room. A key stays, even without postings, until the table is widened.
        postings: the pool: rows of clusters, and what counts of the term in each.
        faces: for each row of clusters, what a ranking asks of the few that can be among the first.
        sightings: for each row of clusters, the ranking that saw it last, its product with that vector, and what makes a
            cosine of it: one by its own length. A ranking sees hundreds, all over the memory, so these are kept apart
            from the faces: a hundred thousand fit in the cache of a processor.
        totals: int64: keys, rankings, the largest size, the end of what is used of the pool, and for each size of block
            the first free one.

    """

    def __init__(self, keys: int, postings: int, rows: int) -> None:
        """Make room for so many keys and as many again, for postings, and for rows of clusters."""
        self.lists = np.zeros(_table_size(keys), _LIST)
        self.postings = np.zeros(max(_SMALLEST_POOL, 2 * postings), _POSTING)
        self.faces = np.zeros(rows, _FACE)
        self.sightings = np.zeros(rows, _SIGHTING)
        self.totals = np.full(_FREE + _SIZES, NONE, np.int64)
        self.totals[:_FREE] = 0

    def grow(self, needed: int) -> None:
        """Make room for further postings, and for as many as there are."""
        larger = np.zeros(2 * len(self.postings) + needed, _POSTING)
        larger[: len(self.postings)] = self.postings
        self.postings = larger

    def cover(self, rows: int) -> None:
        """Let there be so many rows of clusters."""
        faces = np.zeros(rows, _FACE)
        faces[: len(self.faces)] = self.faces
        self.faces = faces
        sightings = np.zeros(rows, _SIGHTING)
        sightings[: len(self.sightings)] = self.sightings
        self.sightings = sightings

    def widen(self) -> Integers:
        """Make a larger table, without the keys that have no postings; return where each list stands now."""
        lists = np.zeros(_table_size(int(np.count_nonzero(self.lists["length"]))), _LIST)
        moved = np.full(len(self.lists), NONE, np.int64)
        _move_lists(self.lists, lists, self.postings, self.totals, moved)
        self.lists = lists
        return moved


def _table_size(keys: int) -> int:
    """Return how large a table is made for so many keys: a power of two, filled by a quarter at most."""
    return max(_SMALLEST_TABLE, 1 << (4 * keys - 1).bit_length())


@compiled
def _move_lists(lists: Records, wider: Records, postings: Records, totals: Integers, moved: Integers) -> None:
    """Write the lists that have postings to another table, and where each stands there; blocks of the others are free."""
    totals[KEYS] = 0
    for place in range(lists.shape[0]):
        found = lists[place]
        if found["length"] > 0:
            moved[place] = find(wider, found["key"])
            other = wider[moved[place]]
            other["key"] = found["key"]
            other["first"] = found["first"]
            other["length"] = found["length"]
            other["room"] = found["room"]
            totals[KEYS] += 1
        elif found["room"] > 0:
            _set_free(postings, totals, found)


@compiled
def find(lists: Records, key: np.uint64) -> np.int64:
    """Return where the list of a key stands, or where it would; Fibonacci hashing, since cells differ in few bits."""
    mask = np.int64(lists.shape[0] - 1)
    place = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while lists[place]["key"] != 0 and lists[place]["key"] != key:
        place = (place + 1) & mask
    return place


@compiled
def room_needed(lists: Records, key: np.uint64) -> int:
    """Return how much of the pool one more posting for a key takes at most."""
    found = lists[find(lists, key)]
    if found["key"] == 0:
        return _SMALLEST_ROOM
    return 2 * max(found["room"], 1) if found["length"] == found["room"] else 0


@compiled
def has_room_for_keys(lists: Records, totals: Integers, further: int) -> bool:
    """Whether the table takes so many further keys without being filled too much."""
    return bool(2 * (totals[KEYS] + further) <= lists.shape[0])


@compiled
def has_room(postings: Records, totals: Integers, needed: int) -> bool:
    """Whether so much of the pool is left."""
    return bool(totals[_END] + needed <= postings.shape[0])


@compiled
def put(
    lists: Records, postings: Records, totals: Integers, key: np.uint64, row: int, impact: np.float32
) -> tuple[np.int64, np.int64]:
    """Add a posting, for which there must be room; return where its list stands, and its position in it."""
    place = find(lists, key)
    found = lists[place]
    if found["key"] == 0:
        found["key"] = key
        totals[KEYS] += 1
    if found["length"] == found["room"]:
        _move_to_larger(found, postings, totals)
    position = np.int64(found["length"])
    posting = postings[found["first"] + position]
    posting["row"] = row
    posting["impact"] = impact
    found["length"] += 1
    return place, position


@compiled
def take_out(lists: Records, postings: Records, place: np.int64, position: np.int64) -> np.int64:
    """Take a posting out; the last of the list takes its position. Return the row of that one."""
    found = lists[place]
    found["length"] -= 1
    last = postings[found["first"] + found["length"]]
    taken = postings[found["first"] + position]
    taken["row"] = last["row"]
    taken["impact"] = last["impact"]
    return np.int64(last["row"])


@compiled
def _move_to_larger(found: Records, postings: Records, totals: Integers) -> None:
    """Give a list twice the room."""
    size = 1
    while 1 << size <= found["room"]:
        size += 1
    first = totals[_FREE + size]
    if first == NONE:
        first = totals[_END]
        totals[_END] += 1 << size
    else:
        totals[_FREE + size] = _next_free(postings, first)
    for position in range(found["length"]):
        postings[first + position]["row"] = postings[found["first"] + position]["row"]
        postings[first + position]["impact"] = postings[found["first"] + position]["impact"]
    if found["room"] > 0:
        _set_free(postings, totals, found)
    found["first"] = first
    found["room"] = 1 << size


@compiled
def _set_free(postings: Records, totals: Integers, found: Any) -> None:
    """Let another list take the block of one; the first of the free ones of its size says which comes next."""
    size = 0
    while 1 << size < found["room"]:
        size += 1
    _set_next_free(postings, np.int64(found["first"]), totals[_FREE + size])
    totals[_FREE + size] = found["first"]


@compiled
def _next_free(postings: Records, first: np.int64) -> np.int64:
    """Return the free block after one of the same size; its beginning lies in the rows of the first two postings."""
    return np.int64(postings[first]["row"]) << np.int64(31) | np.int64(postings[first + 1]["row"])


@compiled
def _set_next_free(postings: Records, first: np.int64, following: np.int64) -> None:
    postings[first]["row"] = following >> np.int64(31)
    postings[first + 1]["row"] = following & np.int64(0x7FFFFFFF)
