"""Postings: for each cell and term, the clusters that have it, side by side in memory.

A list of postings is a block of a pool, with room for a power of two of them; a longer list moves to a larger block, and
the block it leaves serves another one. So a list is read from one end to the other without a jump, which is what
finding candidates mostly is (Zobel and Moffat, "Inverted files for text search engines", ACM Computing Surveys 38, 2006,
section 5; in memory and with updates in place). Most terms are so rare that one cluster has them: then the only posting
stands in the place of what says where a block is.
"""

from typing import Any

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.vectors import Integers

NONE = -1
KEYS, PASSES, LARGEST = 0, 1, 2
"""Of an index's totals: how many keys stand in the table, how many rankings were made, and how large a cluster was at most."""

_END = 3
_FREE = 4
_SIZES = 32
_SMALLEST_TABLE = 1_024
_SMALLEST_POOL = 1_024
_SMALLEST_ROOM = 2
_FULL, _ROOMY = 0.8, 1.5
"""So full a table may be, and so many places for each key has one that is made anew; what moves to it moves in order, so cheaply."""
_POOL_GROWTH = 2
_SIZE_BITS = 5
_ONE, _LARGEST_EXPONENT = 1 << _SIZE_BITS, (1 << _SIZE_BITS) - 1
_HALF_KEY = 32
_LOOKED_THROUGH = 16
"""Among so many postings one is found by looking at each, so for these nobody has to note where they stand."""
_HINTS = 1 << 16
"""A position is noted modulo this."""

_LIST = np.dtype(
    {
        "names": ["key", "holds", "impact", "size"],
        "formats": [np.uint64, np.int32, np.float32, np.uint32],
        "offsets": [0, 8, 12, 12],
        "itemsize": 16,
    }
)
_POSTING = np.dtype([("row", np.int32), ("impact", np.float32)])
_SIGHTING = np.dtype([("seen", np.uint32), ("per_length", np.float32), ("product", np.float64)])


