"""Alignment: while a backlog is read, no partition runs away from the others.

Otherwise the decisions of a day, which are few, would be read long before the posts that they are about, and refused.
"""

import threading
from math import inf

from schemas.instant import MINUTE, SECOND, Millis

_LEAD: Millis = 10 * MINUTE
"""How far posts may be ahead of what is still to be read: an answer that comes later takes back a breach."""

_FRESH: Millis = 10 * SECOND
"""What was registered so lately is no backlog; nobody waits for it."""


class Alignment:
    """How far the partitions of this process are, in record time; for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_times: dict[str, float] = {}

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
            self._next_times[name] = inf

    def horizon(self, name: str, now: Millis, *, waits: bool) -> float:
        """Return the record time before which a partition may give its records.

        Args:
            name: the partition.
            now: the wall clock.
            waits: it may not be ahead of the others at all, as decisions may not.

        """
        with self._lock:
            slowest = min((at for other, at in self._next_times.items() if other != name), default=inf)
        if slowest > now - _FRESH:
            return inf
        return slowest if waits else slowest + _LEAD
