"""Holders: which incident each of a book's posts is in, as numbers in a table, since there are millions of posts."""

from collections.abc import Iterable, Sequence
from itertools import chain, compress, count

import numpy as np

from operators.compiled import compiled_aside
from operators.hashtable import Words, WordTable

_MOST_RECENT = 512
"""So many posts are put in the table at once, which takes a quarter of the time for each."""
_INCIDENTS_AT_ONCE = 16_384
_WORD = (1 << 64) - 1
_HALF_BITS = 32
_HALF = (1 << _HALF_BITS) - 1
_GONE = 1 << _HALF_BITS
"""In the place of a post that was taken out: in a table, nothing can be taken out before it is made anew."""
_POINTER_BYTES = 8


class Holders:
    """From the id of a post to that of the incident it is in, at 20 to 40 bytes a post.

    The posts that were put last are in a plain dictionary, the others in a table: under a hash of the id stand 32 bits of
    another one, and the number of an incident. An incident has several numbers if its posts were put in the table at
    several times. Of two posts with one hash, which the other one tells apart, the second stays in the dictionary. So only
    two ids with the same 96 bits would be taken for one another: at 100 million posts the odds are 1 in 10^13.

    The hash is Python's own, of a random key, which nobody can choose ids for: nothing of this outlives the process.
    """

    def __init__(self) -> None:
        self._recent: dict[str, str] = {}
        self._most_recent = _MOST_RECENT
        self._table = WordTable()
        # by their numbers; 0 is that of none
        self._incidents = [""]

    @property
    def nbytes(self) -> int:
        """Memory that all but the posts that were put last take, in bytes; their incidents' ids are others'."""
        return self._table.nbytes + _POINTER_BYTES * len(self._incidents)

    def get(self, post_id: str) -> str | None:
        """Return the incident that a post is in, or None."""
        incident_id = self._recent.get(post_id)
        if incident_id is None:
            table = self._table
            value = table.values[table.slot_of(hash(post_id) & _WORD)]
            # most are new, so that nothing stands there
            return self._incident_in(value, post_id) if value else None
        return incident_id

    def _incident_in(self, value: int, post_id: str) -> str | None:
        """Return the incident in a value of the table, or None where that is of another post."""
        is_its = value >> _HALF_BITS == _mark_of(post_id)
        return self._incidents[value & _HALF] or None if is_its else None

    def put(self, post_id: str, incident_id: str) -> None:
        """Let a post be in an incident, wherever it was before."""
        self._recent[post_id] = incident_id
        if len(self._recent) > self._most_recent:
            self._settle()

    def put_many(self, incident_ids: Sequence[str], posts: Sequence[Sequence[str]]) -> None:
        """Let the posts of many incidents, a list of each, be in them; of two that name a post, in the later one."""
        self._settle()
        stands = [bool(some) for some in posts]
        incidents, posts = list(compress(incident_ids, stands)), list(compress(posts, stands))
        sizes = np.array([len(some) for some in posts], np.int64)
        self._make_room(int(sizes.sum()))
        numbers = np.arange(len(incidents), dtype=np.uint64) + np.uint64(len(self._incidents))
        self._incidents += incidents
        for start in range(0, len(posts), _INCIDENTS_AT_ONCE):
            piece = slice(start, start + _INCIDENTS_AT_ONCE)
            self._put_in_table(
                list(chain.from_iterable(posts[piece])), np.repeat(numbers[piece], sizes[piece])
            )

    def take_out(self, post_ids: Iterable[str], incident_id: str) -> None:
        """Let posts be in no incident that are in a certain one."""
        recent, table = self._recent, self._table
        for post_id in post_ids:
            put_last = recent.get(post_id)
            if put_last is not None and put_last != incident_id:
                continue
            slot = table.slot_of(hash(post_id) & _WORD)
            held_by = self._incident_in(value, post_id) if (value := table.values[slot]) else None
            if put_last is not None:
                del recent[post_id]
            elif held_by != incident_id:
                continue
            if held_by is not None:
                table.values[slot] = _GONE

    # The table

    def _settle(self) -> None:
        """Put the posts that were put last in the table."""
        recent, self._recent = self._recent, {}
        self._make_room(len(recent))
        numbers = dict(zip(dict.fromkeys(recent.values()), count(len(self._incidents)), strict=False))
        self._incidents += numbers
        self._put_in_table(list(recent), np.array([numbers[name] for name in recent.values()], np.uint64))
        self._most_recent = len(self._recent) + _MOST_RECENT

    def _put_in_table(self, posts: list[str], numbers: Words) -> None:
        """Put posts in the table, for which there is room, but for those whose place is another one's."""
        keys = np.array([hash(post) for post in posts], np.int64).view(np.uint64)
        marks = np.array([_mark_of(post) for post in posts], np.uint64)
        before = self._table.get_all(keys)
        is_free = (_numbers_in(before) == 0) | (_marks_in(before) == marks)
        values = marks << np.uint64(_HALF_BITS) | numbers
        self._table.put_all(keys[is_free], values[is_free])
        # of two of these with one place, the later one has it
        is_displaced = _marks_in(self._table.get_all(keys)) != marks
        for place in np.flatnonzero(is_displaced).tolist():
            self._recent[posts[place]] = self._incidents[numbers[place]]

    def _make_room(self, coming: int) -> None:
        """Make the table and the numbers of incidents anew, of what stands, where they have no room for more."""
        if max(len(self._table), len(self._incidents)) + coming <= self._table.room:
            return
        used = np.zeros(len(self._incidents), np.uint64)
        standing = _mark_used(self._table.slots[1], used)
        _renumber(self._table.slots[1], np.cumsum(used, dtype=np.uint64))
        table = WordTable(room_for=standing + coming)
        for keys, values in self._table.pieces():
            table.put_all(keys, values)
        self._table = table
        self._incidents = ["", *compress(self._incidents, used.tolist())]


def _mark_of(post_id: str) -> int:
    """Return what tells a post from others with its hash: half of that of another string."""
    return hash(post_id + "?") & _HALF


def _marks_in(values: Words) -> Words:
    return values >> np.uint64(_HALF_BITS)


def _numbers_in(values: Words) -> Words:
    return values & np.uint64(_HALF)


@compiled_aside
def _mark_used(values: Words, used: Words) -> int:
    """Mark the numbers of incidents in the values of a table, and return how many posts are in one."""
    standing = 0
    for slot in range(values.shape[0]):
        number = values[slot] & np.uint64(_HALF)
        if number:
            used[number] = np.uint64(1)
            standing += 1
    return standing


@compiled_aside
def _renumber(values: Words, anew: Words) -> None:
    """Change the numbers of incidents in the values of a table, and drop those of posts that were taken out."""
    for slot in range(values.shape[0]):
        number = values[slot] & np.uint64(_HALF)
        values[slot] = values[slot] - number + anew[number] if number else np.uint64(0)