class Index:
    """The lists of postings: an open-addressing table, a pool, and what a ranking saw.

    Attributes:
        lists: records of a key, which is 0 where nothing stands, and of what it ``holds``: 0 for no posting; above 0, one
            less is the row of the only posting, and ``impact`` what counts of the term there; below 0, its complement is
            the number of a block of the pool, and ``size`` how many postings are in it and for how many, as a power
            of two, there is room. A key stays, even without postings, until the table is widened.
        postings: the pool: rows of clusters, and what counts of the term in each.
        sightings: for each row of clusters, the ranking that saw it last, its product with that vector, and what makes a
            cosine of it: one by its own length. A ranking sees hundreds, all over the memory, so these are kept apart
            from the clusters: a hundred thousand fit in the cache of a processor.
        totals: int64: keys, rankings, the largest size, the end of what is used of the pool, and for each size of block
            the first free one.

    """

    def __init__(self, keys: int, postings: int, rows: int) -> None:
        """Make room for so many keys and some more, for postings, and for rows of clusters."""
        self.lists = np.zeros(_table_size(keys), _LIST)
        self.postings = np.zeros(max(_SMALLEST_POOL, postings), _POSTING)
        self.sightings = np.zeros(rows, _SIGHTING)
        self.totals = np.full(_FREE + _SIZES, NONE, np.int64)
        self.totals[:_FREE] = 0

    def grow(self, needed: int) -> None:
        """Make room for further postings, and for some more."""
        size = len(self.postings)
        larger = np.zeros(size + size // _POOL_GROWTH + needed, _POSTING)
        used = self.totals[_END]
        # what is not written takes no memory
        larger[:used] = self.postings[:used]
        self.postings = larger

    def cover(self, rows: int) -> None:
        """Let there be so many rows of clusters."""
        sightings = np.zeros(rows, _SIGHTING)
        sightings[: len(self.sightings)] = self.sightings
        self.sightings = sightings

    def widen(self) -> None:
        """Make a table with room for further keys, without those that have no postings."""
        lists = np.zeros(_table_size(int(np.count_nonzero(self.lists["holds"]))), _LIST)
        _move_lists(self.lists, lists, self.totals)
        self.lists = lists


def _table_size(keys: int) -> int:
    """Return how large a table is made for so many keys."""
    return max(_SMALLEST_TABLE, int(_ROOMY * keys))


@compiled
def _move_lists(lists: Records, wider: Records, totals: Integers) -> None:
    """Write the lists that have postings to another table."""
    totals[KEYS] = 0
    for listed in lists:
        if listed["holds"] != 0:
            other = wider[find(wider, listed["key"])]
            other["key"] = listed["key"]
            other["holds"] = listed["holds"]
            other["size"] = listed["size"]
            totals[KEYS] += 1


@compiled
def find(lists: Records, key: np.uint64) -> np.int64:
    """Return the spot where the list of a key stands, or where it would; Fibonacci hashing, since cells differ in few bits."""
    hashed = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(_HALF_KEY)
    return _find_from(lists, key, np.int64(hashed * np.uint64(lists.shape[0]) >> np.uint64(_HALF_KEY)))


@compiled
def _find_from(lists: Records, key: np.uint64, spot: np.int64) -> np.int64:
    """Return the spot of a key that is at this one or behind it."""
    while lists[spot]["key"] != 0 and lists[spot]["key"] != key:
        spot = np.int64(spot + 1)
        if spot == lists.shape[0]:
            spot = np.int64(0)
    return spot


@compiled
def length_of(listed: Any) -> np.int64:
    """Return how many postings are in a list; a single one stands in the record itself."""
    return np.int64(listed["size"] >> _SIZE_BITS if listed["holds"] < 0 else listed["holds"] > 0)


@compiled
def single_of(listed: Any) -> tuple[np.int64, np.float32]:
    """Return the row and the impact of the only posting of a list."""
    return np.int64(listed["holds"]) - 1, listed["impact"]


@compiled
def block_of(listed: Any) -> np.int64:
    """Return where in the pool a list of several postings begins."""
    return np.int64(_SMALLEST_ROOM * ~np.int64(listed["holds"]))


@compiled
def _exponent_of(listed: Any) -> np.int64:
    """Return for how many postings there is room in the block of a list, as a power of two."""
    return np.int64(listed["size"] & _LARGEST_EXPONENT)


@compiled
def room_needed(lists: Records, spot: np.int64) -> int:
    """Return how much of the pool one more posting takes at most in the list at a spot."""
    listed = lists[spot]
    if listed["holds"] >= 0:
        return _SMALLEST_ROOM if listed["holds"] > 0 else 0
    length = length_of(listed)
    return 2 * int(length) if length == np.int64(1) << _exponent_of(listed) else 0


@compiled
def has_room_for_keys(lists: Records, totals: Integers, further: int) -> bool:
    """Whether the table takes so many further keys without being filled too much."""
    return bool(totals[KEYS] + further <= _FULL * lists.shape[0])


@compiled
def has_room(postings: Records, totals: Integers, needed: int) -> bool:
    """Whether so much of the pool is left."""
    return bool(totals[_END] + needed <= postings.shape[0])


@compiled
def put(
    lists: Records,
    postings: Records,
    totals: Integers,
    key: np.uint64,
    spot: np.int64,
    row: int,
    impact: np.float32,
) -> np.int64:
    """Add a posting, for which there must be room; return a hint where it stands.

    Args:
        lists: of the index.
        postings: of the index.
        totals: of the index.
        key: of the list.
        spot: where ``find`` found it, since when no other table was made; another key can have come to stand there.
        row: of the cluster.
        impact: what counts of the term there.

    """
    listed = lists[_find_from(lists, key, spot)]
    if listed["key"] == 0:
        listed["key"] = key
        totals[KEYS] += 1
    length = length_of(listed)
    if length == 0:
        listed["holds"] = row + 1
        listed["impact"] = impact
        return np.int64(0)
    if length == 1:
        _move_to_block(listed, postings, totals)
    elif length == np.int64(1) << _exponent_of(listed):
        _move_to_larger(listed, postings, totals)
    posting = postings[block_of(listed) + length]
    posting["row"] = row
    posting["impact"] = impact
    listed["size"] += _ONE
    return np.int64(length & (_HINTS - 1))


@compiled
def change(
    lists: Records, postings: Records, spot: np.int64, row: int, hint: int, impact: np.float32
) -> None:
    """Let something else count of a term in a cluster that is in its list, which stands at a spot."""
    listed = lists[spot]
    if length_of(listed) == 1:
        listed["impact"] = impact
    else:
        postings[_entry(listed, postings, row, hint)]["impact"] = impact


@compiled
def take_out(
    lists: Records, postings: Records, totals: Integers, key: np.uint64, row: int, hint: int
) -> tuple[np.int64, np.int64]:
    """Take the posting of a cluster out of a list; the last of the list takes its position.

    Returns:
        the row of the cluster that has to have another hint now, or ``NONE``, and that hint.

    """
    listed = lists[find(lists, key)]
    if length_of(listed) == 1:
        listed["holds"] = 0
        return np.int64(NONE), np.int64(0)
    entry = _entry(listed, postings, row, hint)
    listed["size"] -= _ONE
    first, length = block_of(listed), length_of(listed)
    last, taken = postings[first + length], postings[entry]
    moved = np.int64(last["row"])
    taken["row"] = last["row"]
    taken["impact"] = last["impact"]
    if length == 1:
        _move_from_block(listed, postings, totals)
    position = entry - first
    keeps_hint = moved == row or position < _LOOKED_THROUGH
    return np.int64(NONE) if keeps_hint else moved, np.int64(position & (_HINTS - 1))


@compiled
def _entry(listed: Any, postings: Records, row: int, hint: int) -> np.int64:
    """Return where in the pool the posting of a cluster stands: where the hint says, else near the beginning of its list."""
    first = block_of(listed)
    for position in range(hint, length_of(listed), _HINTS):
        if postings[first + position]["row"] == row:
            return np.int64(first + position)
    entry = first
    while postings[entry]["row"] != row:
        entry = np.int64(entry + 1)
    return entry


@compiled
def _move_to_block(listed: Any, postings: Records, totals: Integers) -> None:
    """Give a list of one posting a block."""
    first = _take_block(postings, totals, np.int64(1))
    postings[first]["row"], postings[first]["impact"] = single_of(listed)
    listed["holds"] = ~(first // _SMALLEST_ROOM)
    listed["size"] = _ONE | 1


@compiled
def _move_from_block(listed: Any, postings: Records, totals: Integers) -> None:
    """Let the only posting that is left stand in the record itself."""
    first, exponent = block_of(listed), _exponent_of(listed)
    listed["holds"] = postings[first]["row"] + 1
    listed["impact"] = postings[first]["impact"]
    _set_free(postings, totals, first, exponent)


@compiled
def _move_to_larger(listed: Any, postings: Records, totals: Integers) -> None:
    """Give a list that fills its block twice the room."""
    before, exponent = block_of(listed), _exponent_of(listed)
    first = _take_block(postings, totals, exponent + 1)
    for position in range(np.int64(1) << exponent):
        postings[first + position]["row"] = postings[before + position]["row"]
        postings[first + position]["impact"] = postings[before + position]["impact"]
    _set_free(postings, totals, before, exponent)
    listed["holds"] = ~(first // _SMALLEST_ROOM)
    listed["size"] += 1


@compiled
def _take_block(postings: Records, totals: Integers, exponent: np.int64) -> np.int64:
    """Return where a block begins that no list has."""
    first = np.int64(totals[_FREE + exponent])
    if first == NONE:
        first = np.int64(totals[_END])
        totals[_END] += np.int64(1) << exponent
    else:
        following = np.int64(postings[first]["row"])
        totals[_FREE + exponent] = NONE if following == NONE else _SMALLEST_ROOM * following
    return first


@compiled
def _set_free(postings: Records, totals: Integers, first: np.int64, exponent: np.int64) -> None:
    """Let another list take a block; the first of the free ones of its size says which comes next."""
    following = totals[_FREE + exponent]
    postings[first]["row"] = NONE if following == NONE else following // _SMALLEST_ROOM
    totals[_FREE + exponent] = first
