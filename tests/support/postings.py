"""What the lists of an index hold, as Python's own lists."""

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.postings import Index, block_of, find, length_of, single_of
from operators.grouping.vectors import Floats


def in_list(index: Index, key: np.uint64) -> list[tuple[int, float]]:
    """Return the rows of clusters in the list of a key, and what counts of it in each, in the order of their positions."""
    return [(int(row), impact) for row, impact in _read(index.lists, index.postings, key).tolist()]


@compiled
def _read(lists: Records, postings: Records, key: np.uint64) -> Floats:
    listed = lists[find(lists, key)]
    length, first = length_of(listed), block_of(listed)
    read = np.empty((length, 2), np.float64)
    for position in range(length):
        row, impact = single_of(listed)
        if length > 1:
            row, impact = np.int64(postings[first + position]["row"]), postings[first + position]["impact"]
        read[position, 0] = row
        read[position, 1] = impact
    return read
