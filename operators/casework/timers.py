"""Timers: one heap a book, in record time."""

from enum import IntEnum
from heapq import heappop, heappush

from schemas.instant import Millis


class Timer(IntEnum):
    """What can be due; at one instant, in this order."""

    WARNING = 1
    BREACH = 2
    INACTIVITY = 3
    FORGETTING = 4
    """The end of what is kept at hand of a dormant, closed or merged incident."""
    LOOSE_POST = 5
    """The end of what is kept of a post that is in no incident any more (the name is its id)."""


class Timers:
    """Instants at which something about an incident may be due.

    Nothing is ever taken out before its time: whoever is called checks whether the timer still holds. So
    the order in which timers fire depends on the incidents alone, never on the history of the heap.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Millis, Timer, str]] = []

    def set(self, at: Millis, timer: Timer, name: str) -> None:
        """Let a timer of the incident (or post) of that name be due at an instant."""
        heappush(self._heap, (at, timer, name))

    def next_due(self, now: Millis) -> tuple[Millis, Timer, str] | None:
        """Take the earliest timer that is due by ``now``, or return None."""
        return heappop(self._heap) if self._heap and self._heap[0][0] <= now else None

    @property
    def earliest(self) -> Millis | None:
        """The instant of the next timer, or None where there is none."""
        return self._heap[0][0] if self._heap else None
