"""Recent posts: the rows that were written last, so that a post which moves on soon need not be looked up."""

from collections import OrderedDict

import orjson

from connectors.clickhouse.buffer import Buffer, Move, PostKey
from connectors.clickhouse.rows import DERIVED_BOOKKEEPING, POST_FIELDS

_MOST_BYTES = 8 * 1024 * 1024
"""Incidents are mostly merged while they are young, and then their posts are among these; to look one up takes
the store longer than to write a hundred."""

_INCIDENT = POST_FIELDS.index("incident_id")


class RecentPosts:
    """The newest rows of ``posts`` that one writer has written, each as it stands in the store."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        # a plain dict looks for its first key through all those that were taken out before it
        self._lines: OrderedDict[PostKey, bytes] = OrderedDict()
        self._bytes = 0

    def carry_out(self, buffer: Buffer) -> tuple[dict[PostKey, bytes], dict[PostKey, Move]]:
        """Let posts move that are in a buffer or known here.

        Returns:
            the rows of ``posts`` to write, and the moves that are left, of posts that only the store knows.

        """
        posts, left = dict(buffer.posts), {}
        for key, move in buffer.moves.items():
            line = posts.get(key) or self._lines.get(key)
            if line is None:
                left[key] = move
            else:
                posts[key] = _moved(line, move)
        return posts, left

    def remember(self, posts: dict[PostKey, bytes], left: dict[PostKey, Move]) -> None:
        """Take up what ``carry_out`` returned, once it is in the store; the oldest rows are forgotten."""
        for key in (*posts, *left):
            self._bytes -= len(self._lines.pop(key, b""))
        for key, line in posts.items():
            self._lines[key] = line
            self._bytes += len(line)
        while self._bytes > self._most_bytes:
            _, line = self._lines.popitem(last=False)
            self._bytes -= len(line)


def _moved(line: bytes, move: Move) -> bytes:
    row = orjson.loads(line)
    row[_INCIDENT] = move.incident_id
    row[-len(DERIVED_BOOKKEEPING) :] = (move.place.partition, move.place.position, move.place.version)
    return orjson.dumps(row)
