"""Alignment: while a backlog is read, no partition runs away from the others.

Otherwise the decisions of a day, which are few, would be read long before the posts that they are about, and refused.
"""

import threading
from collections.abc import Collection
from math import inf
from typing import NamedTuple, Protocol

from schemas.instant import MINUTE, SECOND, Millis

_LEAD: Millis = 10 * MINUTE
"""How far posts may be ahead of what is still to be read: an answer that comes later takes back a breach."""

_FRESH: Millis = 10 * SECOND
"""What was registered so lately is no backlog; nobody waits for it."""


class Elsewhere(Protocol):
    """How far the posts are that other processes read, in record time; infinite where nobody has to wait for them."""

    @property
    def given_at(self) -> float:
        """Before this, all were given."""

    @property
    def settled_at(self) -> float:
        """Before this, all have reached their books."""


class Settled(NamedTuple):
    """How far a partition was when everything that it had given had also reached its book.

    Attributes:
        at: record time before which it had given everything.
        had_backlog: it was behind the wall clock by more than what is fresh.

    """

    at: float
    had_backlog: bool


class Alignment:
    """How far the partitions of this process are, in record time; for all threads.

    Args:
        posts: the partitions of posts.
        elsewhere: how far other processes are, None where there are none.

    """

    def __init__(self, posts: Collection[str] = (), elsewhere: Elsewhere | None = None) -> None:
        self._posts = frozenset(posts)
        self._elsewhere = elsewhere
        self._lock = threading.Lock()
        self._next_times: dict[str, float] = {}
        self._settled: dict[str, Settled] = {}

    def opened(self, name: str) -> None:
        """Note that a partition takes part; until something is known of it, the others wait."""
        with self._lock:
            self._next_times[name] = -inf

    def stands_at(self, name: str, next_time: Millis) -> None:
        """Note the record time of what a partition gives next, or gave last."""
        with self._lock:
            self._next_times[name] = next_time

    def has_nothing(self, name: str) -> None:
        """Note that a partition has nothing to give, so that nobody waits for it."""
        with self._lock:
            if self._next_times.get(name) == -inf:
                # it never gave anything that could still be on its way
                self._settled[name] = Settled(inf, had_backlog=False)
            self._next_times[name] = inf

    def standing(self, name: str, now: Millis) -> Settled:
        """Return how far a partition has given its records, some of which may still be on their way to their books."""
        with self._lock:
            at = self._next_times[name]
        fresh = float(now - _FRESH)
        return Settled(min(at, fresh), had_backlog=at <= fresh)

    def settle(self, name: str, standing: Settled) -> None:
        """Note that what a partition had given at an earlier ``standing`` has reached its books."""
        with self._lock:
            self._settled[name] = standing

    def here(self, now: Millis) -> tuple[float, float, tuple[str, ...]]:
        """Return what others have to know: how far the slowest partition of posts is and has settled, and which there are.

        The times are infinite if none has a backlog, so that nobody has to wait.
        """
        with self._lock:
            here = tuple(sorted(self._posts & self._next_times.keys()))
            given = min((self._next_times[name] for name in here), default=inf)
            return given, min((self._settled_of(name, now) for name in here), default=inf), here

    def _settled_of(self, name: str, now: Millis) -> float:
        settled = self._settled.get(name)
        if settled is None:
            return -inf
        is_fresh = not settled.had_backlog and self._next_times[name] > now - _FRESH
        return inf if is_fresh else settled.at

    def horizon(self, name: str, now: Millis, *, waits: bool) -> float:
        """Return the record time before which a partition may give its records.

        Args:
            name: the partition.
            now: the wall clock.
            waits: it may not be ahead of the others at all, as decisions may not.

        """
        with self._lock:
            others = self._next_times.keys() - {name}
            if self._elsewhere is not None and not waits:
                # decisions wait for whole epochs of the other processes; posts that waited for them would crawl
                others &= self._posts
            slowest = min((self._next_times[other] for other in others), default=inf)
        if self._elsewhere is not None:
            slowest = min(slowest, self._elsewhere.settled_at if waits else self._elsewhere.given_at)
        if slowest > now - _FRESH:
            return inf
        return slowest if waits else slowest + _LEAD
